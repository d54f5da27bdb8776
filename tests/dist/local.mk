# The release as others get it.
TESTS += tests/dist/dist.bats
EXTRA_DIST += tests/dist/dist.bats
