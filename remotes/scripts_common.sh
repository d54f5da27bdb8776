# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Functions and variables that action scripts share.  Source it; it runs nothing by itself.
# Third-party drivers rely on the names: see one-vmm-scripts(7) before changing any.
#
# A COMMAND below is one string, as the callers write it: exec_and_log and timeout_exec_and_log
# split it into words, the others give it to a new bash.  Never put data into it that a user chose;
# call the program with quoted arguments instead and report with error_message.

export LANG=C
export PATH=/bin:/sbin:/usr/bin:/usr/sbin:$PATH

SCRIPT_NAME=$(basename -- "$0")

# Tools, each of which the environment may replace.
AWK=${AWK:-awk}
BASH=${BASH:-bash}
CEPH=${CEPH:-ceph}
CP=${CP:-cp}
CUT=${CUT:-cut}
DATE=${DATE:-date}
DD=${DD:-dd}
DF=${DF:-df}
DU=${DU:-du}
GREP=${GREP:-grep}
ISCSIADM=${ISCSIADM:-iscsiadm}
LN=${LN:-ln}
LVCHANGE=${LVCHANGE:-lvchange}
LVCREATE=${LVCREATE:-lvcreate}
LVREMOVE=${LVREMOVE:-lvremove}
LVS=${LVS:-lvs}
LVSCAN=${LVSCAN:-lvscan}
MD5SUM=${MD5SUM:-md5sum}
MKFS=${MKFS:-mkfs}
MKISOFS=${MKISOFS:-genisoimage}
MKSWAP=${MKSWAP:-mkswap}
QEMU_IMG=${QEMU_IMG:-qemu-img}
RADOS=${RADOS:-rados}
RBD=${RBD:-rbd}
READLINK=${READLINK:-readlink}
RM=${RM:-rm}
SCP=${SCP:-scp}
SED=${SED:-sed -r}
SSH=${SSH:-ssh}
SUDO=${SUDO:-sudo -n}
SYNC=${SYNC:-sync}
TAR=${TAR:-tar}
TGTADM=${TGTADM:-tgtadm}
TR=${TR:-tr}
VGDISPLAY=${VGDISPLAY:-vgdisplay}
WGET=${WGET:-wget}

# ---- log and failure reason -------------------------------------------------------------------

log_date()     { $DATE +'%a %b %d %T %Y'; }
log_function() { printf '%s: %s: %s\n' "$1" "$SCRIPT_NAME" "$2" >&2; }
log_info()     { log_function INFO "$1"; }
log_error()    { log_function ERROR "$1"; }
log_debug()    { log_function DEBUG "$1"; }
log()          { log_info "$1"; }

# error_message TEXT: the reason that the user will read when the script fails.
error_message() {
    printf 'ERROR MESSAGE --8<------\n%s\nERROR MESSAGE ------>8--\n' "$1" >&2
}

# ---- running a command ------------------------------------------------------------------------

# _common_failed COMMAND ERROR_OUTPUT [MSG]: logs the failure and gives its reason.
_common_failed() {
    log_error "Command \"$1\" failed: $2"
    error_message "${3:-Error executing $1: $2}"
}

# _common_run TEXT MSG COMMAND ARGS...: runs COMMAND without its output; its failure is reported
# as that of TEXT and ends the script.
_common_run() {
    local text=$1 message=$2 errors status
    shift 2
    errors=$("$@" 2>&1 >/dev/null)
    status=$?
    (( status == 0 )) && return
    _common_failed "$text" "$errors" "$message"
    exit "$status"
}

# _common_print TEXT COMMAND ARGS...: the same, but prints what a success wrote to its standard
# output.
_common_print() {
    local text=$1 output status file
    shift
    file=$(mktemp) || exit
    output=$("$@" 2>"$file")
    status=$?
    (( status == 0 )) || _common_failed "$text" "$(<"$file")"
    rm -f -- "$file"
    (( status == 0 )) || exit "$status"
    printf '%s\n' "$output"
}

# exec_and_log COMMAND [MSG]: runs COMMAND without its output; a failure ends the script.
# shellcheck disable=SC2086 # the contract: COMMAND is split into words, patterns expanded
exec_and_log() { _common_run "$1" "${2:-}" $1; }

# multiline_exec_and_log COMMAND [MSG]: the same for a piece of shell code.
multiline_exec_and_log() { _common_run "$1" "${2:-}" "$BASH" -s <<<"$1"; }

# monitor_and_log COMMAND [NAME]: prints what COMMAND prints; a failure ends the script.
monitor_and_log() { _common_print "${2:-$1}" "$BASH" -s <<<"$1"; }

# exec_and_set_error COMMAND [MSG]: a failure is told in ERROR only, which is empty otherwise.
exec_and_set_error() {
    local errors
    export ERROR=
    errors=$("$BASH" -c "$1" 2>&1 >/dev/null) && return
    log_error "Command \"$1\" failed: $errors"
    ERROR=${2:-Error executing $1: $errors}
}

