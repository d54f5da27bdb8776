#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a domain: deploy, poll, shutdown, cancel, reboot, reset, save, restore, snapshots.

load helper

setup_file() { kvm_up; }
teardown_file() { kvm_down; }
setup() {
    require_lab
    settings
}
teardown() { end_all; }

@test "deploy prints the deploy id and keeps the deployment file" {
    prepare_vm 1
    run script host01 deploy "$(vm_dir 1)/sub/deployment.0" host01 1 host01 <"$LAB_DIR/vm-1.xml"
    [ "$status" -eq 0 ]
    [ "$output" = one-1 ]
    [ "$(state host01 1)" = running ]
    diff "$LAB_DIR/vm-1.xml" "$(vm_dir 1)/sub/deployment.0"
}

@test "deploy takes base64 in lines of 60 columns and in one line" {
    for columns in 60 0; do
        prepare_vm 2
        run script host01 deploy "$(vm_dir 2)/deployment.0" host01 2 host01 \
            < <(base64 -w "$columns" "$LAB_DIR/vm-2.xml")
        [ "$output" = one-2 ]
        diff "$LAB_DIR/vm-2.xml" "$(vm_dir 2)/deployment.0"
        end_vm 2
    done
}

@test "deploy without input takes the file that is there" {
    prepare_vm 3
    cp "$LAB_DIR/vm-3.xml" "$(vm_dir 3)/deployment.0"
    run script host01 deploy "$(vm_dir 3)/deployment.0" host01 3 host01 </dev/null
    [ "$output" = one-3 ]
}

@test "deploy fails with libvirt's reason" {
    prepare_vm 4
    rm "$(vm_dir 4)/disk.0"
    run script host01 deploy "$(vm_dir 4)/deployment.0" host01 4 host01 <"$LAB_DIR/vm-4.xml"
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not create domain from "*"disk.0"*"No such file"* ]]
    [ -z "$(state host01 4)" ]
}

@test "deploy fails without a deployment file, and with one that is nothing" {
    lab mkdir "$LAB_DIR" datastores/0/5
    run script host01 deploy "$(vm_dir 5)/deployment.0" host01 5 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "There is no deployment file"* ]]
    run script host01 deploy "$(vm_dir 5)/deployment.0" host01 5 host01 <<<'!!! neither !!!'
    [ "$status" -eq 1 ]
    [[ $(reason) == *"neither XML nor base64"* ]]
}

@test "poll finds the domain, with the helper of the remotes" {
    [ -x "$BUILDDIR/poll" ] || skip "the poll helper is not built"
    new_vm 6
    run script host01 poll one-6 host01 6 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $output == "STATE=a "* ]]
    end_vm 6
    run script host01 poll one-6 host01 6 host01 </dev/null
    [[ $output == "STATE=d"* ]]
}

@test "without the compiled helper poll says where it looked" {
    mv "$REMOTES/bin" "$REMOTES/no-bin"
    run script host01 poll one-6 host01 6 host01 </dev/null
    mv "$REMOTES/no-bin" "$REMOTES/bin"
    [ "$status" -eq 1 ]
    [[ $output == *"no helper \"poll\""*"bin/$(uname -m)/poll"*"one-vmm-poll"* ]]
    [[ $(reason) == "The poll helper is not on this host"* ]]
}

@test "shutdown of a guest that honours ACPI" {
    new_vm 7
    run script host01 shutdown one-7 host01 7 host01 </dev/null
    [ "$status" -eq 0 ]
    [ -z "$(state host01 7)" ]
}

@test "shutdown of a domain that has vanished is success" {
    run script host01 shutdown one-8 host01 8 host01 </dev/null
    [ "$status" -eq 0 ]
}

@test "shutdown asks again, for a guest that was still booting" {
    settings SHUTDOWN_TIMEOUT=25
    prepare_vm 9
    sed -i "s/type='qcow2'/type='raw'/" "$LAB_DIR/vm-9.xml"
    at host01 qemu-img create -q -f raw "$(vm_dir 9)/disk.0" 1M
    script host01 deploy "$(vm_dir 9)/deployment.0" host01 9 host01 <"$LAB_DIR/vm-9.xml"
    script host01 shutdown one-9 host01 9 host01 </dev/null 3>&- &
    shutdown=$!
    sleep 1
    # Nobody listened so far; now an operating system starts.
    dd if="$BUILDDIR/tests/lab/guest.bin" of="$(vm_dir 9)/disk.0" conv=notrunc status=none
    vvirsh host01 reset one-9
    eventually grep -q TINY-READY "$(vm_dir 9)/serial"
    [ "$(state host01 9)" = running ]
    wait "$shutdown"
    [ -z "$(state host01 9)" ]
}

