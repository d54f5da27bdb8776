#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each function and variable of scripts_common.sh, as a third-party script uses it.

load helper

setup_file() { kvm_up; }
teardown_file() { kvm_down; }
setup() {
    WORK=$(mktemp -d "${BATS_TMPDIR:-/tmp}/common.XXXXXX")
    copy_remotes "$WORK/remotes"
    mkdir "$WORK/remotes/vmm/theirs"
}
teardown() { rm -rf -- "$WORK"; }

# theirs CODE [ARGS...]: runs CODE as the script "action" of a driver that sources the file the way
# third-party drivers do.
theirs() {
    local file=$WORK/remotes/vmm/theirs/action
    # shellcheck disable=SC2016 # for the script
    printf '#!/bin/bash\nDRIVER_PATH=$(dirname $0)\nsource $DRIVER_PATH/../../scripts_common.sh\n%s\n' "$1" >"$file"
    chmod +x "$file"
    shift
    run "$file" "$@"
}

# Standard output only, and standard error only.
theirs_out() { theirs "exec 2>/dev/null"$'\n'"$1" "${@:2}"; }
theirs_err() { theirs "exec 2>&1 >/dev/null"$'\n'"$1" "${@:2}"; }

@test "the environment: LANG, PATH, SCRIPT_NAME" {
    theirs 'echo "$LANG $SCRIPT_NAME $PATH"; bash -c "echo \$LANG"'
    [[ ${lines[0]} == "C action /bin:/sbin:/usr/bin:"* ]]
    [ "${lines[1]}" = C ]
}

@test "tool variables, each overridable" {
    for tool in AWK BASH CUT CEPH DATE DD DF DU GREP ISCSIADM LVCREATE LVREMOVE LVCHANGE LVSCAN \
        LVS LN MD5SUM MKFS MKISOFS MKSWAP QEMU_IMG RADOS RBD READLINK RM CP SCP SED SSH SUDO SYNC \
        TAR TR VGDISPLAY WGET; do
        theirs "echo \"\$$tool\""
        [ -n "$output" ]
        [ "$tool" != BASH ] || continue # bash sets it
        export "$tool=mine"
        theirs "echo \"\$$tool\""
        unset "$tool"
        [ "$output" = mine ] || { echo "$tool: $output"; false; }
    done
}

