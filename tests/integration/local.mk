# The built driver, started as oned starts it, in a private tree.
check_PROGRAMS += tests/lib/stub
tests_lib_stub_SOURCES = tests/lib/stub.c

RIG = tests/lib/rig.c tests/lib/rig.h
INTEGRATION_TESTS = tests/integration/test-captures
check_PROGRAMS += $(INTEGRATION_TESTS)
TESTS += $(INTEGRATION_TESTS)

tests_integration_test_captures_SOURCES = tests/integration/test-captures.c \
	tests/integration/release.h \
	tests/integration/release-4.14.c tests/integration/release-5.2.c \
	tests/integration/release-5.12.c tests/integration/release-7.4.c $(RIG)
tests_integration_test_captures_LDADD = $(DRIVER_LIBS)

EXTRA_DIST += $(CAPTURES)