# When the domain ends after SECONDS of waiting, the time until the script knows, in milliseconds.
notices_after() {
    local pid start
    deaf_vm 10
    script host01 shutdown one-10 host01 10 host01 </dev/null 3>&- &
    pid=$!
    sleep "$1"
    vvirsh host01 destroy one-10 >/dev/null
    start=${EPOCHREALTIME/./}
    wait "$pid"
    NOTICED=$(( (${EPOCHREALTIME/./} - start) / 1000 ))
    echo "noticed after $NOTICED ms"
}

# The best of three: the machine may be busy with something else once, but not each time.
notices_in_time() {
    for _ in 1 2 3; do
        notices_after "$1"
        (( NOTICED > 500 )) || return 0
    done
    return 1
}

@test "shutdown notices within half a second that the domain is gone, at first" {
    notices_in_time 1
}

@test "shutdown notices within half a second that the domain is gone, after long waiting" {
    settings SHUTDOWN_TIMEOUT=60
    notices_in_time 7
}

@test "shutdown gives up after SHUTDOWN_TIMEOUT and leaves the domain" {
    settings SHUTDOWN_TIMEOUT=2
    deaf_vm 11
    run script host01 shutdown one-11 host01 11 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Timed out shutting down one-11"* ]]
    [ "$(state host01 11)" = running ]
}

@test "FORCE_DESTROY ends the domain after SHUTDOWN_TIMEOUT" {
    settings SHUTDOWN_TIMEOUT=2 FORCE_DESTROY=yes
    deaf_vm 12
    run script host01 shutdown one-12 host01 12 host01 </dev/null
    [ "$status" -eq 0 ]
    [ -z "$(state host01 12)" ]
}

@test "CANCEL_NO_ACPI ends a domain without ACPI at once" {
    prepare_vm 13
    sed -i '/<acpi\/>/d' "$LAB_DIR/vm-13.xml"
    deploy_vm 13
    settings CANCEL_NO_ACPI=yes
    run script host01 shutdown one-13 host01 13 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"has no ACPI"* ]]
    [ -z "$(state host01 13)" ]
    new_vm 13
    run script host01 shutdown one-13 host01 13 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $output != *"has no ACPI"* ]]
}

@test "a kvmrc beside the scripts works, and one in remotes/etc wins" {
    cp "$KVM/kvmrc" "$LAB_DIR/kvmrc.orig"
    printf 'SHUTDOWN_TIMEOUT=1\nFORCE_DESTROY=yes\n' >>"$KVM/kvmrc"
    sed -i '/SHUTDOWN_TIMEOUT/d' "$REMOTES/etc/vmm/kvm/kvmrc"
    deaf_vm 14
    run script host01 shutdown one-14 host01 14 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"after 1 seconds"* ]]
    # One place is enough.
    mv "$KVM/kvmrc" "$LAB_DIR/kvmrc.away"
    sed -i '/^\. /d' "$REMOTES/etc/vmm/kvm/kvmrc"
    run script host01 cancel one-14 host01 14 host01 </dev/null
    mv "$LAB_DIR/kvmrc.away" "$KVM/kvmrc"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    settings SHUTDOWN_TIMEOUT=2 FORCE_DESTROY=no
    deaf_vm 14
    run script host01 shutdown one-14 host01 14 host01 </dev/null
    cp "$LAB_DIR/kvmrc.orig" "$KVM/kvmrc"
    [ "$status" -eq 1 ]
    [[ $(reason) == *"after 2 seconds"* ]]
}

@test "cancel ends a domain, and one that is missing is success" {
    new_vm 15
    run script host01 cancel one-15 host01 15 host01 </dev/null
    [ "$status" -eq 0 ]
    [ -z "$(state host01 15)" ]
    run script host01 cancel one-15 host01 15 host01 </dev/null
    [ "$status" -eq 0 ]
}

@test "cancel, shutdown and reboot fail when libvirt does not answer" {
    settings LIBVIRT_URI=qemu+unix:///session?socket=/nonexistent
    for action in cancel shutdown reboot; do
        run script host01 "$action" one-16 host01 16 host01 </dev/null
        [ "$status" -eq 1 ]
        [[ $(reason) == *"failed to connect to the hypervisor"* ]]
    done
}

# There is no libvirt here that denies access: a stand-in says what virsh would.
@test "cancel fails when libvirt does not let us see the domain" {
    mkdir -p "$LAB_DIR/denied"
    printf '#!/bin/sh\necho "error: failed to get domain '"'one-30'"'\nerror: access denied" >&2\nexit 1\n' >"$LAB_DIR/denied/virsh"
    chmod 755 "$LAB_DIR/denied/virsh"
    settings "PATH=$LAB_DIR/denied:\$PATH"
    run script host01 cancel one-30 host01 30 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not destroy one-30: failed to get domain"*"access denied" ]]
}

