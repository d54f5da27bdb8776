#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each command of one-guests and each variable of the stock service, on real guests.

load guests.bash

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

# --- commands -------------------------------------------------------------------------------

@test "an unknown command, none or two: usage and status 2" {
    run guests dance
    [ "$status" -eq 2 ]
    [[ $output == *"Usage: one-guests"* ]]
    run guests
    [ "$status" -eq 2 ]
    run guests start stop
    [ "$status" -eq 2 ]
    run guests --dance start
    [ "$status" -eq 2 ]
}

@test "--help and --version" {
    run guests --help
    [ "$status" -eq 0 ]
    [[ $output == *"start|stop|status|restart|condrestart|try-restart|reload|force-reload|"* ]]
    [[ $output == *"|gueststatus|shutdown"* ]]
    run guests --version
    [ "$status" -eq 0 ]
    [[ $output == one-guests* ]]
}

@test "every variable is in the manual page, with its default" {
    local name n=0

    for name in $(sed -n 's/^  { "\([A-Z_]*\)", [A-Z]*, FIELD.*/\1/p' "$SRCDIR/src/tools/guests/config.c"); do
        n=$((n + 1))
        grep -q "^\.B $name=." "$SRCDIR/man/one-guests.8" || { echo "$name is missing"; return 1; }
    done
    [ "$n" -ge 15 ]
}

@test "status: stopped 3, started 0, stopped with saved guests 3" {
    persistent one-1
    run guests status
    [ "$status" -eq 3 ]
    [[ $output == "stopped, with no saved guests" ]]
    guests start
    run guests status
    [ "$status" -eq 0 ]
    [[ $output == started ]]
    guests stop
    run guests status
    [ "$status" -eq 3 ]
    [[ $output == "stopped, with saved guests: 1" ]]
}

@test "start with nothing to resume asks no libvirt" {
    configure <<<'URIS=qemu+unix:///session?socket=/nowhere'
    guests start
    guests status
}

@test "stop with no guests leaves no list" {
    guests start
    run guests stop
    [ "$status" -eq 0 ]
    [ ! -e "$BOX/state/guests" ]
    run guests status
    [ "$status" -eq 3 ]
}

@test "restart, and a second stop that has nothing to add" {
    persistent one-1
    counting one-1
    guests start
    guests restart
    is_state one-1 running
    goes_on one-1 1
    guests status
    guests stop
    # What runs now was not there when the guests were stopped.
    persistent one-2
    run guests stop
    [ "$status" -eq 0 ]
    [[ $output == *"stopped already"* ]]
    is_state one-2 running
}

@test "condrestart and try-restart act on a started service only" {
    persistent one-1
    for command in condrestart try-restart; do
        run guests "$command"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
    guests start
    for command in condrestart try-restart; do
        run guests "$command"
        [ "$status" -eq 0 ]
        [[ $output == *"Resuming one-1: done"* ]]
    done
}

@test "reload and force-reload have nothing to do" {
    for command in reload force-reload; do
        run guests "$command"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
    done
}

@test "gueststatus names the guests of each URI" {
    persistent one-1
    transient one-2
    here virsh suspend one-2
    run guests gueststatus
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "* default URI:" ]]
    [[ $output == *"persistent running one-1"* ]]
    [[ $output == *"transient  paused  one-2"* ]]
}

@test "shutdown shuts down whatever ON_SHUTDOWN says" {
    configure <<<'ON_SHUTDOWN=suspend'
    persistent one-1
    counting one-1
    run guests shutdown
    [ "$status" -eq 0 ]
    [[ $output == *"one-1 is shut down"* ]]
    [ -z "$(here virsh list --name --with-managed-save)" ]
}

@test "a configuration that is wrong: status 6, and nothing is done" {
    persistent one-1
    configure <<<'ON_SHUTDOWN=sleep'
    run guests stop
    [ "$status" -eq 6 ]
    [[ $output == *"ON_SHUTDOWN"*"suspend or shutdown"* ]]
    is_state one-1 running
}

# --- PERSISTENT_ONLY: both matrices ---------------------------------------------------------

# after_stop SETTINGS PERSISTENT TRANSIENT: what has become of a guest of each kind.
after_stop() {
    configure <<<"$1"
    persistent one-1
    transient one-2
    counting one-1 one-2
    run guests stop
    echo "$output"
    [ "$status" -eq 0 ]
    is_state one-1 "$2"
    is_state one-2 "$3"
}

@test "PERSISTENT_ONLY=default: suspend leaves transient guests alone, and names them" {
    after_stop 'PERSISTENT_ONLY=default' 'shut off' 'running'
    [[ $output == *"Not suspending transient guests on default: one-2"* ]]
    [[ $(<"$BOX/state/guests") != *one-2* ]]
}

@test "PERSISTENT_ONLY=true: suspend leaves transient guests alone" {
    after_stop 'PERSISTENT_ONLY=true' 'shut off' 'running'
}

