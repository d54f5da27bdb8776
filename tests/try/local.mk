TRY_TESTS = tests/try/names.bats tests/try/real.bats tests/try/try.bats
TESTS += $(TRY_TESTS)
EXTRA_DIST += $(TRY_TESTS) tests/try/helper.bash
