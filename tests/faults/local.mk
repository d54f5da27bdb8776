# A minute of random faults; "tests/faults/faults --seconds 3600 --seed N" for longer.
check_PROGRAMS += tests/faults/script tests/faults/faults
TESTS += tests/faults/faults
tests_faults_script_SOURCES = tests/faults/script.c tests/faults/script.h
tests_faults_faults_SOURCES = tests/faults/faults.c tests/faults/script.h \
	tests/faults/ledger.c tests/faults/ledger.h \
	tests/faults/life.c   tests/faults/life.h \
	tests/faults/world.c  tests/faults/world.h $(RIG)
tests_faults_faults_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)