@test "PERSISTENT_ONLY=false: suspend acts on all" {
    after_stop 'PERSISTENT_ONLY=false' 'shut off' ''
    [ -n "$(here virsh list --all --name --with-managed-save)" ]
    [ "$(find "$BOX/state" -name '*.image' | wc -l)" -eq 1 ]
}

@test "PERSISTENT_ONLY=default: shutdown acts on all" {
    after_stop $'ON_SHUTDOWN=shutdown\nPERSISTENT_ONLY=default' 'shut off' ''
}

@test "PERSISTENT_ONLY=true: shutdown leaves transient guests alone, and names them" {
    after_stop $'ON_SHUTDOWN=shutdown\nPERSISTENT_ONLY=true' 'shut off' 'running'
    [[ $output == *"Not shutting down transient guests on default: one-2"* ]]
}

@test "PERSISTENT_ONLY=false: shutdown acts on all, and start starts all" {
    after_stop $'ON_SHUTDOWN=shutdown\nPERSISTENT_ONLY=false' 'shut off' ''
    guests start
    is_state one-1 running
    is_state one-2 running
}

# --- the other variables --------------------------------------------------------------------

@test "URIS: guests of a URI that is no more named are ignored" {
    persistent one-1
    guests stop
    configure <<<"URIS='qemu+unix:///session?socket=$DIR/host01/run/libvirt/libvirt-sock'"
    run guests start
    [ "$status" -eq 0 ]
    [[ $output == *"Ignoring one-1 on default"* ]]
    is_state one-1 'shut off'
    [ ! -e "$BOX/state/guests" ]
}

@test "URIS: one that fails does not keep the other from being served" {
    configure <<<"URIS='qemu+unix:///session?socket=/nowhere default'"
    persistent one-1
    run guests stop
    [ "$status" -eq 1 ]
    [[ $output == *"Cannot connect to qemu+unix:///session?socket=/nowhere"* ]]
    [[ $output == *"Suspending one-1: done"* ]]
    run guests gueststatus
    [ "$status" -eq 1 ]
    run guests start
    [ "$status" -eq 0 ]
    is_state one-1 running
}

@test "URIS: two names of one daemon do not make two guests of one" {
    configure <<<"URIS='default qemu+unix:///session?socket=$DIR/host01/run/libvirt/libvirt-sock'"
    persistent one-1
    run guests stop
    [ "$status" -eq 0 ]
    [ "$(grep -c one-1 "$BOX/state/guests")" -eq 1 ]
    [ "$(grep -c ': done' <<<"$output")" -eq 1 ]
}

@test "ON_BOOT=ignore drops the list and starts nothing" {
    configure <<<'PERSISTENT_ONLY=false'
    persistent one-1
    transient one-2
    guests stop
    configure <<<'ON_BOOT=ignore'
    run guests start
    [ "$status" -eq 0 ]
    is_state one-1 'shut off'
    is_state one-2 ''
    [ ! -e "$BOX/state/guests" ]
    # Nothing is lost by that.
    [[ $output == *"one-2 stays in $BOX/state/"*.image* ]]
    [ -n "$(find "$BOX/state" -name '*.image')" ]
    guests status
}

@test "START_DELAY lies between guests, not before the first" {
    configure <<<'START_DELAY=600'
    persistent one-1
    guests stop
    in_background guests start
    eventually says 'Resuming one-1: done'
    ended
    [ "$status" -eq 0 ]
    configure <<<'START_DELAY=2'
    persistent one-2
    guests stop
    before=$(now_ms)
    guests start
    [ $(($(now_ms) - before)) -ge 2000 ]
    is_state one-1 running
    is_state one-2 running
}

@test "ON_SHUTDOWN=suspend: the guest goes on where it was" {
    configure <<<'ON_SHUTDOWN=suspend'
    persistent one-1
    counting one-1
    guests stop
    count=$(count_of "$BOX/one-1.serial")
    guests start
    goes_on one-1 "$count"
}

@test "a guest that was paused comes back paused" {
    configure <<<'PERSISTENT_ONLY=false'
    persistent one-1
    transient one-2
    counting one-1 one-2
    here virsh suspend one-1
    here virsh suspend one-2
    guests stop
    guests start
    is_state one-1 paused
    is_state one-2 paused
    count=$(count_of "$BOX/one-2.serial")
    here virsh resume one-2
    goes_on one-2 "$count"
}

@test "a guest that runs already when start comes to it" {
    persistent one-1
    guests stop
    here virsh start one-1
    run guests start
    [ "$status" -eq 0 ]
    [[ $output == *"Resuming one-1: already active"* ]]
}

@test "SHUTDOWN_TIMEOUT is for each guest when they go one after the other" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=1'
    deaf one-1
    deaf one-2
    before=$(now_ms)
    run guests stop
    [ "$status" -eq 1 ]
    [ $(($(now_ms) - before)) -ge 2000 ]
    [[ $output == *"one-1 did not shut down in time"* ]]
    [[ $output == *"one-2 did not shut down in time"* ]]
    is_state one-1 running
    is_state one-2 running
}

@test "SHUTDOWN_TIMEOUT is for all of a URI when they go in parallel" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=4\nPARALLEL_SHUTDOWN=2'
    for name in one-1 one-2 one-3 one-4; do
        deaf "$name"
    done
    before=$(now_ms)
    run guests stop
    [ $(($(now_ms) - before)) -ge 4000 ]
    echo "$output"
    [ "$status" -eq 1 ]
    # One limit for all, and never more than two at once: the others were not even asked.
    [ "$(grep -c '^Shutting down one-' <<<"$output")" -eq 2 ]
    [ "$(grep -c 'did not shut down in time' <<<"$output")" -eq 4 ]
}

@test "SHUTDOWN_TIMEOUT=0 waits without end, and says so" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=0'
    deaf one-1
    in_background guests stop
    eventually says 'Waiting for 1 guests to shut down$'
    here virsh destroy one-1
    ended
    [ "$status" -eq 0 ]
}

@test "SHUTDOWN_TIMEOUT below zero: status 6, and nothing is done" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=-1'
    persistent one-1
    run guests stop
    [ "$status" -eq 6 ]
    is_state one-1 running
    # It is no matter for a suspend.
    configure <<<$'ON_SHUTDOWN=suspend\nSHUTDOWN_TIMEOUT=-1'
    guests stop
}

@test "the seconds left are told every five seconds" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=30'
    deaf one-1
    in_background guests stop
    eventually says 'Waiting for 1 guests to shut down, 2[0-9] seconds left$'
    here virsh destroy one-1
    ended
    [ "$status" -eq 0 ]
}

# traced COMMAND...: one-guests that shows libvirt's calls.
traced() {
    here env LIBVIRT_LOG_FILTERS='1:libvirt' LIBVIRT_LOG_OUTPUTS='1:stderr' \
        one-guests --config "$BOX/config" --state-dir "$BOX/state" --run-dir "$BOX/run" \
        --stock-list "$BOX/stock" "$@" 2>&1
}

@test "BYPASS_CACHE is passed on, for both kinds and both ways" {
    configure <<<$'PERSISTENT_ONLY=false\nBYPASS_CACHE=1'
    persistent one-1
    transient one-2
    traced stop >"$BOX/log"
    grep -q 'virDomainManagedSave:.*flags=0x1$' "$BOX/log"
    grep -q 'virDomainSaveFlags:.*flags=0x1$' "$BOX/log"
    traced start >"$BOX/log"
    grep -q 'virDomainCreateWithFlags:.*flags=0x4$' "$BOX/log"
    grep -q 'virDomainRestoreFlags:.*flags=0x5$' "$BOX/log"
    is_state one-1 running
    is_state one-2 running
}

@test "BYPASS_CACHE is off unless asked for" {
    persistent one-1
    traced stop >"$BOX/log"
    grep -q 'virDomainManagedSave:.*flags=0x0$' "$BOX/log"
}

@test "SYNC_TIME asks the guest's agent; without one the guest runs all the same" {
    configure <<<'SYNC_TIME=1'
    persistent one-1
    guests stop
    traced start >"$BOX/log"
    grep -q 'virDomainSetTime:.*flags=0x1$' "$BOX/log"
    grep -q 'Resuming one-1: done, but its clock was not set: .*agent' "$BOX/log"
    is_state one-1 running
}

@test "it waits for events and does not ask again and again" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=3'
    deaf one-1
    run traced stop
    [ "$status" -eq 1 ]
    # Once to list it, once before it is asked.
    [ "$(grep -c 'virDomainGetState:' <<<"$output")" -le 2 ]
    [ "$(grep -c 'virDomainLookupByUUIDString:' <<<"$output")" -eq 1 ]
}

# --- the stock service's list ---------------------------------------------------------------

@test "the stock service's list is taken over" {
    persistent one-1
    counting one-1
    uuid=$(here virsh domuuid one-1 | head -n 1)
    here virsh managedsave one-1
    count=$(count_of "$BOX/one-1.serial")
    echo "default $uuid" >"$BOX/stock"
    run guests status
    [ "$status" -eq 3 ]
    [[ $output == "stopped, with saved guests: 1" ]]
    run guests stop
    [[ $output == *"stopped already"* ]]
    guests start
    goes_on one-1 "$count"
    [ ! -e "$BOX/stock" ]
}

@test "a guest of the stock service's list that is gone has a name in the message" {
    uuid=11111111-2222-4333-8444-555555555555
    echo "default $uuid" >"$BOX/stock"
    run guests start
    [ "$status" -eq 1 ]
    [[ $output == *"Resuming $uuid: failed: "* ]]
    [ ! -e "$BOX/stock" ]
    guests status
}
