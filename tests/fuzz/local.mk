# libFuzzer targets, built only with --enable-fuzz (and clang); tests/fuzz/run does it all.
FUZZ_TARGETS = \
	tests/fuzz/fuzz-base64 tests/fuzz/fuzz-options tests/fuzz/fuzz-payload \
	tests/fuzz/fuzz-quote tests/fuzz/fuzz-reader tests/fuzz/fuzz-scriptlog \
	tests/fuzz/fuzz-settings tests/fuzz/fuzz-text tests/fuzz/fuzz-xquery
EXTRA_PROGRAMS += $(FUZZ_TARGETS)
LIBFUZZER = $(AM_LDFLAGS) -fsanitize=fuzzer

tests_fuzz_fuzz_base64_LDADD    = $(DRIVER_LIBS)
tests_fuzz_fuzz_base64_LDFLAGS  = $(LIBFUZZER)
tests_fuzz_fuzz_options_LDADD   = $(DRIVER_LIBS)
tests_fuzz_fuzz_options_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_payload_LDADD   = $(DRIVER_LIBS)
tests_fuzz_fuzz_payload_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_quote_LDADD     = $(DRIVER_LIBS)
tests_fuzz_fuzz_quote_LDFLAGS   = $(LIBFUZZER)
tests_fuzz_fuzz_reader_LDADD    = $(DRIVER_LIBS)
tests_fuzz_fuzz_reader_LDFLAGS  = $(LIBFUZZER)
tests_fuzz_fuzz_scriptlog_LDADD   = $(DRIVER_LIBS)
tests_fuzz_fuzz_scriptlog_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_settings_LDADD   = $(DRIVER_LIBS)
tests_fuzz_fuzz_settings_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_text_LDADD      = $(DRIVER_LIBS)
tests_fuzz_fuzz_text_LDFLAGS    = $(LIBFUZZER)
tests_fuzz_fuzz_xquery_LDADD    = $(TOOLS_LIBS)
tests_fuzz_fuzz_xquery_LDFLAGS  = $(LIBFUZZER)

fuzz-targets: $(FUZZ_TARGETS)
.PHONY: fuzz-targets

EXTRA_DIST += tests/fuzz/fuzz.h tests/fuzz/run
dist_check_SCRIPTS += tests/fuzz/fuzz.sh
TESTS += tests/fuzz/fuzz.sh
