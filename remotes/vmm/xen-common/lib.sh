# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the Xen action scripts share.  Each script sources it first; it reads the settings in xenrc,
# which hold all that differs between xm (xen3) and xl (xen4).

DRIVER_PATH=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

# shellcheck source=../../scripts_common.sh
. "$DRIVER_PATH/../../scripts_common.sh"
# shellcheck source=../../one_vmm.sh
. "$DRIVER_PATH/../../one_vmm.sh"
# shellcheck source=../xen4/xenrc
. "$DRIVER_PATH/xenrc"

# The output of the tools is read here, so it must not be translated.
export LC_ALL=C

# fail TEXT: ends the script; TEXT is the reason.
fail() {
    error_message "$1"
    exit 1
}

# xen VARIABLE ARGS...: runs the command that VARIABLE of xenrc holds, a program with its options.
xen() {
    local command
    read -r -a command <<<"${!1}"
    shift
    "${command[@]}" "$@" </dev/null
}

# must TEXT VARIABLE ARGS...: the same without its output; its failure is ours: "TEXT: why".
must() {
    local text=$1 answer
    shift
    answer=$(xen "$@" 2>&1) || fail "$text: ${answer#Parsing config*$'\n'}"
}

# wait_for SECONDS COMMAND ARGS...: whether COMMAND succeeds within SECONDS.
wait_for() {
    local deadline=$(( SECONDS + $1 ))
    shift
    until "$@"; do
        (( SECONDS < deadline )) || return 1
        sleep 0.5
    done
}

# ---- the domain -------------------------------------------------------------------------------

# look_for NAME: 0 when there is a domain of exactly this name, 1 when there is none, 2 when the
# list can't be had, which LIST_ERROR explains.
look_for() {
    local list
    [[ $1 == *[!0-9]* ]] || fail "\"$1\" is no name to go by: Xen takes digits for the number of a domain"
    LIST_ERROR=
    list=$(xen XM_LIST 2>&1) || { LIST_ERROR=$list; return 2; }
    WANTED=$1 $AWK -f "$DRIVER_PATH/list.awk" <<<"$list"
}

is_gone() {
    look_for "$1"
    (( $? == 1 ))
}

# need_domain NAME: ends the script when there is no such domain.
need_domain() {
    look_for "$1"
    case $? in
        1) fail "There is no domain $1 on $(uname -n)" ;;
        2) fail "Could not list the domains with '$XM_LIST': $LIST_ERROR" ;;
    esac
}

# destroy_domain NAME: ends the domain at once; that it does not run is success.
destroy_domain() {
    local answer limit=${SHUTDOWN_TIMEOUT:-120}
    ! is_gone "$1" || return 0
    answer=$(xen XM_CANCEL "$1" 2>&1) || is_gone "$1" || fail "Could not destroy $1: $answer"
    wait_for "$limit" is_gone "$1" ||
        fail "$1 is still there $limit seconds (SHUTDOWN_TIMEOUT) after it was destroyed"
}

# ---- its devices, by exact number or address: what the tools answer is not enough ---------------

# device_number TARGET: prints the number that Xen gives to a disk (xvdb, sda1, hdc).
device_number() {
    local bus letters letter disk=0 part i
    [[ $1 =~ ^(xvd|sd|hd)([a-z]{1,2})([0-9]{0,2})$ ]] ||
        fail "The disk target $1 is none that Xen knows: use xvda, sda, hda or the like"
    bus=${BASH_REMATCH[1]} letters=${BASH_REMATCH[2]} part=$(( 10#0${BASH_REMATCH[3]} ))
    for (( i = 0; i < ${#letters}; i++ )); do
        printf -v letter '%d' "'${letters:i:1}"
        disk=$(( disk * 26 + letter - 96 ))
    done
    disk=$(( disk - 1 ))
    if   [ "$bus" = hd ] && (( disk < 2 )); then echo $((  3 << 8 | disk << 6 | part ))
    elif [ "$bus" = hd ] && (( disk < 4 )); then echo $(( 22 << 8 | (disk - 2) << 6 | part ))
    elif [ "$bus" = sd ] && (( disk < 16 && part < 16 )); then echo $(( 8 << 8 | disk << 4 | part ))
    elif [ "$bus" = xvd ] && (( disk < 16 && part < 16 )); then echo $(( 202 << 8 | disk << 4 | part ))
    elif [ "$bus" = xvd ]; then echo $(( 1 << 28 | disk << 8 | part ))
    else fail "The disk target $1 is beyond what Xen knows of $bus"
    fi
}

# disk_is_gone DOMAIN NUMBER
disk_is_gone() {
    local list
    list=$(xen XM_BLOCK_LIST "$1" 2>&1) || fail "Could not list the disks of $1: $list"
    ! grep -qE "^[[:space:]]*$2[[:space:]]" <<<"$list"
}

# nic_index DOMAIN MAC: sets NIC_INDEX to the index of the NIC with exactly this address, or to "".
nic_index() {
    local list index address
    list=$(xen XM_NETWORK_LIST "$1" 2>&1) || fail "Could not list the NICs of $1: $list"
    NIC_INDEX=
    while read -r index _ address _; do
        [ "${address,,}" != "${2,,}" ] || NIC_INDEX=$index
    done <<<"$list"
}

nic_is_gone() {
    nic_index "$1" "$2"
    [ -z "$NIC_INDEX" ]
}

# attach_disk DOMAIN PREFIX SOURCE TARGET MODE: PREFIX says how (file, phy, raw, tap:aio), MODE is
# r or w.  A device that Xen could not connect is taken away again.
attach_disk() {
    local number answer
    [[ $3 != *,* ]] || fail "Xen can't attach $3: the path has a comma"
    # More than a name would be read as more of the disk's description, which can name a script.
    [[ $2 =~ ^[A-Za-z0-9:_-]+$ ]] || fail "\"$2\" is no driver of a disk"
    number=$(device_number "$4") || exit
    disk_is_gone "$1" "$number" || fail "$1 has a disk $4 already"
    answer=$(xen XM_ATTACH_DISK "$1" "${2%:}:$3" "$TARGET_PREFIX$4" "$5" 2>&1) && return
    disk_is_gone "$1" "$number" || xen XM_DETACH_DISK "$1" "$number" >/dev/null 2>&1
    fail "Could not attach $3 as $4 to $1: $answer"
}

# detach_disk DOMAIN TARGET: whether the domain no longer has the disk; DETACH_ERROR says why not.
# shellcheck disable=SC2034 # for the caller
detach_disk() {
    local number
    number=$(device_number "$2") || exit
    ! disk_is_gone "$1" "$number" || return 0
    DETACH_ERROR=$(xen XM_DETACH_DISK "$1" "$number" 2>&1)
    wait_for "$DEVICE_TIMEOUT" disk_is_gone "$1" "$number"
}
