# one-guests on a private libvirtd with real guests.
GUESTS_TESTS = \
	tests/guests/faults.bats \
	tests/guests/migration.bats \
	tests/guests/reboot.bats \
	tests/guests/saving.bats \
	tests/guests/settings.bats
TESTS += $(GUESTS_TESTS)
EXTRA_DIST += $(GUESTS_TESTS) tests/guests/guests.bash