@test "log, log_info, log_error, log_debug, log_function" {
    theirs_err 'log a; log_info "b  \n %s"; log_error c; log_debug d; log_function WARN e'
    [ "$output" = "INFO: action: a
INFO: action: b  \\n %s
ERROR: action: c
DEBUG: action: d
WARN: action: e" ]
}

@test "log_date" {
    theirs_out log_date
    [[ $output =~ ^[A-Z][a-z]{2}\ [A-Z][a-z]{2}\ [0-9]{2}\ [0-9:]{8}\ [0-9]{4}$ ]]
}

@test "error_message" {
    theirs_err 'error_message "a reason"'
    [ "$output" = "ERROR MESSAGE --8<------
a reason
ERROR MESSAGE ------>8--" ]
}

@test "exec_and_log: success is silent and goes on" {
    theirs 'exec_and_log "echo x"; echo on'
    [ "$status" -eq 0 ]
    [ "$output" = on ]
}

@test "exec_and_log: failure logs, gives the reason and ends with the status" {
    theirs 'exec_and_log "ls /nonexistent" "a message"; echo on'
    [ "$status" -eq 2 ]
    [[ ${lines[0]} == 'ERROR: action: Command "ls /nonexistent" failed: '*"No such file"* ]]
    [ "$(reason)" = "a message" ]
    [[ $output != *$'\n'on ]]
    theirs 'exec_and_log "ls /nonexistent"'
    [[ $(reason) == "Error executing ls /nonexistent: "*"No such file"* ]]
}

@test "exec_and_log: the command's words are words, not shell code" {
    theirs "exec_and_log 'echo \$(touch $WORK/made) ; touch $WORK/made2'; exec_and_log \"ls $WORK/rem*\"; echo on"
    [ "$output" = on ]
    [ ! -e "$WORK/made" ]
    [ ! -e "$WORK/made2" ]
}

@test "multiline_exec_and_log" {
    theirs "multiline_exec_and_log 'set -e
        touch $WORK/one
        touch \"$WORK/a b\"'; echo on"
    [ "$output" = on ]
    [ -e "$WORK/a b" ]
    theirs 'multiline_exec_and_log "echo why >&2
        exit 7" "a message"; echo on'
    [ "$status" -eq 7 ]
    [ "$(reason)" = "a message" ]
}

@test "monitor_and_log" {
    theirs 'monitor_and_log "echo a; echo a warning >&2; echo b" name'
    [ "$output" = $'a\nb' ]
    theirs 'monitor_and_log "echo why >&2; exit 5" name; echo on'
    [ "$status" -eq 5 ]
    [[ $output == 'ERROR: action: Command "name" failed: why'* ]]
}

@test "exec_and_set_error" {
    theirs 'ERROR=old; exec_and_set_error "true" msg; echo "[$ERROR]"'
    [ "$output" = "[]" ]
    theirs_out 'exec_and_set_error "echo why >&2; false" msg; echo "[$ERROR]"; exec_and_set_error "echo why >&2; false"; echo "[$ERROR]"'
    [ "$output" = "[msg]
[Error executing echo why >&2; false: why]" ]
}

@test "timeout_exec_and_log" {
    theirs 'timeout_exec_and_log 20 "true"; echo on'
    [ "$output" = on ]
    theirs 'timeout_exec_and_log 20 "ls /nonexistent"; echo on'
    [ "$status" -eq 2 ]
    theirs 'timeout_exec_and_log 1 "sleep 300"; echo on'
    [ "$status" -eq 124 ]
    [[ $(reason) == *"no answer within 1 seconds"* ]]
}

@test "retry: until it succeeds, at most so many times" {
    theirs 'try() { echo x >>'"$WORK"'/tries; [ $(wc -l <'"$WORK"'/tries) -ge 2 ]; }; retry 3 try; echo $?'
    [ "$output" = 0 ]
    [ "$(wc -l <"$WORK/tries")" -eq 2 ]
    theirs 'try() { echo x >>'"$WORK"'/never; false; }; retry 2 try; echo $?'
    [ "$output" = 1 ]
    [ "$(wc -l <"$WORK/never")" -eq 2 ]
}

@test "force_shutdown after a retry" {
    theirs "false; force_shutdown one-1 'touch $WORK/destroyed'; echo on"
    [ "$status" -eq 1 ]
    [ "$(reason)" = "Timed out shutting down one-1" ]
    theirs "FORCE_DESTROY=yes; false; force_shutdown one-1 'touch $WORK/destroyed'; echo on"
    [ "$status" -eq 0 ]
    [ -e "$WORK/destroyed" ]
    theirs "FORCE_DESTROY=yes; true; force_shutdown one-1 'touch $WORK/again'; echo on"
    [ "$output" = on ]
    [ ! -e "$WORK/again" ]
}

@test "retry_if and retry_if_no_error" {
    printf '#!/bin/sh\necho x >>%s/n; echo out; [ $(wc -l <%s/n) -ge "$1" ] && exit 0\necho "it is busy" >&2; exit 4\n' "$WORK" "$WORK" >"$WORK/cmd"
    chmod +x "$WORK/cmd"
    theirs_out "retry_if_no_error busy 5 0 $WORK/cmd 3; echo \"\$? \$(wc -l <$WORK/n)\""
    [ "$output" = $'out\n0 3' ]
    rm "$WORK/n"
    theirs "retry_if_no_error other 5 0 $WORK/cmd 3; echo \"\$? \$(wc -l <$WORK/n)\""
    [ "$output" = $'it is busy\nout\n4 1' ]
    rm "$WORK/n"
    theirs_out "a=\$(retry_if busy 2 0 $WORK/cmd 9); echo \"\$a \$? \$(wc -l <$WORK/n)\""
    [ "$output" = "out 4 2" ]
    rm "$WORK/n"
    theirs_out "retry_if busy 5 0 $WORK/cmd 1; echo not reached"
    [ "$output" = out ]
}

@test "ssh_exec_and_log, _no_error and _stdin" {
    require_lab
    export SSH="ssh -F $LAB_DIR/ssh_config"
    theirs "ssh_exec_and_log host01 'touch $LAB_DIR/private/x'; echo on"
    [ "$output" = on ]
    theirs 'ssh_exec_and_log host01 "echo why >&2; exit 3" "a message"; echo on'
    [ "$status" -eq 3 ]
    [ "$(reason)" = "a message" ]
    theirs 'ssh_exec_and_log_no_error host01 "exit 3" msg; echo "status $?"'
    [ "$status" -eq 0 ]
    [[ $output == *"status 3" ]]
    theirs 'ssh_exec_and_log_no_error host01 "exit 3" msg 3; echo "status $?"'
    [ "$output" = "status 3" ]
    echo 'hello() { [ "$1" = world ]; }' >"$WORK/functions"
    theirs "ssh_exec_and_log_stdin host01 'hello world' $WORK/functions; echo on"
    [ "$output" = on ]
    theirs "ssh_exec_and_log_stdin host01 'hello you' $WORK/functions msg; echo on"
    [ "$status" -eq 1 ]
    [ "$(reason)" = msg ]
}

@test "ssh_monitor_and_log and ssh_make_path" {
    require_lab
    export SSH="ssh -F $LAB_DIR/ssh_config"
    theirs 'ssh_monitor_and_log host01 "echo \$LAB_HOST; echo \$LANG"'
    [ "$output" = $'host01\nC' ]
    theirs 'ssh_monitor_and_log host01 "exit 6" name; echo on'
    [ "$status" -eq 6 ]
    lab mkdir "$LAB_DIR" made
    theirs "ssh_make_path host01 '$LAB_DIR/made/a b/c' ssh; echo on"
    [ "$output" = on ]
    [ -d "$LAB_DIR/made/a b/c" ]
    [ "$(cat "$LAB_DIR/made/a b/.monitor")" = ssh ]
    theirs "ssh_make_path host01 /proc/x; echo on"
    [ "$status" -eq 1 ]
    [[ $(reason) == "Error creating directory /proc/x at host01: "* ]]
}

@test "get_source_xml" {
    theirs "get_source_xml \"mon1:6789 mon2 a'b:1\""
    [ "$output" = "<host name='mon1' port='6789'/><host name='mon2'/><host name='a&apos;b' port='1'/>" ]
}

@test "fix_dir_slashes" {
    theirs 'for p in /some//path///x/ / // a//b "/a b//"; do fix_dir_slashes "$p"; done'
    [ "$output" = $'/some/path/x\n/\n/\na/b\n/a b' ]
}

@test "mkfs_command makes what it says" {
    theirs 'mkfs_command /x raw 10; mkfs_command /x swap 10; mkfs_command /x qcow2 10; mkfs_command /x qcow2 10 ext4,xfs ext4 -q; mkfs_command /x raw 10 ext4,xfs xfs'
    [ "$output" = "qemu-img create -f raw /x 10M
qemu-img create -f raw /x 10M
mkswap -L swap /x
qemu-img create -f qcow2 /x 10M
qemu-img create -f raw /x 10M
mkfs -t ext4 -F -q /x
qemu-img convert -f raw -O qcow2 /x /x.qcow2
mv /x.qcow2 /x
qemu-img create -f raw /x 10M
mkfs.xfs -f  /x" ]
    theirs 'mkfs_command /x raw 10 ext4,xfs ntfs; echo on'
    [ "$status" -eq 1 ]
    [[ $output == *"Unsupported file system type: ntfs"* ]]
    command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is missing; install e2fsprogs"
    theirs "multiline_exec_and_log \"\$(mkfs_command $WORK/disk qcow2 8 ext4 ext4 -q)\"; qemu-img info $WORK/disk | grep format:"
    [[ $output == *qcow2* ]]
}

@test "is_iscsi and is_cdrom" {
    theirs 'NO_ISCSI="host1 host2"; is_iscsi host2; echo $?; is_iscsi host; echo $?; IMAGE_TYPE=1 is_cdrom; echo $?; IMAGE_TYPE=2 is_cdrom; echo $?'
    [ "$output" = $'1\n0\n0\n1' ]
}

@test "iqn_get_lv_name, iqn_get_vg_name, iqn_get_host" {
    theirs 'i=iqn.2012-02.org.opennebula:san.example.org.vg-one.lv-one-3; iqn_get_lv_name $i; iqn_get_vg_name $i; iqn_get_host $i'
    [ "$output" = $'lv-one-3\nvg-one\nsan.example.org' ]
}

@test "tgtadm_ and iscsiadm_ print their commands" {
    theirs 'tgtadm_target_new 3 iqn:x; tgtadm_target_bind_all 3; tgtadm_target_delete 3; tgtadm_logicalunit_new 3 /dev/x; iscsiadm_discovery h; iscsiadm_login iqn:x h; iscsiadm_logout iqn:x'
    [ "$output" = "tgtadm --lld iscsi --op new --mode target --tid 3 --targetname iqn:x
tgtadm --lld iscsi --op bind --mode target --tid 3 -I ALL
tgtadm --lld iscsi --op delete --mode target --tid 3
tgtadm --lld iscsi --op new --mode logicalunit --tid 3 --lun 1 --backing-store /dev/x
iscsiadm -m discovery -t st -p h
iscsiadm -m node --targetname iqn:x -p h --login
iscsiadm -m node --targetname iqn:x --logout" ]
}

@test "tgtadm_get_tid_for_iqn and tgtadm_next_tid read what tgtadm shows" {
    printf '#!/bin/sh\nprintf "Target 3: iqn:x\\n    LUN: 1\\nTarget 12: iqn:xy\\n"\n' >"$WORK/tgtadm"
    chmod +x "$WORK/tgtadm"
    export TGTADM=$WORK/tgtadm
    theirs 'bash -c "$(tgtadm_get_tid_for_iqn iqn:x)"; bash -c "$(tgtadm_next_tid)"'
    [ "$output" = $'3\n13' ]
}

@test "xml_esc" {
    theirs "xml_esc \"a'b\\\"c&d<e>f\""
    [ "$output" = "a&apos;b&quot;c&amp;d&lt;e&gt;f" ]
}

@test "exclusive: one at a time, and its limit" {
    export ONE_LOCK_DIR=$WORK
    theirs 'exclusive lock 5 bash -c "exit 9"; echo $?'
    [ "$output" = 9 ]
    flock "$WORK/held" sleep 300 3>&- &
    holder=$!
    eventually eval '! flock -n "$WORK/held" true'
    theirs 'exclusive held 1 echo inside; echo on'
    kill "$(pgrep -P "$holder")" "$holder"
    [ "$status" -eq 254 ]
    [[ $output == *"Could not acquire exclusive lock"* ]]
    [[ $output != *inside* ]]
    export ONE_LOCK_DIR=$WORK/nowhere
    theirs 'exclusive lock 1 echo inside'
    [ "$status" -eq 254 ]
}

@test "get_disk_information and get_nic_information" {
    [ -x "$BUILDDIR/xpath" ] || skip "the xpath helper is not built"
    xml=$(action_xml 9 "<DISK><DISK_ID>1</DISK_ID><ATTACH>YES</ATTACH><TYPE>RBD</TYPE><READONLY>YES</READONLY><SOURCE>one/one-3</SOURCE><CLONE>YES</CLONE><CEPH_HOST>m:1</CEPH_HOST><TARGET>vdb</TARGET></DISK><DISK><DISK_ID>2</DISK_ID><TYPE>FILE</TYPE><DRIVER>qcow2</DRIVER></DISK><NIC><NIC_ID>0</NIC_ID><ATTACH>YES</ATTACH><BRIDGE>br&amp;0</BRIDGE><MAC>02:00</MAC></NIC>")
    DRV_ACTION=$(base64 -w 0 <<<"$xml")
    export DRV_ACTION
    theirs 'get_disk_information ATTACH=YES; echo "$VMID|$DISK_ID|$TYPE|$READONLY|$DISK_TARGET|$SOURCE|$TYPE_XML|$DEVICE|$TYPE_SOURCE|$SOURCE_ARGS|$SOURCE_HOST|$AUTH"'
    [ "$output" = "9|1|rbd|yes|vdb|one/one-3-9-1|network|disk|name|protocol='rbd'|<host name='m' port='1'/>|" ]
    theirs 'get_disk_information "DISK_ID=2"; echo "$DRIVER|$TYPE_XML|$TYPE_SOURCE"'
    [ "$output" = "qcow2|file|file" ]
    theirs "get_disk_information \"DISK_ID='2'\"; echo \"\$DRIVER\""
    [ "$output" = qcow2 ]
    unset DRV_ACTION
    theirs 'get_nic_information ATTACH=YES; echo "$BRIDGE|$MAC|$NIC_ID"' <<<"$xml"
    [ "$output" = 'br&0|02:00|0' ]
}

@test "OpenNebula's own scripts_common.sh serves the KVM scripts as well" {
    require_lab
    # The oldest had only these.
    cat >"$WORK/theirs.sh" <<'SH'
export LANG=C
SCRIPT_NAME=$(basename $0)
RBD=rbd
function log_info { echo "INFO: $SCRIPT_NAME: $1" 1>&2; }
function log_error { echo "ERROR: $SCRIPT_NAME: $1" 1>&2; }
function error_message { ( echo "ERROR MESSAGE --8<------"; echo "$1"; echo "ERROR MESSAGE ------>8--" ) 1>&2; }
function fix_dir_slashes { dirname "$1/file" | sed -r 's:/+:/:g'; }
SH
    settings
    mv "$REMOTES/scripts_common.sh" "$WORK/ours.sh"
    install -m 644 "$WORK/theirs.sh" "$REMOTES/scripts_common.sh"
    new_vm 1
    file=$(vm_dir 1)/checkpoint
    script host01 save one-1 "$file" host01 1 host01 </dev/null
    script host01 restore "$file" host01 one-1 1 host01 </dev/null
    at host01 qemu-img create -q -f qcow2 "$(vm_dir 1)/disk.1" 1M
    script host01 attach_disk one-1 "$(vm_dir 1)/disk.1" vdb 1 "$(disk_message 1 '<DRIVER>qcow2</DRIVER>')" 1 host01 </dev/null
    script host01 detach_disk one-1 "$(vm_dir 1)/disk.1" vdb 1 1 host01 </dev/null
    script host01 shutdown one-1 host01 1 host01 </dev/null
    install -m 644 "$WORK/ours.sh" "$REMOTES/scripts_common.sh"
    end_all
}
