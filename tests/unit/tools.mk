# Unit tests of src/tools.
TOOLS_TESTS = \
	tests/unit/test-input \
	tests/unit/test-release \
	tests/unit/test-xquery
check_PROGRAMS += $(TOOLS_TESTS)
TESTS += $(TOOLS_TESTS)

tests_unit_test_input_LDADD   = $(TOOLS_LIBS)
tests_unit_test_release_LDADD = $(TOOLS_LIBS)
tests_unit_test_xquery_LDADD  = $(TOOLS_LIBS)