# timeout_exec_and_log SECONDS COMMAND [MSG]: exec_and_log that ends COMMAND after SECONDS.
# shellcheck disable=SC2086 # as in exec_and_log
timeout_exec_and_log() { _common_run "$2" "${3:-}" _common_timeout "$1" $2; }

_common_timeout() {
    timeout "$@" || {
        local status=$?
        (( status != 124 )) || echo "no answer within $1 seconds" >&2
        return "$status"
    }
}

# retry TIMES FUNCTION: FUNCTION up to TIMES times, a second apart, until it succeeds.
retry() {
    local left=$1
    until $2 >/dev/null; do
        (( --left > 0 )) || return 1
        sleep 1
    done
}

# force_shutdown ID COMMAND, right after a retry that waited for domain ID to go away: when that
# failed, runs COMMAND if FORCE_DESTROY is yes and ends the script otherwise.
force_shutdown() {
    local failed=$?
    (( failed == 0 )) && return
    if [ "${FORCE_DESTROY:-}" = yes ]; then
        log_error "Timeout shutting down $1. Destroying it"
        $2 >/dev/null
        return
    fi
    error_message "Timed out shutting down $1"
    exit 1
}

# retry_if_no_error MATCH TRIES SLEEP COMMAND ARGS...: runs COMMAND again while it fails with an
# error text that matches the basic regular expression MATCH.  Prints the last output and errors.
retry_if_no_error() {
    local match=$1 left=$2 pause=$3 output errors status file
    shift 3
    file=$(mktemp) || return
    while :; do
        output=$("$@" 2>"$file")
        status=$?
        errors=$(<"$file")
        (( status != 0 && --left > 0 )) || break
        $GREP -q -e "$match" <<<"$errors" || break
        sleep "$pause"
    done
    rm -f -- "$file"
    [ -z "$errors" ] || printf '%s\n' "$errors" >&2
    [ -z "$output" ] || printf '%s\n' "$output"
    return "$status"
}

# retry_if: the same, but ends the shell with COMMAND's status: call it inside $(...).
retry_if() {
    retry_if_no_error "$@"
    exit
}

# exclusive NAME SECONDS COMMAND ARGS...: runs COMMAND while holding the host-wide lock NAME.
exclusive() {
    local file=${ONE_LOCK_DIR:-/var/lock/one}/$1 seconds=$2 fd status
    shift 2
    if ! { exec {fd}>"$file"; } 2>/dev/null; then
        log_error "Could not create or open lock $file"
        exit 254
    fi
    if ! flock -w "$seconds" "$fd"; then
        log_error "Could not acquire exclusive lock on $file"
        exit 254
    fi
    "$@"
    status=$?
    exec {fd}>&-
    return "$status"
}

# ---- another host -----------------------------------------------------------------------------

# _common_ssh HOST CODE: runs CODE there in bash with an untranslated environment.
_common_ssh() {
    # shellcheck disable=SC2086 # SSH may hold options
    printf 'export LANG=C LC_ALL=C\n%s\n' "$2" | $SSH "$1" bash -s
}

# ssh_exec_and_log_no_error HOST CODE [MSG] [OK]: runs CODE there, reports a failure (a status
# other than 0 and OK) and returns the status.
ssh_exec_and_log_no_error() {
    local errors status
    errors=$(_common_ssh "$1" "$2" 2>&1 >/dev/null)
    status=$?
    if (( status != 0 )) && [ "$status" != "${4:-}" ]; then
        _common_failed "$2" "$errors" "${3:-}"
    fi
    return "$status"
}

# ssh_exec_and_log HOST CODE [MSG] [OK]: the same, and a status that is not 0 ends the script.
ssh_exec_and_log() {
    ssh_exec_and_log_no_error "$@" || exit
}

# ssh_exec_and_log_stdin HOST CODE FILE [MSG]: the same with the shell code in FILE before CODE.
ssh_exec_and_log_stdin() {
    _common_run "$2" "${4:-}" _common_ssh "$1" "$(cat -- "$3")"$'\n'"$2"
}

# ssh_monitor_and_log HOST CODE [NAME]: prints what CODE prints there; a failure ends the script.
ssh_monitor_and_log() { _common_print "${3:-$2}" _common_ssh "$1" "$2"; }

# ssh_make_path HOST DIRECTORY [MONITOR]: makes the directory there; MONITOR is written into a
# file .monitor in its parent, which asks the probes to watch the datastore with that driver.
ssh_make_path() {
    local code errors
    printf -v code 'mkdir -p -- %q' "$2"
    if [ -n "${3:-}" ]; then
        printf -v code '%s && printf "%%s\\n" %q >%q/.monitor' "$code" "$3" "$(dirname -- "$2")"
    fi
    errors=$(_common_ssh "$1" "$code" 2>&1 >/dev/null) && return
    error_message "Error creating directory $2 at $1: $errors"
    exit 1
}

