#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# one_vmm_try leads a real guest on a real host through its life, over SSH, with the KVM scripts.

load ../remotes/helper.bash

setup_file() {
    kvm_up 1
    [ -n "${LAB_DIR:-}" ] || return 0
    export ONE_LOCATION=$LAB_DIR/front-end
    mkdir -p "$ONE_LOCATION/etc/vmm_exec" "$ONE_LOCATION/var"
    mv "$REMOTES" "$ONE_LOCATION/var/remotes"
    echo "SCRIPTS_REMOTE_DIR=$LAB_DIR/private/one" >"$ONE_LOCATION/var/config"
    echo "VMM_SSH_CONFIG=$LAB_DIR/ssh_config" >"$ONE_LOCATION/etc/vmm_exec/vmm_execrc"
    lab mkdir "$LAB_DIR" ds
    lab guest "$LAB_DIR/ds/disk.0" 4M
    lab domain one-5 "$LAB_DIR/ds/disk.0" --serial "$LAB_DIR/ds/serial" --nic user >"$LAB_DIR/deployment.0"
}

teardown_file() {
    kvm_down
}

setup() {
    require_lab
}

try() {
    "$BUILDDIR/one_vmm_try" kvm "$@" --host host01 --id 5 -- -w 60
}

is_up() {
    try poll | grep -q 'POLL SUCCESS 5 STATE=a'
}

guest_is_ready() {
    grep -q TINY-READY "$LAB_DIR/ds/serial"
}

@test "deploy, poll, save, restore, shutdown" {
    run try deploy --file "$LAB_DIR/deployment.0" --remote-file "$LAB_DIR/ds/deployment.0"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"the remotes were missing; copied to"* ]]
    [[ $output == *"DEPLOY SUCCESS 5 one-5"* ]]
    eventually guest_is_ready
    is_up

    run try save --checkpoint "$LAB_DIR/ds/checkpoint"
    echo "$output"
    [ "$status" -eq 0 ]
    ! is_up || false
    run try restore --checkpoint "$LAB_DIR/ds/checkpoint"
    echo "$output"
    [ "$status" -eq 0 ]
    is_up

    run try shutdown
    echo "$output"
    [ "$status" -eq 0 ]
    ! is_up || false
    run try poll
    [[ $output == *"POLL SUCCESS 5 STATE=d"* ]]
}

@test "an action on a domain that is not there fails with libvirt's reason" {
    run try reboot
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"REBOOT FAILURE 5 "*one-5* ]]
}

@test "a host that is not there: a reason, not a wait" {
    run "$BUILDDIR/one_vmm_try" kvm poll --host no-such-host.invalid --limit 60
    echo "$output"
    [ "$status" -eq 1 ]
    [[ $output == *"POLL FAILURE 0 "*no-such-host.invalid* ]]
}
