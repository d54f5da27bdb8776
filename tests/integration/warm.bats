#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A whole DEPLOY over a connection that is there already costs the front-end nothing but the
# transfer manager's script: no connection and no other process. The system itself is the witness.

load ../lab/helper.bash

setup_file() {
    [ -z "$(lab check 2>&1)" ] && command -v strace >/dev/null || return 0
    front_end 1
    echo "VMM_SSH_CONFIG=$LAB_DIR/ssh_config" >"$ONE_LOCATION/etc/vmm_exec/vmm_execrc"
    put_scripts
}

teardown_file() {
    front_end_down
}

setup() {
    require_lab
    command -v strace >/dev/null || skip "strace is missing; install the package strace"
    strace -qq -o /dev/null true 2>/dev/null || skip "processes may not be traced here"
}

put_scripts() {
    local script

    for script in vmm/kvm/deploy vnm/dummy/pre vnm/dummy/post vnm/ovswitch/pre vnm/ovswitch/post \
        tm/qcow2/context; do
        mkdir -p "$ONE_LOCATION/var/remotes/${script%/*}"
        printf '#!/bin/sh\ncat >/dev/null\necho one-0\n' >"$ONE_LOCATION/var/remotes/$script"
        chmod +x "$ONE_LOCATION/var/remotes/$script"
    done
}

# The captured request, with the deployment file where it lies here.
request() {
    local verb id base64

    read -r verb id base64 <"$SRCDIR/tests/captures/5.2.1/DEPLOY.line"
    printf '%s %s %s\n' "$verb" "$id" "$(base64 -d <<<"$base64" |
        sed "s,/var/lib/one/vms/0/deployment.0,$SRCDIR/tests/captures/5.2.1/deployment.0," |
        base64 -w 0)"
}

answers() {
    [ "$(grep -c '^DEPLOY SUCCESS' "$LAB_DIR/answers")" -eq "$1" ]
}

# What the driver started (not its threads) and whom it connected to, so far.
started() {
    grep -cE '^[0-9]+ +(fork|vfork|clone3?)\(' "$LAB_DIR/trace" || :
}

connected() {
    grep -cE '^[0-9]+ +connect\(.*(sin_port|sin6_port|/ssh|control)' "$LAB_DIR/trace" || :
}

@test "a DEPLOY with two network drivers on a warm connection: the tm step and nothing else" {
    mkfifo "$LAB_DIR/requests"
    # Threads are left out by their flag; what a child does after its start is its own.
    strace -f -qq -e 'trace=fork,vfork,clone,clone3,connect' -o "$LAB_DIR/trace.all" \
        "$BUILDDIR/one_vmm_exec" -t 1 kvm <"$LAB_DIR/requests" >"$LAB_DIR/answers" \
        2>"$LAB_DIR/errors" 3>&- &
    exec 4>"$LAB_DIR/requests"
    request >&4
    eventually answers 1
    driver=$(head -n 1 "$LAB_DIR/trace.all" | cut -d ' ' -f 1)
    only_driver() {
        grep -v CLONE_THREAD "$LAB_DIR/trace.all" |
            grep -E "^($(ls "/proc/$driver/task" | paste -sd '|')) " >"$LAB_DIR/trace" || :
    }
    only_driver
    before_started=$(started) before_connected=$(connected)
    [ "$before_connected" -ge 1 ]
    [ "$before_started" -ge 2 ]

    request >&4
    eventually answers 2
    only_driver
    [ "$(started)" -eq "$((before_started + 1))" ]
    [ "$(connected)" -eq "$before_connected" ]
    [ "$(grep -c 'operation: tm_context' "$LAB_DIR/answers")" -eq 2 ]
    [ "$(grep -c 'network driver operation: p' "$LAB_DIR/answers")" -eq 4 ]

    exec 4>&-
    wait
}
