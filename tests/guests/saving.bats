#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Suspending: what is told of it, what is on the disk at each moment, and what becomes of guests
# when it is cut off. And the order of guests.

load guests.bash

setup_file() {
    guests_restarting_libvirtd
    guests_lab_up
    guests_slow_saves
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

# --- saving ---------------------------------------------------------------------------------

@test "progress: plain lines without a terminal" {
    persistent one-1 --memory 64
    hold_saves
    in_background guests stop
    eventually says '^Suspending one-1: [0-9]* of [0-9]* MiB$'
    free_saves
    ended
    [ "$status" -eq 0 ]
    [[ $output != *$'\r'* ]]
}

@test "progress: one line that changes on a terminal" {
    persistent one-1 --memory 64
    hold_saves
    printf 'exec one-guests --config %s --state-dir %s --run-dir %s --stock-list %s stop\n' \
        "$BOX/config" "$BOX/state" "$BOX/run" "$BOX/stock" >"$BOX/command"
    in_background here script -q -e -c "sh $BOX/command" /dev/null
    eventually says $'\r.*Suspending one-1: [0-9]* of [0-9]* MiB'
    free_saves
    ended
    [ "$status" -eq 0 ]
    [[ $output == *"Suspending one-1: done"* ]]
}

@test "the list is on the disk before anything is done, and after each guest" {
    configure <<<$'PERSISTENT_ONLY=false\nORDER=name'
    transient one-1
    transient one-2
    hold_saves
    in_background guests stop
    eventually says '^Suspending one-1: '
    [ "$(grep -c ' running transient ' "$BOX/state/guests")" -eq 2 ]
    [ "$(find "$BOX/state" -name '*.xml' | wc -l)" -eq 2 ]
    free_saves
    ended
    [ "$(grep -c ' saved transient ' "$BOX/state/guests")" -eq 2 ]
}

@test "TERM in the middle: the guest gets its memory back, the list stays, status 143" {
    configure <<<$'PERSISTENT_ONLY=false\nORDER=name'
    persistent one-1
    transient one-2
    transient one-3
    counting one-1 one-2 one-3
    hold_saves 2
    in_background guests stop
    eventually says '^Suspending one-2: '
    count=$(count_of "$BOX/one-2.serial")
    kill -TERM "$(guests_pid)"
    ended
    [ "$status" -eq 143 ]
    [[ $output == *"Interrupted (Terminated); guests on the list for the next run: 3"* ]]
    is_state one-1 'shut off'
    is_state one-2 running
    is_state one-3 running
    goes_on one-2 "$count"
    free_saves
    # The next stop goes on with it, and start brings all three back.
    count=$(count_of "$BOX/one-1.serial")
    guests stop
    [ "$(grep -c ' saved ' "$BOX/state/guests")" -eq 3 ]
    guests start
    goes_on one-1 "$count"
    goes_on one-2 1
    goes_on one-3 1
}

@test "libvirtd restarts in the middle of a save: the guest is saved all the same" {
    configure <<<'PERSISTENT_ONLY=false'
    persistent one-1
    counting one-1
    hold_saves
    in_background guests stop
    eventually says '^Suspending one-1: '
    kill_libvirtd
    eventually says 'Connected to default again'
    free_saves
    ended
    [ "$status" -eq 0 ]
    [[ $output == *"Suspending one-1: done"* ]]
    count=$(count_of "$BOX/one-1.serial")
    guests start
    goes_on one-1 "$count"
}

@test "TERM while start waits: it ends at once, and the list keeps the rest" {
    configure <<<$'PERSISTENT_ONLY=false\nORDER=name\nSTART_DELAY=600'
    transient one-1
    transient one-2
    guests stop
    in_background guests start
    eventually says 'Resuming one-2: done'
    kill -TERM "$(guests_pid)"
    ended
    [ "$status" -eq 143 ]
    [[ $output == *"Interrupted (Terminated); guests on the list for the next run: 1"* ]]
    [[ $(<"$BOX/state/guests") == *one-1* ]]
    configure </dev/null
    guests start
    is_state one-1 running
}

@test "a start that was killed between restoring and resuming is made good" {
    configure <<<'PERSISTENT_ONLY=false'
    transient one-1
    counting one-1
    guests stop
    count=$(count_of "$BOX/one-1.serial")
    here virsh restore --paused "$(find "$BOX/state" -name '*.image')"
    is_state one-1 paused
    guests start
    goes_on one-1 "$count"
    [ -z "$(ls -A "$BOX/state")" ]
}

@test "TERM while guests shut down: they are left to it, status 143" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=0'
    deaf one-1
    in_background guests stop
    eventually says '^Shutting down one-1'
    kill -TERM "$(guests_pid)"
    ended
    [ "$status" -eq 143 ]
    [ "$(grep -c ' running persistent ' "$BOX/state/guests")" -eq 1 ]
}

