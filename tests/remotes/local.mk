# The action scripts on real hosts and guests; see tests/lab.
REMOTES_TESTS = \
	tests/remotes/bridge.bats tests/remotes/common.bats tests/remotes/devices.bats tests/remotes/install.bats \
	tests/remotes/kvm.bats tests/remotes/migrate.bats tests/remotes/thirdparty.bats
TESTS += $(REMOTES_TESTS)
EXTRA_DIST += $(REMOTES_TESTS) tests/remotes/helper.bash