@test "reboot and reset leave the same domain running" {
    new_vm 17
    uuid=$(vvirsh host01 domuuid one-17)
    for action in reboot reset; do
        run script host01 "$action" one-17 host01 17 host01 </dev/null
        [ "$status" -eq 0 ]
        [ "$(state host01 17)" = running ]
    done
    # reset makes the guest begin anew.
    eventually eval '[ "$(grep -c TINY-READY "$(vm_dir 17)/serial")" -ge 2 ]'
    [ "$(vvirsh host01 domuuid one-17)" = "$uuid" ]
}

@test "reboot and reset of a missing domain fail" {
    for action in reboot reset; do
        run script host01 "$action" one-18 host01 18 host01 </dev/null
        [ "$status" -eq 1 ]
        [[ $(reason) == "Could not $action one-18: failed to get domain"* ]]
    done
}

@test "save ends the domain, restore goes on where it was and removes the checkpoint" {
    new_vm 19
    dir=$(vm_dir 19)
    run script host01 save one-19 "$dir/checkpoint" host01 19 host01 </dev/null
    [ "$status" -eq 0 ]
    [ -z "$(state host01 19)" ]
    [ -s "$dir/checkpoint" ]
    [ "$(stat -c %a "$dir/checkpoint")" = 600 ]
    count=$(count_of "$dir/serial")
    run script host01 restore "$dir/checkpoint" host01 one-19 19 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$(state host01 19)" = running ]
    [ ! -e "$dir/checkpoint" ]
    eventually counts_beyond "$dir/serial" "$count"
    [ "$(grep -c TINY-READY "$dir/serial")" -eq 1 ]
}

@test "save keeps an older checkpoint aside" {
    new_vm 20
    dir=$(vm_dir 20)
    echo old >"$dir/checkpoint"
    run script host01 save one-20 "$dir/checkpoint" host01 20 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$(cat "$dir"/checkpoint.[0-9]*)" = old ]
    [ "$(stat -c %s "$dir/checkpoint")" -gt 1000 ]
}

@test "a failed save leaves the domain running and no checkpoint" {
    new_vm 21
    run script host01 save one-21 /proc/nowhere/checkpoint host01 21 host01 </dev/null
    [ "$status" -eq 1 ]
    [ "$(state host01 21)" = running ]
    run script host01 save one-999 "$(vm_dir 21)/checkpoint" host01 999 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not save one-999"* ]]
    [ ! -e "$(vm_dir 21)/checkpoint" ]
}

@test "restore fails without a checkpoint, with a broken one, and keeps the broken one" {
    lab mkdir "$LAB_DIR" datastores/0/22
    file=$(vm_dir 22)/checkpoint
    run script host01 restore "$file" host01 one-22 22 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "There is no checkpoint"* ]]
    echo broken >"$file"
    run script host01 restore "$file" host01 one-22 22 host01 </dev/null
    [ "$status" -eq 1 ]
    [ -e "$file" ]
}

@test "restore finds the disks in the datastore that the checkpoint has moved to" {
    new_vm 23
    script host01 save one-23 "$(vm_dir 23)/checkpoint" host01 23 host01 </dev/null
    lab mkdir "$LAB_DIR" datastores/107
    mv "$(vm_dir 23)" "$(vm_dir 23 107)"
    run script host01 restore "$(vm_dir 23 107)/checkpoint" host01 one-23 23 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $(vvirsh host01 domblklist one-23) == *"$(vm_dir 23 107)/disk.0"* ]]
    [ ! -e "$(vm_dir 23 107)/checkpoint" ]
}

@test "save.TM and restore.TM of the system datastore are called, raw and base64 input" {
    printf '#!/bin/sh\necho "$@" >%s/tm.args; cat >%s/tm.input\n' "$LAB_DIR" "$LAB_DIR" >"$KVM/save.mytm"
    printf '#!/bin/sh\n[ -e "$1" ] || mv "$1.stored" "$1"\n' >"$KVM/restore.mytm"
    chmod +x "$KVM"/{save,restore}.mytm
    touch "$LAB_DIR"/tm.{args,input}
    chmod a+w "$LAB_DIR"/tm.{args,input}
    new_vm 24
    file=$(vm_dir 24)/checkpoint
    xml=$(action_xml 24 '' '<TM_MAD>mytm</TM_MAD>')
    run script host01 save one-24 "$file" host01 24 host01 <<<"$xml"
    [ "$status" -eq 0 ]
    [ "$(cat "$LAB_DIR/tm.args")" = "one-24 $file host01 24 host01" ]
    [ "$(cat "$LAB_DIR/tm.input")" = "$xml" ]
    mv "$file" "$file.stored"
    run script host01 restore "$file" host01 one-24 24 host01 < <(base64 <<<"$xml")
    [ "$status" -eq 0 ]
    [ "$(state host01 24)" = running ]
    # Another driver's datastore has no such scripts.
    rm "$LAB_DIR/tm.args"
    run script host01 save one-24 "$file" host01 24 host01 < <(action_xml 24 '' '<TM_MAD>../kvm/x</TM_MAD>')
    [ "$status" -eq 0 ]
    [ ! -e "$LAB_DIR/tm.args" ]
}

