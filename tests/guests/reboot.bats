#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The host goes down and comes up with twenty guests, persistent and transient ones in turn.

load guests.bash

ALL=$(seq -f one-%g 20)

setup_file() {
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

twenty_guests() {
    local name

    for name in $ALL; do
        case $name in
            *[13579]) persistent "$name" ;;
            *)        transient "$name" ;;
        esac
    done
    # shellcheck disable=SC2086 # words
    counting $ALL
}

all_are() {
    local name

    for name in $ALL; do
        is_state "$name" "$1" || { echo "$name is $(state_of "$name")"; return 1; }
    done
}

note_counts() {
    local name

    declare -gA COUNT
    for name in $ALL; do
        COUNT[$name]=$(count_of "$BOX/$name.serial")
    done
}

all_go_on() {
    local name

    for name in $ALL; do
        goes_on "$name" "${COUNT[$name]}" || { echo "$name does not go on"; return 1; }
    done
}

@test "suspend, reboot, start: all twenty count on from where they were" {
    configure <<<'PERSISTENT_ONLY=false'
    guests start
    twenty_guests
    run guests stop
    [ "$status" -eq 0 ]
    [ "$(grep -c ': done$' <<<"$output")" -eq 20 ]
    note_counts
    reboot_host
    run guests status
    [ "$status" -eq 3 ]
    [[ $output == "stopped, with saved guests: 20" ]]
    run guests start
    [ "$status" -eq 0 ]
    all_are running
    all_go_on
    # What the list needed is gone, and with it the images.
    [ -z "$(ls -A "$BOX/state")" ]
    guests status
}

@test "suspend in parallel: the same, with PARALLEL_SUSPEND=4" {
    configure <<<$'PERSISTENT_ONLY=false\nPARALLEL_SUSPEND=4'
    twenty_guests
    run guests stop
    [ "$status" -eq 0 ]
    [ "$(grep -c ': done$' <<<"$output")" -eq 20 ]
    # Four were begun before the first was done.
    [ "$(sed '/: done$/,$d' <<<"$output" | grep -c '^Suspending one-')" -eq 4 ]
    note_counts
    reboot_host
    guests start
    all_go_on
}

@test "shutdown in parallel takes little more than the slowest, and all start again" {
    local before slowest all

    configure <<<$'ON_SHUTDOWN=shutdown\nPARALLEL_SHUTDOWN=20'
    twenty_guests
    before=$(now_ms)
    run guests stop
    all=$(($(now_ms) - before))
    [ "$status" -eq 0 ]
    [ "$(grep -c 'is shut down$' <<<"$output")" -eq 20 ]
    # All were asked before anybody was waited for.
    [ "$(sed '/is shut down$/,$d' <<<"$output" | grep -c '^Shutting down one-')" -eq 20 ]
    reboot_host
    run guests start
    [ "$status" -eq 0 ]
    all_are running
    # The same one after the other, to compare with.
    configure <<<'ON_SHUTDOWN=shutdown'
    before=$(now_ms)
    run guests stop
    [ "$status" -eq 0 ]
    slowest=$(($(now_ms) - before))
    echo "# twenty in parallel: $all ms, one after the other: $slowest ms" >&3
    [ "$all" -lt "$slowest" ]
}
