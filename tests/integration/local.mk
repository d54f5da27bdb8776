# The built driver, started as oned starts it, in a private tree.
check_PROGRAMS += tests/lib/stub
tests_lib_stub_SOURCES = tests/lib/stub.c

RIG = tests/lib/rig.c tests/lib/rig.h
INTEGRATION_TESTS = \
	tests/integration/test-captures \
	tests/integration/test-captures-ssh \
	tests/integration/test-ending \
	tests/integration/test-hosts \
	tests/integration/test-requests \
	tests/integration/test-scripts \
	tests/integration/test-start \
	tests/integration/test-status
check_PROGRAMS += $(INTEGRATION_TESTS)
TESTS += $(INTEGRATION_TESTS)

RELEASES = tests/integration/release.c tests/integration/release.h \
	tests/integration/release-4.14.c tests/integration/release-5.2.c \
	tests/integration/release-5.12.c tests/integration/release-7.4.c
CAPTURES_TEST = tests/integration/captures.c tests/integration/captures.h $(RELEASES) $(RIG)
tests_integration_test_captures_SOURCES = tests/integration/test-captures.c $(CAPTURES_TEST)
tests_integration_test_captures_LDADD = $(GLIB_LIBS) $(XML_LIBS)
tests_integration_test_captures_ssh_SOURCES = tests/integration/test-captures-ssh.c \
	$(CAPTURES_TEST)
tests_integration_test_captures_ssh_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)
tests_integration_test_ending_SOURCES = tests/integration/test-ending.c $(RIG)
tests_integration_test_ending_LDADD = $(GLIB_LIBS)
tests_integration_test_hosts_SOURCES = tests/integration/test-hosts.c $(RIG)
tests_integration_test_hosts_LDADD = $(GLIB_LIBS)
tests_integration_test_requests_SOURCES = tests/integration/test-requests.c $(RIG)
tests_integration_test_requests_LDADD = $(GLIB_LIBS)
tests_integration_test_scripts_SOURCES = tests/integration/test-scripts.c $(RIG)
tests_integration_test_scripts_LDADD = $(GLIB_LIBS)
tests_integration_test_start_SOURCES = tests/integration/test-start.c $(RIG)
tests_integration_test_start_LDADD = $(GLIB_LIBS)
tests_integration_test_status_SOURCES = tests/integration/test-status.c $(RIG)
tests_integration_test_status_LDADD = $(GLIB_LIBS)

EXTRA_DIST += $(CAPTURES)

TESTS += tests/integration/outside.bats tests/integration/warm.bats
EXTRA_DIST += tests/integration/outside.bats tests/integration/warm.bats
