# The Debian package of "make deb" on a bare machine.
TESTS += tests/deb/deb.bats
EXTRA_DIST += tests/deb/deb.bats tests/deb/machine.bash
