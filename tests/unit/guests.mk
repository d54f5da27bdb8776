GUESTS_UNIT_TESTS = \
	tests/unit/test-guests-config \
	tests/unit/test-guests-state
check_PROGRAMS += $(GUESTS_UNIT_TESTS)
TESTS += $(GUESTS_UNIT_TESTS)

tests_unit_test_guests_config_LDADD   = $(GUESTS_LIBS)
tests_unit_test_guests_state_LDADD    = $(GUESTS_LIBS)
