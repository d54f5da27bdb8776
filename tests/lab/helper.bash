# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For bats files that use the laboratory: load "$SRCDIR/tests/lab/helper.bash"

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"

lab() {
    "$SRCDIR/tests/lab/lab" "$@"
}

# For setup(): bats cannot skip in setup_file(), which has to do nothing instead.
require_lab() {
    local reason

    reason=$(lab check 2>&1) || skip "${reason#lab: }"
}

# A directory of its own with a short name, as sockets need.
lab_dir() {
    mktemp -d "/tmp/lab.XXXXXX"
}

# front_end HOSTS: a laboratory, and in it the tree of a front-end, for setup_file().
front_end() {
    LAB_DIR=$(lab_dir)
    ONE_LOCATION=$LAB_DIR/front-end
    export LAB_DIR ONE_LOCATION
    lab up --owner "$PPID" "$LAB_DIR" "$1"
    mkdir -p "$ONE_LOCATION/etc/vmm_exec" "$ONE_LOCATION/var"
    lab mkdir "$LAB_DIR" one
    echo "SCRIPTS_REMOTE_DIR=$LAB_DIR/one/remotes" >"$ONE_LOCATION/var/config"
}

# Takes it away, if setup_file() came to it.
front_end_down() {
    [ -n "${LAB_DIR:-}" ] || return 0
    lab down "$LAB_DIR"
    rm -rf "$LAB_DIR"
}

# on HOST COMMAND...: over ssh; the words reach the host's shell as they are.
on() {
    local host=$1
    shift
    ssh -n -F "$LAB_SSH_CONFIG" "$host" "$@"
}

# Runs a command until it succeeds; gives up after half a minute.
eventually() {
    local tries

    for ((tries = 0; tries < 600; tries++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    echo "still fails after half a minute: $*" >&2
    "$@"
}

# The last complete number that a guest wrote to its serial file.
count_of() {
    local count

    count=$(tr -d '\r' <"$1" | sed '$d' | grep -E '^[0-9]+$' | tail -n 1)
    printf '%s\n' "${count:-0}"
}

counts_beyond() {
    [ "$(count_of "$1")" -gt "$2" ]
}

# The command lines that name a file below the directory.
processes_below() {
    local file

    for file in /proc/[0-9]*/cmdline; do
        tr '\0' ' ' 2>/dev/null <"$file" | grep -F -e "$1/" || :
    done
}
