TRY_UNIT_TESTS = \
	tests/unit/test-answer \
	tests/unit/test-compose \
	tests/unit/test-lines
check_PROGRAMS += $(TRY_UNIT_TESTS)
TESTS += $(TRY_UNIT_TESTS)

tests_unit_test_answer_LDADD  = $(TRY_LIBS)
tests_unit_test_compose_LDADD = $(TRY_LIBS)
tests_unit_test_lines_LDADD   = $(TRY_LIBS)
