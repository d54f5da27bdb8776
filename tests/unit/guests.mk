GUESTS_UNIT_TESTS = \
	tests/unit/test-guests-call \
	tests/unit/test-guests-config \
	tests/unit/test-guests-list \
	tests/unit/test-guests-state
check_PROGRAMS += $(GUESTS_UNIT_TESTS)
TESTS += $(GUESTS_UNIT_TESTS)

tests_unit_test_guests_call_LDADD     = $(GUESTS_LIBS)
tests_unit_test_guests_config_LDADD   = $(GUESTS_LIBS)
tests_unit_test_guests_list_LDADD     = $(GUESTS_LIBS)
tests_unit_test_guests_list_CPPFLAGS  = $(AM_CPPFLAGS) $(LIBVIRT_CFLAGS)
tests_unit_test_guests_state_LDADD    = $(GUESTS_LIBS)
