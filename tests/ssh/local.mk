# Real sshd processes on loopback. These take minutes, most of them asleep: they
# are tests of limits.
noinst_LIBRARIES += tests/ssh/libsshlab.a
tests_ssh_libsshlab_a_SOURCES = \
	tests/ssh/peer.c   tests/ssh/peer.h \
	tests/ssh/sshlab.c tests/ssh/sshlab.h
SSH_TESTS = tests/ssh/test-remotecmd tests/ssh/test-ssh tests/ssh/test-ssh-config \
	tests/ssh/test-ssh-faults tests/ssh/test-ssh-pool
check_PROGRAMS += $(SSH_TESTS)
TESTS += $(SSH_TESTS)
tests_ssh_test_remotecmd_LDADD = $(DRIVER_LIBS)
tests_ssh_test_ssh_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)
tests_ssh_test_ssh_config_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)
tests_ssh_test_ssh_pool_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)
tests_ssh_test_ssh_faults_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS)