# The helper programs as scripts call them.
TOOLS_BATS = tests/tools/xpath.bats
TESTS += $(TOOLS_BATS)
EXTRA_DIST += $(TOOLS_BATS)
