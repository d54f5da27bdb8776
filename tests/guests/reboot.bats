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

# In one go, because twenty times two virsh take longer than what is tested.
twenty_guests() {
    local name commands=

    for name in $ALL; do
        xml "$name"
        case $name in
            *[13579]) commands+="define $BOX/$name.xml; start $name; " ;;
            *)        commands+="create $BOX/$name.xml; " ;;
        esac
    done
    here virsh -q "$commands"
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

# What $output has before the first line that matches.
before_first() {
    sed "/$1/,\$d" <<<"$output"
}

# Milliseconds that the slowest guest took, from $BOX/times with a time before each line.
slowest() {
    awk '/Shutting down one-/ { began[$4] = $1 }
        /is shut down$/ { took = $1 - began[$2]; if (took > max) max = took }
        END { print max + 0 }' "$BOX/times"
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

    # The same guests again, four at a time.
    configure <<<$'PERSISTENT_ONLY=false\nPARALLEL_SUSPEND=4'
    run guests stop
    [ "$status" -eq 0 ]
    [ "$(grep -c ': done$' <<<"$output")" -eq 20 ]
    [ "$(before_first ': done$' | grep -c '^Suspending one-[0-9]*$')" -eq 4 ]
    note_counts
    guests start
    all_go_on
}

@test "shutdown in parallel takes little more than the slowest, and all start again" {
    local before parallel serial line

    configure <<<$'ON_SHUTDOWN=shutdown\nPARALLEL_SHUTDOWN=20'
    twenty_guests
    before=$(now_ms)
    run guests stop
    parallel=$(($(now_ms) - before))
    [ "$status" -eq 0 ]
    [ "$(grep -c 'is shut down$' <<<"$output")" -eq 20 ]
    # All were asked before anybody was waited for.
    [ "$(before_first 'is shut down$' | grep -c '^Shutting down one-')" -eq 20 ]
    reboot_host
    run guests start
    [ "$status" -eq 0 ]
    all_are running

    # One after the other, to compare with.
    configure <<<'ON_SHUTDOWN=shutdown'
    before=$(now_ms)
    guests stop | while IFS= read -r line; do
        echo "$(now_ms) $line"
    done >"$BOX/times"
    serial=$(($(now_ms) - before))
    [ "$(grep -c 'is shut down$' "$BOX/times")" -eq 20 ]
    echo "# shutdown of 20 guests: $parallel ms in parallel, $serial ms one after the other;" \
        "the slowest takes $(slowest) ms" >&3
    [ $((parallel * 2)) -lt "$serial" ]
}
