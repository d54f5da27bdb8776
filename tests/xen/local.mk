# The Xen scripts on a stand-in for xl, xm and xentop, and on real Xen.
XEN_TESTS = tests/xen/devices.bats tests/xen/life.bats tests/xen/poll.bats tests/xen/samples.bats
TESTS += $(XEN_TESTS)
EXTRA_DIST += $(XEN_TESTS) tests/xen/helper.bash tests/xen/replay tests/xen/fake tests/xen/samples \
	tests/xen/real

# Real Xen in an emulated machine: minutes, so it is no part of "make check".
.PHONY: check-xen
check-xen: all
	SRCDIR='$(abs_top_srcdir)' BUILDDIR='$(abs_top_builddir)' $(srcdir)/tests/xen/real/check-xen
