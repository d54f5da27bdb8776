# They start in this order; what takes long comes first.
TESTS += tests/shellcheck.sh
EXTRA_DIST += tests/shellcheck.sh

include tests/deb/local.mk
include tests/dist/local.mk
include tests/faults/local.mk
include tests/injection/local.mk
include tests/guests/local.mk
include tests/ssh/local.mk
include tests/remotes/local.mk
include tests/tools/local.mk
include tests/unit/tools.mk
include tests/unit/guests.mk
include tests/unit/local.mk
include tests/unit/driver.mk
include tests/captures/local.mk
include tests/integration/local.mk
include tests/bench/local.mk
include tests/lab/local.mk
include tests/demo/local.mk
include tests/xen/local.mk
include tests/fuzz/local.mk
include tests/unit/try.mk
include tests/try/local.mk
include tests/man/local.mk
