# Unit tests of src/tools.
TOOLS_TESTS = \
	tests/unit/test-domstats \
	tests/unit/test-hypervisor \
	tests/unit/test-input \
	tests/unit/test-monitor \
	tests/unit/test-release \
	tests/unit/test-samples \
	tests/unit/test-vmdisk \
	tests/unit/test-wild \
	tests/unit/test-xquery
check_PROGRAMS += $(TOOLS_TESTS)
TESTS += $(TOOLS_TESTS)

tests_unit_test_domstats_LDADD   = $(POLL_LIBS)
tests_unit_test_hypervisor_LDADD = $(POLL_LIBS)
tests_unit_test_input_LDADD      = $(TOOLS_LIBS)
tests_unit_test_monitor_LDADD    = $(POLL_LIBS)
tests_unit_test_monitor_SOURCES  = tests/unit/test-monitor.c \
	tests/unit/monitor-grammar.c tests/unit/monitor-grammar.h
tests_unit_test_release_LDADD    = $(TOOLS_LIBS)
tests_unit_test_samples_LDADD    = $(TOOLS_LIBS)
tests_unit_test_vmdisk_LDADD     = $(TOOLS_LIBS)
tests_unit_test_wild_LDADD       = $(TOOLS_LIBS)
tests_unit_test_xquery_LDADD     = $(TOOLS_LIBS)
