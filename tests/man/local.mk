TESTS += tests/man/man.bats
EXTRA_DIST += tests/man/man.bats
