#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Live migration between two hosts, over ssh, and what is left when it fails.

load helper

setup_file() { kvm_up 2; }
teardown_file() { kvm_down; }
setup() {
    require_lab
    settings
}
teardown() {
    # A test that failed may have left a host stopped.
    [ -z "${STOPPED:-}" ] || lab start "$LAB_DIR" "$STOPPED"
    end_all
}

# migrate ID [FROM TO]
migrate() {
    local from=${2:-host01} to=${3:-host02}
    run script "$from" migrate "one-$1" "$to" "$from" "$1" "$from" </dev/null
}

# busy_vm ID: a guest that takes seconds to migrate at 1 MiB/s, because its memory is not empty.
busy_vm() {
    prepare_vm "$1" --memory 512
    deploy_vm "$1"
    settings 'MIGRATE_OPTIONS="--unsafe --bandwidth 1"'
}

is_migrating() { [[ $(vvirsh host01 domjobinfo "one-$1") == *"Data remaining"* ]]; }

# Runs a migration in the background; its output is in $LAB_DIR/migrate.out.
migrate_behind() {
    script host01 migrate "one-$1" host02 host01 "$1" host01 </dev/null 3>&- \
        >"$LAB_DIR/migrate.out" 2>&1 &
    MIGRATION=$!
    eventually is_migrating "$1"
}

# The one in the background.
migration_fails() { ! wait "$MIGRATION"; }

counts_on() { eventually counts_beyond "$(vm_dir "$1")/serial" "$(count_of "$(vm_dir "$1")/serial")"; }

@test "there and back, while the guest counts on" {
    new_vm 1
    migrate 1
    [ "$status" -eq 0 ]
    [ -z "$(state host01 1)" ]
    [ "$(state host02 1)" = running ]
    counts_on 1
    [[ $output == *"INFO: migrate: Migration completed: "*" in total, downtime "*" ms"* ]]
    migrate 1 host02 host01
    [ "$status" -eq 0 ]
    [ "$(state host01 1)" = running ]
    [ -z "$(state host02 1)" ]
    counts_on 1
    # The guest never began anew.
    [ "$(grep -c TINY-READY "$(vm_dir 1)/serial")" -eq 1 ]
}

@test "migrate_local asks the source over the network" {
    new_vm 2
    run at host02 "$KVM/migrate_local" one-2 host02 host01 2 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$(state host02 2)" = running ]
    [ -z "$(state host01 2)" ]
}

@test "QEMU_PROTOCOL and MIGRATE_OPTIONS reach virsh" {
    new_vm 3
    settings QEMU_PROTOCOL=qemu+nosuch
    migrate 3
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not migrate one-3 to host02: "*"transport in URL"* ]]
    settings MIGRATE_OPTIONS=--nosuchoption
    migrate 3
    [ "$status" -eq 1 ]
    [[ $(reason) == *nosuchoption* ]]
    [ "$(state host01 3)" = running ]
}

@test "the progress is logged while it runs" {
    busy_vm 4
    migrate_behind 4
    eventually grep -q 'INFO: migrate: Migration: [0-9]* % done, .* transferred, .* remaining' "$LAB_DIR/migrate.out"
    # It still runs: the line did not wait for the end.
    kill -0 "$MIGRATION"
    vvirsh host01 migrate-setspeed one-4 100000
    wait "$MIGRATION"
    grep -q 'Migration completed' "$LAB_DIR/migrate.out"
    [ "$(state host02 4)" = running ]
}

@test "an unreachable destination: the domain goes on at the source" {
    new_vm 5
    run script host01 migrate one-5 host09 host01 5 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not migrate one-5 to host09: "* ]]
    [ "$(state host01 5)" = running ]
    counts_on 5
}

@test "a failure at the destination leaves nothing there and the source running" {
    new_vm 6
    [ ! -L "$LAB_DIR/host01/private" ] || skip "mount namespaces are not permitted here"
    # The destination can not make this file.
    lab mkdir "$LAB_DIR" host01/private/here
    end_vm 6
    sed -i "s|$(vm_dir 6)/serial|$LAB_DIR/private/here/serial|" "$LAB_DIR/vm-6.xml"
    script host01 deploy "$(vm_dir 6)/deployment.0" host01 6 host01 <"$LAB_DIR/vm-6.xml"
    migrate 6
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not migrate one-6 to host02: "* ]]
    [ "$(state host01 6)" = running ]
    [ -z "$(state host02 6)" ]
}

@test "another domain of that name at the destination survives the failure" {
    new_vm 7
    lab guest "$(vm_dir 7)/other"
    lab domain one-7 "$(vm_dir 7)/other" >"$LAB_DIR/other.xml"
    vvirsh host02 create "$LAB_DIR/other.xml"
    uuid=$(vvirsh host02 domuuid one-7)
    migrate 7
    [ "$status" -eq 1 ]
    [ "$(state host01 7)" = running ]
    [ "$(vvirsh host02 domuuid one-7)" = "$uuid" ]
    [ "$(state host02 7)" = running ]
}

