# Figures rather than tests: "make bench" prints them. That it works is tested.
check_PROGRAMS += tests/bench/driver-bench tests/bench/nothing
tests_bench_driver_bench_SOURCES = tests/bench/driver-bench.c \
	tests/bench/chain.c   tests/bench/chain.h \
	tests/bench/figures.c tests/bench/figures.h \
	tests/bench/load.c    tests/bench/load.h \
	tests/bench/memory.c  tests/bench/memory.h \
	tests/bench/start.c   tests/bench/start.h $(RIG)
tests_bench_driver_bench_LDADD = tests/ssh/libsshlab.a $(DRIVER_LIBS) $(SSH2_LIBS)
# Linked to all that the driver is linked to, though it calls none of it.
tests_bench_nothing_LDFLAGS = -Wl,--no-as-needed
tests_bench_nothing_LDADD = $(DRIVER_LIBS)

bench: all tests/bench/driver-bench$(EXEEXT) tests/bench/nothing$(EXEEXT) \
		 tests/bench/bulk-call$(EXEEXT) tests/lab/subreap$(EXEEXT)
	BUILDDIR='$(abs_top_builddir)' $(srcdir)/tests/bench/bench $(BENCH_ARGS)
.PHONY: bench
TESTS += tests/bench/bench.bats
EXTRA_DIST += tests/bench/bench tests/bench/bench.bats