@test "a failing save.TM fails the save" {
    printf '#!/bin/sh\necho "the pool is full" >&2\nexit 3\n' >"$KVM/save.full"
    chmod +x "$KVM/save.full"
    new_vm 25
    run script host01 save one-25 "$(vm_dir 25)/checkpoint" host01 25 host01 \
        < <(action_xml 25 '' '<TM_MAD>full</TM_MAD>')
    [ "$status" -eq 3 ]
    [[ $output == *"the pool is full"* ]]
}

# There is no Ceph here: a stand-in for rbd keeps images as files.
@test "save.ceph and restore.ceph carry the checkpoint to the pool and back" {
    new_vm 26
    lab mkdir "$LAB_DIR" datastores/pool
    cat >"$LAB_DIR/rbd" <<RBD
#!/bin/bash
echo "\$@" >>$LAB_DIR/datastores/pool/calls
while [[ \$1 == --* ]]; do shift 2; done
image() { echo "$LAB_DIR/datastores/pool/\${1//\//_}"; }
case \$1 in
    info)   [ -e "\$(image "\$2")" ] ;;
    import) cp "\$4" "\$(image "\$5")" ;;
    export) cp "\$(image "\$2")" "\$3" ;;
    rm)     rm "\$(image "\$2")" ;;
esac
RBD
    chmod 755 "$LAB_DIR/rbd"
    settings "RBD=$LAB_DIR/rbd"
    file=$(vm_dir 26)/checkpoint
    xml=$(action_xml 26 '' '<TM_MAD>ceph</TM_MAD><TEMPLATE><POOL_NAME>cloud</POOL_NAME><CEPH_USER>libvirt</CEPH_USER></TEMPLATE>')
    run script host01 save one-26 "$file" host01 26 host01 <<<"$xml"
    [ "$status" -eq 0 ]
    [ ! -e "$file" ]
    [ -s "$LAB_DIR/datastores/pool/cloud_one-sys-26-checkpoint" ]
    run script host01 restore "$file" host01 one-26 26 host01 <<<"$xml"
    [ "$status" -eq 0 ]
    [ "$(state host01 26)" = running ]
    [ ! -e "$LAB_DIR/datastores/pool/cloud_one-sys-26-checkpoint" ]
    grep -q '^--id libvirt import' "$LAB_DIR/datastores/pool/calls"
}

@test "snapshots: create prints the name, revert goes back, delete removes" {
    new_vm 27
    serial=$(vm_dir 27)/serial
    run script host01 snapshot_create one-27 0 27 host01 </dev/null
    [ "$status" -eq 0 ]
    name=$output
    [ "$(vvirsh host01 snapshot-list one-27 --name | head -n 1)" = "$name" ]
    eventually counts_beyond "$serial" 5
    run script host01 snapshot_revert one-27 "$name" 27 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$(state host01 27)" = running ]
    run script host01 snapshot_delete one-27 "$name" 27 host01 </dev/null
    [ "$status" -eq 0 ]
    [ -z "$(vvirsh host01 snapshot-list one-27 --name)" ]
    run script host01 snapshot_delete one-27 "$name" 27 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"nothing to delete"* ]]
}

@test "snapshots of a missing domain and a missing snapshot fail" {
    run script host01 snapshot_create one-28 0 28 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not take snapshot 0 of one-28: "* ]]
    run script host01 snapshot_delete one-28 snap 28 host01 </dev/null
    [ "$status" -eq 1 ]
    new_vm 28
    run script host01 snapshot_revert one-28 nosuch 28 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not revert one-28 to snapshot nosuch: "* ]]
}

@test "twenty domains at once, up and down" {
    for id in {101..120}; do prepare_vm "$id"; done
    for id in {101..120}; do deploy_vm "$id" 3>&- & done
    wait
    [ "$(vvirsh host01 list --name | grep -c one-)" -eq 20 ]
    settings SHUTDOWN_TIMEOUT=60
    for id in {101..120}; do
        script host01 shutdown "one-$id" host01 "$id" host01 </dev/null 3>&- &
    done
    wait
    [ -z "$(vvirsh host01 list --name)" ]
}

@test "the scripts run under bash -x" {
    new_vm 29
    run at host01 bash -x "$KVM/cancel" one-29 host01 29 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"destroy_domain one-29"* ]]
    run at host01 bash -x "$KVM/reboot" one-29 29 host01 </dev/null
    [ "$status" -eq 1 ]
    [ "$(reason)" = "Could not reboot one-29: failed to get domain 'one-29'" ]
}
