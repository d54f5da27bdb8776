#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Each fuzz target for a few seconds, as a test; FUZZ_SECONDS for longer.

if ! command -v clang >/dev/null; then
    echo "1..0 # SKIP clang is missing; install the package clang"
    exit 0
fi
if ! echo 'int main(void){return 0;}' | clang -fsanitize=address -x c - -o /dev/null 2>/dev/null; then
    echo "1..0 # SKIP clang has no sanitizers; install the package libclang-rt-14-dev"
    exit 0
fi
"$SRCDIR/tests/fuzz/run" "${FUZZ_SECONDS:-5}" "$BUILDDIR/fuzz" | awk '
    /^(not )?ok/ { print; n++ }
    !/^(not )?ok/ { print "# " $0; bad = 1 }
    END { if (bad) { n++; print "not ok - build" } print "1.." n }'
