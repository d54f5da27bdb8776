#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Whatever libvirtd and guests do while they are stopped and started has a defined end, a message
# and a status, and loses nothing.

load guests.bash

setup_file() {
    guests_restarting_libvirtd
    guests_lab_up
}

teardown_file() {
    guests_lab_down
}

setup() {
    guests_box
}

teardown() {
    guests_clear
}

# --- libvirtd -------------------------------------------------------------------------------

@test "libvirtd is away: stop says so and leaves the list alone" {
    persistent one-1
    guests stop
    here cp "$BOX/state/guests" "$BOX/before"
    guests start
    here cp "$BOX/before" "$BOX/state/guests"
    configure <<<'URIS=qemu+unix:///session?socket=/nowhere'
    run guests stop
    [ "$status" -eq 1 ]
    [[ $output == *"Cannot connect to qemu+unix:///session?socket=/nowhere"*"left as they are"* ]]
    cmp "$BOX/before" "$BOX/state/guests"
}

@test "libvirtd is away at start: as the stock service, start forgets the list" {
    persistent one-1
    guests stop
    configure <<<$'URIS=default\nCONNECT_TIMEOUT=2'
    lab stop "$DIR" host01
    run guests start
    lab start "$DIR" host01
    [ "$status" -eq 1 ]
    [[ $output == *"Cannot connect to default"* ]]
    [ ! -e "$BOX/state/guests" ]
    guests status
}

@test "KEEP_LIST=1: libvirtd is away at start, and the next start finds all" {
    configure <<<'KEEP_LIST=1'
    persistent one-1
    counting one-1
    guests stop
    count=$(count_of "$BOX/one-1.serial")
    lab stop "$DIR" host01
    run guests start
    lab start "$DIR" host01
    [ "$status" -eq 1 ]
    [[ $output == *"one-1 stays on the list"* ]]
    run guests status
    [ "$status" -eq 0 ]
    [[ $output == "started, with guests still to be resumed: 1" ]]
    # What is left over does not keep the next stop from stopping what runs.
    persistent one-2
    run guests stop
    [ "$status" -eq 0 ]
    is_state one-2 'shut off'
    guests start
    goes_on one-1 "$count"
    is_state one-2 running
}

@test "libvirtd is away at start: a guest whose image only we know is never forgotten" {
    configure <<<'PERSISTENT_ONLY=false'
    transient one-1
    counting one-1
    guests stop
    count=$(count_of "$BOX/one-1.serial")
    lab stop "$DIR" host01
    run guests start
    lab start "$DIR" host01
    [ "$status" -eq 1 ]
    [[ $output == *"one-1 stays on the list"* ]]
    guests start
    goes_on one-1 "$count"
}

@test "libvirtd restarts while guests shut down: it is waited for, and nothing is missed" {
    configure <<<$'ON_SHUTDOWN=shutdown\nPARALLEL_SHUTDOWN=2\nSHUTDOWN_TIMEOUT=60'
    deaf one-1
    in_background guests stop
    eventually says '^Shutting down one-1'
    kill_libvirtd
    eventually says 'The connection to default broke'
    eventually says 'Connected to default again'
    here virsh destroy one-1
    ended
    [ "$status" -eq 0 ]
}

@test "libvirtd dies for good while guests shut down: an end after CONNECT_TIMEOUT" {
    configure <<<$'ON_SHUTDOWN=shutdown\nCONNECT_TIMEOUT=2'
    deaf one-1
    in_background guests stop
    eventually says '^Shutting down one-1'
    touch "$DIR/down"
    kill_libvirtd
    ended
    rm "$DIR/down"
    [ "$status" -eq 1 ]
    [[ $output == *"one-1 cannot be reached any more"* ]]
}

@test "libvirtd hangs: an end after CONNECT_TIMEOUT, before and in the middle" {
    configure <<<$'ON_SHUTDOWN=shutdown\nCONNECT_TIMEOUT=3'
    deaf one-1
    kill_libvirtd STOP
    in_background guests stop
    ended
    kill_libvirtd CONT
    [ "$status" -eq 1 ]
    [[ $output == *"Cannot connect to default: no answer within 3 seconds"* ]]
    in_background guests stop
    eventually says '^Shutting down one-1'
    kill_libvirtd STOP
    ended
    kill_libvirtd CONT
    [ "$status" -eq 1 ]
    [[ $output == *"The connection to default broke"* ]]
    [[ $output == *"one-1 cannot be reached any more"* ]]
}

# --- guests ---------------------------------------------------------------------------------

@test "a guest vanishes while it waits for its turn: it is not started later" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=60\nORDER=name'
    deaf one-1
    persistent one-2
    in_background guests stop
    eventually says '^Shutting down one-1'
    here virsh destroy one-2
    here virsh destroy one-1
    ended
    [ "$status" -eq 0 ]
    [[ $output == *"one-2 has ended by itself"* ]]
    [[ $(<"$BOX/state/guests") == *one-1* ]]
    [[ $(<"$BOX/state/guests") != *one-2* ]]
}

@test "a paused guest cannot shut down: that is told at once" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=0'
    persistent one-1
    here virsh suspend one-1
    run guests stop
    [ "$status" -eq 1 ]
    [[ $output == *"one-1 is paused and cannot shut down"* ]]
    is_state one-1 paused
}

@test "ON_TIMEOUT=destroy ends what does not go down, paused guests too" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=1\nON_TIMEOUT=destroy'
    deaf one-1
    persistent one-2
    here virsh suspend one-2
    run guests stop
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"one-1 did not shut down in time: destroying it"* ]]
    [[ $output == *"one-1 was destroyed"* ]]
    [[ $output == *"one-2 is paused and cannot shut down: destroying it"* ]]
    is_state one-1 'shut off'
    is_state one-2 'shut off'
    guests start
    is_state one-1 running
}

@test "ON_TIMEOUT=destroy with guests in parallel" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=2\nON_TIMEOUT=destroy'
    echo 'PARALLEL_SHUTDOWN=2' >>"$BOX/config"
    for name in one-1 one-2 one-3; do
        deaf "$name"
    done
    run guests stop
    [ "$status" -eq 0 ]
    [ "$(grep -c 'was destroyed$' <<<"$output")" -eq 3 ]
}

@test "a guest whose QEMU hangs does not hold up the others" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=4\nON_TIMEOUT=destroy'
    echo 'PARALLEL_SHUTDOWN=2' >>"$BOX/config"
    persistent one-1
    persistent one-2
    counting one-1 one-2
    pid=$(cat "$DIR/host01/run/libvirt/qemu/run/one-1.pid")
    kill -STOP "$pid"
    run guests stop
    echo "$output"
    kill -CONT "$pid" 2>/dev/null || :
    [[ $output == *"one-2 is shut down"*"one-1 did not shut down in time"* ]]
    [ "$status" -eq 0 ]
    [[ $output == *"one-1 was destroyed"* ]]
}
