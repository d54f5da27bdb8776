# Hostile text in everything that is not ours, with what arrives in the end.
check_PROGRAMS += tests/injection/test-injection
TESTS += tests/injection/test-injection tests/injection/scripts.bats
EXTRA_DIST += tests/injection/scripts.bats tests/injection/record
tests_injection_test_injection_SOURCES = tests/injection/test-injection.c \
	tests/injection/calls.c   tests/injection/calls.h \
	tests/injection/complete.c \
	tests/injection/control.c \
	tests/injection/fields.c \
	tests/injection/hostile.c tests/injection/hostile.h \
	tests/injection/long.c \
	tests/injection/names.c \
	tests/injection/outputs.c \
	tests/injection/request.c tests/injection/request.h \
	tests/injection/run.c     tests/injection/run.h \
	tests/injection/tests.h \
	$(RELEASES) $(REQUEST_SAMPLE) $(RIG)
tests_injection_test_injection_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)
