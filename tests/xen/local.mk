# The Xen scripts on a stand-in for xl, xm and xentop.
XEN_TESTS = tests/xen/devices.bats tests/xen/life.bats tests/xen/poll.bats tests/xen/samples.bats
TESTS += $(XEN_TESTS)
EXTRA_DIST += $(XEN_TESTS) tests/xen/helper.bash tests/xen/replay tests/xen/fake tests/xen/samples