@test "what an earlier migration of the same domain left at the destination is removed" {
    new_vm 16
    lab guest "$(vm_dir 16)/other"
    lab domain one-16 "$(vm_dir 16)/other" |
        sed "s|<name>|<uuid>$(vvirsh host01 domuuid one-16 | xargs)</uuid><name>|" >"$LAB_DIR/other.xml"
    vvirsh host02 create --paused "$LAB_DIR/other.xml"
    migrate 16
    [ "$status" -eq 1 ]
    [[ $output == *"Removed what the migration left at the destination"* ]]
    [ -z "$(state host02 16)" ]
    [ "$(state host01 16)" = running ]
    migrate 16
    [ "$status" -eq 0 ]
}

@test "cancelled in the middle: TERM stops the migration, the source goes on" {
    busy_vm 8
    migrate_behind 8
    pid=$(pgrep -o -f "^/bin/bash $KVM/migrate one-8 ")
    kill -TERM "$pid"
    migration_fails
    eventually grep -q 'cancelled (signal 15)' "$LAB_DIR/migrate.out"
    [ "$(state host01 8)" = running ]
    [ -z "$(state host02 8)" ]
    [[ $(vvirsh host01 domjobinfo one-8) == *None* ]]
    counts_on 8
    # It can be tried again.
    settings
    migrate 8
    [ "$status" -eq 0 ]
}

# As the driver does: everything that the action started gets the signal.
@test "cancelled with its whole process group: the source goes on" {
    busy_vm 15
    setsid "$SRCDIR/tests/lab/lab" run "$LAB_DIR" host01 "$KVM/migrate" one-15 host02 host01 15 host01 \
        </dev/null >"$LAB_DIR/migrate.out" 2>&1 3>&- &
    MIGRATION=$!
    eventually is_migrating 15
    kill -TERM -- "-$MIGRATION"
    migration_fails
    eventually eval '[[ $(vvirsh host01 domjobinfo one-15) == *None* ]]'
    [ "$(state host01 15)" = running ]
    eventually eval '[ -z "$(state host02 15)" ]'
    counts_on 15
    eventually grep -q 'cancelled (signal 15)' "$LAB_DIR/migrate.out"
}

@test "aborted by the administrator: the source goes on" {
    busy_vm 9
    migrate_behind 9
    vvirsh host01 domjobabort one-9
    migration_fails
    [ "$(state host01 9)" = running ]
    [ -z "$(state host02 9)" ]
    counts_on 9
}

@test "the destination host is lost in the middle: the source goes on" {
    busy_vm 10
    migrate_behind 10
    STOPPED=host02
    lab stop "$LAB_DIR" host02
    migration_fails
    [ "$(state host01 10)" = running ]
    counts_on 10
    lab start "$LAB_DIR" host02
    STOPPED=
    [ -z "$(state host02 10)" ]
}

@test "a missing domain fails" {
    migrate 11
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not migrate one-11 to host02: failed to get domain"* ]]
}

@test "snapshots move with the domain and work there" {
    new_vm 12
    first=$(script host01 snapshot_create one-12 0 12 host01 </dev/null)
    second=$(script host01 snapshot_create one-12 1 12 host01 </dev/null)
    migrate 12
    [ "$status" -eq 0 ]
    [ "$(vvirsh host02 snapshot-list one-12 --name | xargs)" = "$first $second" ]
    [ "$(vvirsh host02 snapshot-current one-12 --name | xargs)" = "$second" ]
    script host02 snapshot_revert one-12 "$first" 12 host02 </dev/null
    [ "$(state host02 12)" = running ]
    script host02 snapshot_delete one-12 "$second" 12 host02 </dev/null
}

@test "snapshots are still there after a failed migration" {
    new_vm 13
    name=$(script host01 snapshot_create one-13 0 13 host01 </dev/null)
    run script host01 migrate one-13 host09 host01 13 host01 </dev/null
    [ "$status" -eq 1 ]
    [ "$(vvirsh host01 snapshot-list one-13 --name | xargs)" = "$name" ]
}

@test "a domain in which qemu keeps a hot-plugged disk and NIC moves too" {
    new_vm 14
    at host01 qemu-img create -q -f qcow2 "$(vm_dir 14)/disk.1" 1M
    script host01 attach_disk one-14 "$(vm_dir 14)/disk.1" vdb 1 \
        "$(disk_message 14 '<DRIVER>qcow2</DRIVER>')" 14 host01 </dev/null
    script host01 attach_nic one-14 02:00:00:00:00:0e br0 virtio dummy one-14-0 14 host01 </dev/null
    migrate 14
    [ "$status" -eq 0 ]
    [[ $(vvirsh host02 domblklist one-14) == *"$(vm_dir 14)/disk.1"* ]]
    [[ $(vvirsh host02 domiflist one-14) == *02:00:00:00:00:0e* ]]
}