@test "a second stop while one runs is refused, and the first is not disturbed" {
    persistent one-1
    hold_saves
    in_background guests stop
    eventually says '^Suspending one-1: '
    for command in stop start restart shutdown; do
        run guests "$command"
        [ "$status" -eq 1 ]
        [[ $output == *"at work already (stop, process $(guests_pid))"* ]]
    done
    free_saves
    ended
    [ "$status" -eq 0 ]
    is_state one-1 'shut off'
}

@test "SUSPEND_TIMEOUT: a save that takes too long is given up, and the guest goes on" {
    configure <<<'SUSPEND_TIMEOUT=1'
    persistent one-1
    counting one-1
    hold_saves
    run guests stop
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"one-1 could not be suspended"* ]]
    is_state one-1 running
    goes_on one-1 "$(count_of "$BOX/one-1.serial")"
}

@test "the disk is full: the guest goes on, and the list says so" {
    persistent one-1
    counting one-1
    mkdir -p "$DIR/host01/config/libvirt/qemu/save"
    ln -s /dev/full "$DIR/host01/config/libvirt/qemu/save/one-1.save"
    run guests stop
    rm -f "$DIR/host01/config/libvirt/qemu/save/one-1.save"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"one-1 could not be suspended ("*"No space left"* ]]
    is_state one-1 running
    goes_on one-1 "$(count_of "$BOX/one-1.serial")"
    [ "$(grep -c ' running persistent ' "$BOX/state/guests")" -eq 1 ]
    # With room again, stop goes on where it failed.
    guests stop
    is_state one-1 'shut off'
}

@test "the list cannot be written: told, and the guests are suspended all the same" {
    persistent one-1
    guests start
    here chmod 555 "$BOX/state"
    run guests stop
    here chmod 755 "$BOX/state"
    [ "$status" -eq 1 ]
    [[ $output == *"The list of guests is not on the disk"* ]]
    is_state one-1 'shut off'
}

@test "a damaged list is neither used nor replaced" {
    persistent one-1
    guests start
    printf 'one-guests 1\nnonsense\n' >"$BOX/state/guests"
    chmod 644 "$BOX/state/guests"
    run guests stop
    [ "$status" -eq 1 ]
    [[ $output == *"line 2 of $BOX/state/guests is damaged"* ]]
    [[ $(<"$BOX/state/guests") == *nonsense ]]
    is_state one-1 running
}

@test "the machine dies in the middle: each guest comes back with what there is of it" {
    configure <<<$'PERSISTENT_ONLY=false\nORDER=name'
    transient one-1
    transient one-2
    persistent one-3
    counting one-1 one-2 one-3
    hold_saves 2
    in_background guests stop
    eventually says '^Suspending one-2: '
    count=$(count_of "$BOX/one-1.serial")
    kill -KILL "$(guests_pid)"
    ended
    free_saves
    reboot_host
    run guests start
    echo "$output"
    [ "$status" -eq 0 ]
    # The first was saved. The second was half saved, so it boots, like the third.
    goes_on one-1 "$count"
    is_state one-2 running
    is_state one-3 running
    [ -z "$(ls -A "$BOX/state")" ]
}

# --- order ----------------------------------------------------------------------------------

order_of() {
    sed -n "s/^$1 \(one-[0-9]*\)\($2\).*/\1/p" <<<"$output" | tr '\n' ' '
}

@test "ORDER=name: stopped in that order, started in the reverse" {
    configure <<<$'ORDER=name'
    for name in one-10 one-9 one-2; do
        persistent "$name"
    done
    run guests stop
    [ "$(order_of Suspending '$')" = "one-2 one-9 one-10 " ]
    run guests start
    [ "$(order_of Resuming ': done')" = "one-10 one-9 one-2 " ]
}

number() {
    here virsh metadata "$1" urn:one-guests:order --key o --set "<order>$2</order>" --live --config
}

@test "ORDER=metadata: by the number that a domain carries" {
    configure <<<$'ORDER=metadata'
    for name in one-1 one-2 one-3; do
        persistent "$name"
    done
    number one-3 10
    number one-1 20
    run guests stop
    [ "$(order_of Suspending '$')" = "one-3 one-1 one-2 " ]
    run guests start
    [ "$(order_of Resuming ': done')" = "one-2 one-1 one-3 " ]
}
