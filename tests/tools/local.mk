# The helper programs as scripts call them.
check_PROGRAMS += tests/tools/monitor-check
tests_tools_monitor_check_LDADD   = $(GLIB_LIBS)
tests_tools_monitor_check_SOURCES = tests/tools/monitor-check.c \
	tests/unit/monitor-grammar.c tests/unit/monitor-grammar.h

TOOLS_BATS = \
	tests/tools/poll.bats \
	tests/tools/xpath.bats
TESTS += $(TOOLS_BATS)
EXTRA_DIST += $(TOOLS_BATS)

# Only for "make bench".
check_PROGRAMS += tests/bench/bulk-call
tests_bench_bulk_call_LDADD = $(GLIB_LIBS) $(LIBVIRT_LIBS)
EXTRA_DIST += tests/bench/poll-bench
