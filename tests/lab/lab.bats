#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The laboratory itself: two hosts, a guest that counts, live migration, and a clean end.

load helper.bash

setup_file() {
    lab check 2>/dev/null || return 0
    DIR=$(lab_dir)
    export DIR
    lab up "$DIR" 2
    lab mkdir "$DIR" ds
    export LAB_SSH_CONFIG=$DIR/ssh_config
}

teardown_file() {
    [ -z "${DIR-}" ] || { lab down "$DIR" && rm -rf "$DIR"; }
}

# A second directory, for the tests that bring up a laboratory of their own.
setup() {
    require_lab
    OTHER=$(lab_dir)
}

teardown() {
    [ -z "${OTHER-}" ] || { lab down "$OTHER" && rm -rf "$OTHER"; }
}

define() {
    lab guest "$DIR/ds/$1" 4M
    lab domain "$1" "$DIR/ds/$1" --serial "$DIR/ds/$1.serial" --nic user >"$DIR/ds/$1.xml"
}

@test "each host has a libvirtd of its own" {
    local one two

    one=$(on host01 virsh capabilities | grep '<uuid>')
    two=$(on host02 virsh capabilities | grep '<uuid>')
    [ -n "$one" ]
    [ "$one" != "$two" ]
}

@test "each host has a directory of its own" {
    [ ! -L "$DIR/host01/private" ] || skip "mount namespaces are not permitted here"
    on host01 touch "$DIR/private/mine"
    [ -e "$DIR/host01/private/mine" ]
    [ ! -e "$DIR/private/mine" ]
    run on host02 test -e "$DIR/private/mine"
    [ "$status" -eq 1 ]
}

@test "a guest boots, counts, moves to the other host and counts on" {
    local serial=$DIR/ds/one-1.serial before

    define one-1
    on host01 virsh create "$DIR/ds/one-1.xml"
    eventually counts_beyond "$serial" 2
    before=$(count_of "$serial")
    on host01 virsh migrate --live --unsafe one-1 qemu+ssh://host02/session
    [ "$(on host02 virsh domstate one-1)" = running ]
    [ -z "$(on host01 virsh list --name)" ]
    eventually counts_beyond "$serial" $((before + 3))
    [ "$(grep -c TINY-READY "$serial")" -eq 1 ]
}

@test "a guest honours the power button" {
    define one-2
    on host01 virsh create "$DIR/ds/one-2.xml"
    eventually counts_beyond "$DIR/ds/one-2.serial" 0
    on host01 virsh shutdown one-2
    gone() { [ -z "$(on host01 virsh list --all --name)" ]; }
    eventually gone
}

@test "a guest lets go of a disk and of a nic" {
    define one-3
    lab guest "$DIR/ds/more"
    on host01 virsh create "$DIR/ds/one-3.xml"
    eventually counts_beyond "$DIR/ds/one-3.serial" 0
    on host01 virsh attach-disk one-3 "$DIR/ds/more" vdb --subdriver qcow2
    on host01 virsh domblklist one-3 | grep -q vdb
    on host01 virsh detach-disk one-3 vdb
    free() { ! on host01 virsh domblklist one-3 | grep -q vdb; }
    eventually free
    on host01 virsh detach-interface one-3 user
    bare() { ! on host01 virsh dumpxml one-3 | grep -q '<interface'; }
    eventually bare
    on host01 virsh destroy one-3
}

@test "a crashed host takes its guests along and comes back" {
    define one-4
    on host01 virsh create "$DIR/ds/one-4.xml"
    lab stop "$DIR" host01
    run on host01 true
    [ "$status" -eq 255 ]
    [ -z "$(processes_below "$DIR" | grep qemu-system | grep one-4)" ]
    lab start "$DIR" host01
    [ -z "$(on host01 virsh list --name)" ]
}

@test "a local laboratory is one libvirtd, reached through the environment" {
    lab local "$OTHER"
    (
        eval "$(lab env "$OTHER")"
        lab mkdir "$OTHER" ds
        lab guest "$OTHER/ds/disk"
        lab domain one-5 "$OTHER/ds/disk" >"$OTHER/one-5.xml"
        virsh create "$OTHER/one-5.xml"
        [ "$(virsh list --name | head -n 1)" = one-5 ]
    )
    rm -r "$OTHER/one-5.xml" "$OTHER/ds"
    lab down "$OTHER"
    [ ! -e "$OTHER" ]
    [ -z "$(processes_below "$OTHER")" ]
}

@test "everything ends when the owner ends" {
    local owner

    sleep 60 3>&- &
    owner=$!
    lab up --owner "$owner" "$OTHER" 1
    [ -n "$(processes_below "$OTHER")" ]
    kill -KILL "$owner"
    quiet() { [ -z "$(processes_below "$OTHER")" ]; }
    eventually quiet
    lab down "$OTHER"
    [ ! -e "$OTHER" ]
}

@test "a host that does not start is reported with its log" {
    run lab up --sshd 'NoSuchOption yes' "$OTHER" 1
    [ "$status" -eq 1 ]
    [[ "$output" == *NoSuchOption* ]]
    [[ "$output" == *"host01 is not ready"* ]]
    [ -z "$(processes_below "$OTHER")" ]
}

@test "a directory that cannot work is refused" {
    run lab up relative/path
    [ "$status" -eq 1 ]
    run lab up "/tmp/a directory with blanks"
    [ "$status" -eq 1 ]
    run lab up "/tmp/$(printf 'x%.0s' {1..60})"
    [ "$status" -eq 1 ]
    [[ "$output" == *"characters long"* ]]
}

@test "down leaves no process and no file" {
    lab down "$DIR"
    [ "$(ls "$DIR")" = ds ]
    [ -z "$(processes_below "$DIR")" ]
}
