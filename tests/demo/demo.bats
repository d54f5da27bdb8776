#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The demonstration tells the truth, and ends cleanly when it is interrupted.

load ../lab/helper.bash

setup() {
    require_lab
    DEMO_DIR=$(lab_dir)
    export DEMO_DIR
}

teardown() {
    [ -z "${DEMO_DIR-}" ] || { lab down "$DEMO_DIR" && rm -rf "$DEMO_DIR"; }
}

tells_the_truth() {
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "${lines[-1]}" == *"all true"* ]]
    [[ "$output" == *"SHUTDOWN SUCCESS 42"* ]]
    [ ! -e "$DEMO_DIR" ]
    [ -z "$(processes_below "$DEMO_DIR")" ]
}

@test "the life of a virtual machine on two hosts" {
    run "$SRCDIR/tests/demo/demo"
    tells_the_truth
    [[ "$output" == *"host01: the remotes were missing; copied"* ]]
    [[ "$output" == *"% done"* ]]
    [[ "$output" == *"MIGRATE SUCCESS 42"* ]]
}

@test "the life of a virtual machine with local actions" {
    run "$SRCDIR/tests/demo/demo" --local
    tells_the_truth
}

@test "an interrupted demonstration leaves nothing behind" {
    local pid status=0

    "$SRCDIR/tests/demo/demo" >/dev/null 2>&1 3>&- &
    pid=$!
    deployed() { [ -s "$DEMO_DIR/datastores/0/42/serial" ]; }
    eventually deployed
    kill -TERM "$pid"
    wait "$pid" || status=$?
    [ "$status" -eq 130 ]
    [ ! -e "$DEMO_DIR" ]
    [ -z "$(processes_below "$DEMO_DIR")" ]
}
