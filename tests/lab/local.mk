# Hypervisor hosts and a guest for the tests that need the real thing: see "tests/lab/lab --help".
check_PROGRAMS += tests/lab/subreap
tests_lab_subreap_SOURCES = tests/lab/subreap.c

# Written without an operating system, so the compiler's way to link does not apply.
check_DATA += tests/lab/guest.bin
CLEANFILES += tests/lab/guest.o tests/lab/guest.bin
tests/lab/guest.bin: tests/lab/guest.S
	$(AM_V_GEN)$(MKDIR_P) tests/lab && \
	as --32 -o tests/lab/guest.o $(top_srcdir)/tests/lab/guest.S && \
	ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o $@ tests/lab/guest.o

TESTS += tests/lab/lab.bats tests/lab/netns.bats
EXTRA_DIST += tests/lab/lab tests/lab/netns.bash tests/lab/netns-host tests/lab/helper.bash \
	tests/lab/guest.S tests/lab/lab.bats tests/lab/netns.bats
