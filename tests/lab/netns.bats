#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The laboratory of root: hosts with a network of their own, bridges and qemu:///system.

load helper.bash

setup_file() {
    lab check --netns 2>/dev/null || return 0
    DIR=$(lab_dir)
    export DIR
    lab up --netns "$DIR" 2
    lab mkdir "$DIR" ds
    export LAB_SSH_CONFIG=$DIR/ssh_config
}

teardown_file() {
    [ -z "${DIR-}" ] || { lab down "$DIR" && rm -rf "$DIR"; }
}

setup() {
    local reason

    reason=$(lab check --netns 2>&1) || skip "${reason#lab: }"
}

@test "each host has a name, an address and a directory of its own" {
    [ "$(on host01 hostname)" = host01 ]
    [ "$(on host02 hostname)" = host02 ]
    on host01 getent hosts host02
    on host01 touch "$DIR/private/mine"
    run on host02 test -e "$DIR/private/mine"
    [ "$status" -eq 1 ]
}

@test "a guest with a NIC in a bridge counts on while it moves there and back" {
    local serial=$DIR/ds/serial before

    lab guest "$DIR/ds/disk" 4M
    lab domain one-1 "$DIR/ds/disk" --serial "$serial" --nic br0 >"$DIR/ds/one-1.xml"
    on host01 virsh create "$DIR/ds/one-1.xml"
    eventually counts_beyond "$serial" 2
    on host01 "ip link show master br0 | grep -q vnet"
    on host01 virsh migrate --live --unsafe one-1 qemu+ssh://host02/system
    [ "$(on host02 virsh domstate one-1)" = running ]
    before=$(count_of "$serial")
    eventually counts_beyond "$serial" $((before + 2))
    on host02 virsh migrate --live --unsafe one-1 qemu+ssh://host01/system
    [ "$(on host01 virsh domstate one-1)" = running ]
    [ -z "$(on host02 virsh list --all --name)" ]
    before=$(count_of "$serial")
    eventually counts_beyond "$serial" $((before + 2))
    [ "$(grep -c TINY-READY "$serial")" -eq 1 ]
}

@test "a crashed host takes its guests along and comes back" {
    lab stop "$DIR" host01
    run ssh -n -F "$LAB_SSH_CONFIG" -o ConnectTimeout=2 host01 true
    [ "$status" -eq 255 ]
    [ "$(on host02 hostname)" = host02 ]
    lab start "$DIR" host01
    [ -z "$(on host01 virsh list --all --name)" ]
}

@test "down leaves no process, no interface and no file" {
    local uplink

    uplink=vmm$(sed 's/.*\.//' "$DIR/netns/net")
    ip link show "$uplink"
    lab down "$DIR"
    [ "$(ls "$DIR")" = ds ]
    [ -z "$(processes_below "$DIR")" ]
    run ip link show "$uplink"
    [ "$status" -ne 0 ]
}
