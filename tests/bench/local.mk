# Figures rather than tests: "make bench" prints them.
EXTRA_PROGRAMS += tests/bench/poll-local
tests_bench_poll_local_SOURCES = tests/bench/poll-local.c $(RIG)
tests_bench_poll_local_LDADD = $(GLIB_LIBS)
CLEANFILES += tests/bench/poll-local$(EXEEXT)

bench-poll-local: one_vmm_exec$(EXEEXT) tests/bench/poll-local$(EXEEXT)
	G_TEST_SRCDIR='$(abs_top_srcdir)/tests' BUILDDIR='$(abs_top_builddir)' \
	tests/bench/poll-local$(EXEEXT)
bench: bench-poll-local
.PHONY: bench bench-poll-local
