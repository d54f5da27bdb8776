# What "./quickstart demo" shows, held to its word.
TESTS += tests/demo/demo.bats
EXTRA_DIST += tests/demo/demo tests/demo/demo.bats
