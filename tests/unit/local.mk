# One program per source file, named after it.
UNIT_TESTS = \
	tests/unit/test-base64 \
	tests/unit/test-quote \
	tests/unit/test-text
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

tests_unit_test_base64_LDADD = $(COMMON_LIBS)
tests_unit_test_quote_LDADD  = $(COMMON_LIBS)
tests_unit_test_text_LDADD   = $(COMMON_LIBS)
