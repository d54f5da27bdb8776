# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the KVM action scripts share.  Each script sources it first; it reads the settings.

# What "bash -x" shows must not get into the error texts that are read here.
[[ $- != *x* ]] || exec {BASH_XTRACEFD}>&2

DRIVER_PATH=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

. "$DRIVER_PATH/../../scripts_common.sh"
. "$DRIVER_PATH/../../one_vmm.sh"
for file in "$DRIVER_PATH/kvmrc" "$DRIVER_PATH/../../etc/vmm/kvm/kvmrc"; do
    # shellcheck source=kvmrc
    [ ! -r "$file" ] || . "$file"
done
LIBVIRT_URI=${LIBVIRT_URI:-qemu:///system}

# fail TEXT: ends the script; TEXT, without virsh's own prefixes, is the reason.
fail() {
    local text=${1//$'\n'error: /$'\n'}
    error_message "${text//: error: /: }"
    exit 1
}

# vsh COMMAND ARGS...: virsh on this host's libvirt.
vsh() { virsh --connect "$LIBVIRT_URI" "$@"; }

# must TEXT COMMAND ARGS...: runs COMMAND without its output; its failure is ours: "TEXT: why".
must() {
    local text=$1 errors
    shift
    errors=$("$@" 2>&1 >/dev/null) || fail "$text: $errors"
}

# action_data: prints the action's XML, which standard input holds raw or base64-encoded, or
# nothing when the driver of that release sends none.
action_data() {
    local data
    [ ! -t 0 ] || return 0
    data=$(cat)
    if [[ $data =~ ^[[:space:]]*(<|$) ]]; then
        printf '%s' "$data"
    else
        base64 --decode <<<"$data"
    fi
}

# run_system_tm ACTION XML ARGS...: runs ACTION.<driver of the system datastore> when there is such
# a script, with XML as its input; XML says which driver it is.
run_system_tm() {
    local action=$1 xml=$2 tm
    shift 2
    [ -n "$xml" ] || return 0
    IFS= read -r -d '' tm < <(xpath /VMM_DRIVER_ACTION_DATA/DATASTORE/TM_MAD <<<"$xml") || fail \
        "Could not read the system datastore's driver from the action data"
    [[ $tm =~ ^[A-Za-z0-9_-]+$ ]] || return 0
    [ -x "$DRIVER_PATH/$action.$tm" ] || return 0
    "$DRIVER_PATH/$action.$tm" "$@" <<<"$xml" || exit
}

# ---- the domain -------------------------------------------------------------------------------

# is_gone ID: whether libvirt answers that the domain does not run (any more).
is_gone() {
    local answer
    if answer=$(vsh domstate --domain "$1" 2>&1); then
        [[ $answer == "shut off"* ]]
    else
        # virsh gives no other reason when there is no such domain, or this one.
        [[ $answer == *"Domain not found"* ||
            ($answer == *"failed to get domain"* && $answer != *$'\n'error:*) ]]
    fi
}

# wait_for SECONDS COMMAND ARGS...: whether COMMAND succeeds within SECONDS.
wait_for() {
    local deadline=$(( SECONDS + $1 ))
    shift
    until "$@"; do
        (( SECONDS < deadline )) || return 1
        sleep 0.2
    done
}

# wait_until_gone ID SECONDS: whether the domain ends within SECONDS.  A listener for libvirt's
# events tells at once; until it surely listens, and where virsh can't, a short pause does.
wait_until_gone() {
    local id=$1 start=$SECONDS limit=$2 pause events status
    ! is_gone "$id" || return 0
    coproc LISTENER {
        exec virsh --connect "$LIBVIRT_URI" event --domain "$id" --event lifecycle --loop \
            --timeout "$limit" 2>/dev/null
    }
    local listener=$LISTENER_PID
    exec {events}<&"${LISTENER[0]}"
    until is_gone "$id"; do
        (( SECONDS - start < limit )) || break
        pause=0.2
        (( SECONDS - start < 5 || SECONDS - start + 5 > limit )) || pause=5
        read -r -t "$pause" -u "$events" _
        status=$?
        (( status == 0 || status > 128 )) || sleep 0.3 # the listener has ended
    done
    exec {events}<&-
    kill "$listener" 2>/dev/null
    wait "$listener" 2>/dev/null
    is_gone "$id"
}

# destroy_domain ID: ends the domain at once; that it does not run is success.
destroy_domain() {
    local errors
    errors=$(vsh destroy --domain "$1" 2>&1 >/dev/null) || is_gone "$1" ||
        fail "Could not destroy $1: $errors"
    wait_until_gone "$1" "${SHUTDOWN_TIMEOUT:-120}" || fail "Timed out destroying $1"
}

# ---- its devices: what the domain's XML says, virsh's word is not enough ------------------------

# find_disk ID TARGET: whether the domain has a disk with exactly that target; DISK_DEVICE is then
# disk, cdrom, ..., DISK_SOURCE the image ("-" for an empty drive).
# shellcheck disable=SC2034 # DISK_DEVICE is for the caller
find_disk() {
    local list target
    list=$(vsh domblklist --domain "$1" --details 2>&1) ||
        fail "Could not list the disks of $1: $list"
    while read -r _ DISK_DEVICE target DISK_SOURCE; do
        [ "$target" != "$2" ] || return 0
    done <<<"$list"
    return 1
}

# find_nic ID MAC: whether the domain has a NIC with that address; NIC_TYPE is then bridge, ...
# shellcheck disable=SC2034 # NIC_TYPE is for the caller
find_nic() {
    local list rest
    list=$(vsh domiflist --domain "$1" 2>&1) || fail "Could not list the NICs of $1: $list"
    while read -r _ NIC_TYPE rest; do
        [ "${rest##* }" != "${2,,}" ] || return 0
    done <<<"$list"
    return 1
}

# change_media ID TARGET --eject | ID TARGET --insert ISO | ...: changes what is in a CD drive.
change_media() {
    local id=$1 target=$2
    shift 2
    must "Could not change the medium in $target of $id" \
        vsh change-media --domain "$id" --path "$target" "$@" --live
}

# eject ID TARGET: leaves the CD drive empty, which it may be already.
eject() {
    find_disk "$1" "$2" || fail "$1 has no drive $2"
    [ "$DISK_SOURCE" = - ] || change_media "$1" "$2" --eject
}

# attach_device ID XML TEXT: plugs the device into the running domain, or fails with TEXT.
attach_device() {
    local file
    file=$(mktemp) || fail "$3: no temporary file"
    # shellcheck disable=SC2064 # the name as it is now
    trap "rm -f -- '$file'" EXIT
    printf '%s\n' "$2" >"$file"
    must "$3" vsh attach-device --domain "$1" --file "$file" --live
}

# lacks FIND ID KEY: whether the domain has no (more) such device.
lacks() { ! "$@"; }

# detach_device TEXT FIND ID KEY COMMAND...: asks for the device's removal with COMMAND until the
# domain lacks it; a guest may need to be asked again.
detach_device() {
    local text=$1 device=("${@:2:3}") errors try
    shift 4
    for try in 1 2 3; do
        (( try == 1 )) || log_info "$text: asking once more"
        errors=$("$@" 2>&1 >/dev/null)
        ! wait_for 3 lacks "${device[@]}" || return 0
    done
    fail "$text: ${errors:-the guest does not let go of it}"
}
