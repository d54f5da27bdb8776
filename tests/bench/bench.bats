#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# That the benchmark works; not what it measures, which depends on the machine.

setup() {
    [[ $(ldd "$BUILDDIR/tests/bench/driver-bench") != *san.so* ]] ||
        skip "with a sanitizer there is nothing to measure"
}

# The row that begins so has figures of both sides.
has_row() {
    grep -E "^$1 +[0-9.]+ +[0-9.]+ " <<<"$output"
}

@test "figures and floors are printed for start, queue and hosts" {
    run "$SRCDIR/tests/bench/bench" --quick start queue hosts
    echo "$output"
    [ "$status" -eq 0 ]
    has_row "to INIT's answer, median, ms"
    has_row "1000 waiting, each action, processor, ms"
    [ -x /usr/sbin/sshd ] || skip "the part for hosts needs openssh-server"
    has_row "DEPLOY +15 +20 +-p"
    [[ "$output" == *"aims are missed"* ]]
}
