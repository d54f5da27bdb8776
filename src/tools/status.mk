bin_PROGRAMS += one_vmm_status
one_vmm_status_SOURCES = src/tools/status.c
one_vmm_status_LDADD = $(DRIVER_LIBS)
