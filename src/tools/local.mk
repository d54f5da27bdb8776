# src/tools
include src/tools/status.mk
