# Unit tests of src/driver.
DRIVER_TESTS = \
	tests/unit/test-actionlist \
	tests/unit/test-assignments \
	tests/unit/test-config \
	tests/unit/test-era \
	tests/unit/test-gate \
	tests/unit/test-local \
	tests/unit/test-message \
	tests/unit/test-options \
	tests/unit/test-outcome \
	tests/unit/test-payload \
	tests/unit/test-plan \
	tests/unit/test-queue \
	tests/unit/test-reader \
	tests/unit/test-recipe \
	tests/unit/test-scriptlog \
	tests/unit/test-values \
	tests/unit/test-vnm \
	tests/unit/test-writer
check_PROGRAMS += $(DRIVER_TESTS)
TESTS += $(DRIVER_TESTS)

REQUEST_SAMPLE = tests/unit/request-sample.c tests/unit/request-sample.h
tests_unit_test_actionlist_LDADD = $(DRIVER_LIBS)
tests_unit_test_assignments_LDADD = $(DRIVER_LIBS)
tests_unit_test_config_LDADD = $(DRIVER_LIBS)
tests_unit_test_era_SOURCES = tests/unit/test-era.c $(REQUEST_SAMPLE)
tests_unit_test_era_LDADD = $(DRIVER_LIBS)
tests_unit_test_gate_LDADD = $(DRIVER_LIBS)
tests_unit_test_local_LDADD = $(DRIVER_LIBS)
tests_unit_test_message_LDADD = $(DRIVER_LIBS)
tests_unit_test_options_LDADD = $(DRIVER_LIBS)
tests_unit_test_outcome_LDADD = $(DRIVER_LIBS)
tests_unit_test_payload_LDADD = $(DRIVER_LIBS)
tests_unit_test_plan_SOURCES = tests/unit/test-plan.c $(REQUEST_SAMPLE)
tests_unit_test_plan_LDADD = $(DRIVER_LIBS)
tests_unit_test_queue_LDADD = $(DRIVER_LIBS)
tests_unit_test_reader_LDADD = $(DRIVER_LIBS)
tests_unit_test_recipe_LDADD = $(DRIVER_LIBS)
tests_unit_test_scriptlog_LDADD = $(DRIVER_LIBS)
tests_unit_test_values_SOURCES = tests/unit/test-values.c $(REQUEST_SAMPLE)
tests_unit_test_values_LDADD = $(DRIVER_LIBS)
tests_unit_test_vnm_SOURCES = tests/unit/test-vnm.c $(REQUEST_SAMPLE)
tests_unit_test_vnm_LDADD = $(DRIVER_LIBS)
tests_unit_test_writer_LDADD = $(DRIVER_LIBS)
