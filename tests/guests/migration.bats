#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Guests that are being migrated while their host goes down: the end of the migration is waited
# for. What has left the host is not started there later.

load guests.bash

setup_file() {
    lab check 2>/dev/null || return 0
    DIR=$(lab_dir)
    export DIR LAB_SSH_CONFIG=$DIR/ssh_config
    lab up --owner "$PPID" "$DIR" 2
    cp "$BUILDDIR/one-guests" "$DIR/bin/"
    lab mkdir "$DIR" ds
    lab guest "$DIR/ds/image"
    # What is not zero takes its time.
    head -c 12M /dev/urandom >"$DIR/ds/ballast"
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

# A transient guest whose memory is not empty, on its way to host02 at a MiB a second.
migrating() {
    xml "$1" --memory 64
    sed -i '/^<\/domain>/d' "$BOX/$1.xml"
    cat >>"$BOX/$1.xml" <<EOF
  <commandline xmlns='http://libvirt.org/schemas/domain/qemu/1.0'>
    <arg value='-device'/>
    <arg value='loader,file=$DIR/ds/ballast,addr=0x1000000,force-raw=on'/>
  </commandline>
</domain>
EOF
    here virsh -q create "$BOX/$1.xml"
    counting "$1"
    here virsh migrate --live --unsafe --bandwidth 1 "$1" qemu+ssh://host02/session \
        >"$BOX/migrate" 2>&1 3>&- &
    MIGRATION=$!
    eventually is_migrating "$1"
}

is_migrating() {
    here virsh domjobinfo "$1" | grep -q 'Outgoing migration'
}

# Lets go of the brake.
hurry() {
    here virsh migrate-setspeed "$1" 1000
}

@test "shutdown: a guest that arrives elsewhere is not stopped, nor started here later" {
    configure <<<$'ON_SHUTDOWN=shutdown\nSHUTDOWN_TIMEOUT=60'
    migrating one-1
    in_background guests stop
    eventually says 'one-1 is being migrated'
    hurry one-1
    wait "$MIGRATION"
    ended
    [ "$status" -eq 0 ]
    [[ $output == *"one-1 has migrated to another host"* ]]
    [ "$(on host02 virsh domstate one-1)" = running ]
    [ -z "$(ls -A "$BOX/state")" ]
    on host02 virsh destroy one-1
}

@test "suspend: a guest whose migration fails is suspended then" {
    configure <<<$'PERSISTENT_ONLY=false\nSHUTDOWN_TIMEOUT=60'
    migrating one-2
    in_background guests stop
    eventually says 'one-2 is being migrated'
    here virsh domjobabort one-2
    wait "$MIGRATION" || :
    ended
    [ "$status" -eq 0 ]
    [[ $output == *"Suspending one-2: done"* ]]
    count=$(count_of "$BOX/one-2.serial")
    guests start
    goes_on one-2 "$count"
}

@test "a migration that does not end: SHUTDOWN_TIMEOUT is the limit" {
    configure <<<$'PERSISTENT_ONLY=false\nSHUTDOWN_TIMEOUT=2'
    migrating one-3
    run guests stop
    [ "$status" -eq 1 ]
    [[ $output == *"one-3 could not be suspended in time"* ]]
    is_state one-3 running
    here virsh domjobabort one-3
    wait "$MIGRATION" || :
}
