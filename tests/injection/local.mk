# Hostile text in everything that is not ours, with what arrives in the end.
check_PROGRAMS += tests/injection/test-injection
TESTS += tests/injection/test-injection tests/injection/scripts.bats
EXTRA_DIST += tests/injection/scripts.bats tests/injection/record
tests_injection_test_injection_SOURCES = tests/injection/test-injection.c \
	tests/integration/release.h \
	tests/integration/release-4.14.c tests/integration/release-5.2.c \
	tests/integration/release-5.12.c tests/integration/release-7.4.c \
	$(REQUEST_SAMPLE) $(RIG)
tests_injection_test_injection_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)