# ---- paths and storage ------------------------------------------------------------------------

# fix_dir_slashes PATH: PATH without repeated and trailing slashes.
fix_dir_slashes() {
    local path=$1
    while [[ $path == *//* ]]; do path=${path//\/\//\/}; done
    [ "$path" = / ] || path=${path%/}
    printf '%s\n' "$path"
}

# mkfs_command DEVICE FORMAT SIZE_MB [FILE_SYSTEMS [FILE_SYSTEM [OPTIONS]]]: prints the commands
# that make such an image.  FORMAT is raw, qcow2, swap or, classically, the file system's name.
mkfs_command() {
    local device=$1 format=$2 size=${3:-0} supported=${4:-} fs=${5:-} options=${6:-}
    case $format in
        raw|qcow2|swap|'') ;;
        *) fs=${fs:-$format}; format=raw ;;
    esac
    if [ -n "$fs" ] && [ -n "$supported" ] && [[ ,${supported// /}, != *",$fs,"* ]]; then
        log_error "Unsupported file system type: $fs. Supported types are: $supported"
        exit 1
    fi
    if [ -z "$fs" ]; then
        [ "$format" = qcow2 ] || printf '%s create -f raw %s %sM\n' "$QEMU_IMG" "$device" "$size"
        [ "$format" != qcow2 ] || printf '%s create -f qcow2 %s %sM\n' "$QEMU_IMG" "$device" "$size"
        [ "$format" != swap ] || printf '%s -L swap %s\n' "$MKSWAP" "$device"
        return
    fi
    printf '%s create -f raw %s %sM\n' "$QEMU_IMG" "$device" "$size"
    case $fs in
        xfs)      printf '%s.xfs -f %s %s\n' "$MKFS" "$options" "$device" ;;
        vfat|ntfs) printf '%s -t %s %s %s\n' "$MKFS" "$fs" "$options" "$device" ;;
        *)        printf '%s -t %s -F %s %s\n' "$MKFS" "$fs" "$options" "$device" ;;
    esac
    if [ "$format" = qcow2 ]; then
        printf '%s convert -f raw -O qcow2 %s %s.qcow2\n' "$QEMU_IMG" "$device" "$device"
        printf 'mv %s.qcow2 %s\n' "$device" "$device"
    fi
}

# is_cdrom: whether IMAGE_TYPE says that the image is a CD (1).
is_cdrom() { [ "${IMAGE_TYPE:-}" = 1 ]; }

# is_iscsi HOST: whether HOST may use iSCSI, which the list NO_ISCSI denies.
is_iscsi() { [[ " ${NO_ISCSI:-} " != *" $1 "* ]]; }

# An IQN of ours ends in HOST.VG.LV after the colon, and HOST may hold dots.
iqn_get_lv_name() { printf '%s\n' "${1##*.}"; }
iqn_get_vg_name() { iqn_get_lv_name "${1%.*}"; }
iqn_get_host() {
    local target=${1#*:}
    target=${target%.*}
    printf '%s\n' "${target%.*}"
}

# These print a command to run on the iSCSI server or client.
tgtadm_target_new()      { echo "$TGTADM --lld iscsi --op new --mode target --tid $1 --targetname $2"; }
tgtadm_target_bind_all() { echo "$TGTADM --lld iscsi --op bind --mode target --tid $1 -I ALL"; }
tgtadm_target_delete()   { echo "$TGTADM --lld iscsi --op delete --mode target --tid $1"; }
tgtadm_logicalunit_new() {
    echo "$TGTADM --lld iscsi --op new --mode logicalunit --tid $1 --lun 1 --backing-store $2"
}
# "Target 3: iqn.2012-02.org:x" is how tgtadm lists a target.
tgtadm_get_tid_for_iqn() {
    echo "$TGTADM --lld iscsi --op show --mode target |" \
        "$AWK '/^Target / && \$3 == \"$1\" { sub(\":\", \"\", \$2); print \$2 }'"
}
tgtadm_next_tid() {
    echo "$TGTADM --lld iscsi --op show --mode target |" \
        "$AWK '/^Target / && \$2 + 0 > last { last = \$2 + 0 } END { print last + 1 }'"
}
iscsiadm_discovery() { echo "$ISCSIADM -m discovery -t st -p $1"; }
iscsiadm_login()     { echo "$ISCSIADM -m node --targetname $1 -p $2 --login"; }
iscsiadm_logout()    { echo "$ISCSIADM -m node --targetname $1 --logout"; }

# xml_esc, get_source_xml, get_disk_information, get_nic_information
# shellcheck source=one_vmm.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/one_vmm.sh"
