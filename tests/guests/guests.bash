# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the tests of one-guests: a private libvirtd with counting guests, and one-guests run there
# as the user who owns it. $BOX holds what belongs to one test.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"
load "$SRCDIR/tests/lab/helper.bash"

# In setup_file(). bats cannot skip there.
guests_lab_up() {
    lab check 2>/dev/null || return 0
    DIR=${DIR:-$(lab_dir)}
    export DIR
    lab local --owner "$PPID" "$DIR"
    # The hosts' user may not be allowed to read where we are built.
    cp "$BUILDDIR/one-guests" "$DIR/bin/"
    lab mkdir "$DIR" ds
    lab guest "$DIR/ds/image"
}

# In setup_file(), before guests_lab_up(): a libvirtd that is started again whenever it ends, while
# its guests live on, as systemd would do it; but not as long as the file $DIR/down is there.
guests_restarting_libvirtd() {
    lab check 2>/dev/null || return 0
    DIR=$(lab_dir)
    export DIR
    mkdir "$DIR/bin"
    cat >"$DIR/bin/libvirtd" <<EOF
#!/bin/sh
while :; do
    while [ -e "$DIR/down" ]; do sleep 0.1; done
    $(command -v libvirtd || echo /usr/sbin/libvirtd) "\$@" &
    echo \$! >"$DIR/host01/libvirtd.pid"
    wait
done
EOF
    chmod 755 "$DIR" "$DIR/bin" "$DIR/bin/libvirtd"
}

kill_libvirtd() {
    kill "-${1:-KILL}" "$(cat "$DIR/host01/libvirtd.pid")"
}

# In setup_file(), after guests_lab_up(): lets hold_saves work. libvirt pipes what it saves through
# gzip; this is what it finds. It counts the saves.
guests_slow_saves() {
    [ -n "${DIR-}" ] || return 0
    cat >"$DIR/bin/gzip" <<EOF
#!/bin/sh
case \$1 in -d*) exec /bin/gzip "\$@" ;; esac
part=$DIR/host01/part.\$\$
saves=\$((\$(cat "$DIR/host01/saves" 2>/dev/null) + 1))
echo "\$saves" >"$DIR/host01/saves"
held() {
    first=\$(cat "$DIR/hold" 2>/dev/null) && [ "\$saves" -ge "\$first" ]
}
trap 'rm -f "\$part"' EXIT
{
    head -c 100000
    while held; do
        head -c 3000 >"\$part"
        [ -s "\$part" ] || break
        cat "\$part"
        sleep 0.1
    done
    cat
} | /bin/gzip "\$@"
EOF
    chmod 755 "$DIR/bin/gzip"
    echo 'save_image_format = "gzip"' >>"$DIR/host01/config/libvirt/qemu.conf"
    lab stop "$DIR" host01
    lab start "$DIR" host01
}

# From the next save on, or from the Nth, saves crawl after their first part until free_saves.
hold_saves() {
    rm -f "$DIR/host01/saves"
    echo "${1:-1}" >"$DIR/hold"
}

free_saves() {
    rm -f "$DIR/hold"
}

# In teardown_file().
guests_lab_down() {
    [ -z "${DIR-}" ] || { lab down "$DIR" && rm -rf "$DIR"; }
}

# In setup().
guests_box() {
    require_lab
    BOX=$(mktemp -d "$DIR/ds/XXXXXX")
    ! [ "$(id -u)" -eq 0 ] || chown --reference="$DIR/ds" "$BOX"
    chmod 755 "$BOX"
    configure </dev/null
}

# for_each COMMAND LIST-OPTION: one virsh for all guests that "virsh list" shows.
for_each() {
    here virsh -q "$(here virsh list --name "$2" | sed -n "s/..*/$1 &;/p" | tr '\n' ' ')"
}

# In teardown(): no guest outlives its test.
guests_clear() {
    [ -n "${BOX-}" ] || return 0
    rm -f "$DIR/hold" "$DIR/down"
    eventually here virsh uri
    for_each destroy --state-running
    for_each destroy --state-paused
    for_each 'undefine --managed-save' --inactive
    rm -rf "$BOX"
} >/dev/null 2>&1

# Runs a command where the guests are.
here() {
    lab run "$DIR" host01 "$@" 3>&-
}

# The configuration of this test, from standard input.
configure() {
    cat >"$BOX/config"
    chmod 644 "$BOX/config"
}

guests() {
    here one-guests --config "$BOX/config" --state-dir "$BOX/state" --run-dir "$BOX/run" \
        --stock-list "$BOX/stock" "$@"
}

# xml NAME [OPTION...]: of a guest whose serial line goes to $BOX/NAME.serial.
xml() {
    local name=$1
    shift

    cp "$DIR/ds/image" "$BOX/$name.qcow2"
    ! [ "$(id -u)" -eq 0 ] || chown --reference="$DIR/ds" "$BOX/$name.qcow2"
    lab domain "$name" "$BOX/$name.qcow2" --serial "$BOX/$name.serial" "$@" >"$BOX/$name.xml"
}

persistent() {
    xml "$@"
    here virsh -q define "$BOX/$1.xml"
    here virsh -q start "$1"
}

transient() {
    xml "$@"
    here virsh -q create "$BOX/$1.xml"
}

counting() {
    local name

    for name; do
        eventually counts_beyond "$BOX/$name.serial" 0
    done
}

# goes_on NAME COUNT: it counts on from there, and has not booted again.
goes_on() {
    eventually counts_beyond "$BOX/$1.serial" "$2"
    [ "$(grep -c READY "$BOX/$1.serial")" -eq 1 ]
}

state_of() {
    here virsh -q domstate "$1" 2>/dev/null | tr -d '\n'
}

is_state() {
    [ "$(state_of "$1")" = "$2" ]
}

# The host's death: libvirtd and all its guests at once, and what /run holds.
reboot_host() {
    lab stop "$DIR" host01
    rm -rf "$BOX/run"
    lab start "$DIR" host01
}

# Runs a command in the background; its output goes to $BOX/out. ended waits for it.
in_background() {
    "$@" >"$BOX/out" 2>&1 </dev/null 3>&- &
    JOB=$!
}

ended() {
    # Tests look at both, as after bats' run.
    export status=0 output
    wait "$JOB" || status=$?
    output=$(cat "$BOX/out")
    printf '%s\n' "$output"
}

says() {
    grep -q -e "$1" "$BOX/out"
}

# The process of the one-guests that has the lock.
guests_pid() {
    sed -n 's/.*process //p' "$BOX/run/lock"
}

# deaf NAME: a persistent guest without a system, which hears no power button.
deaf() {
    xml "$@"
    rm -f "$BOX/$1.qcow2"
    here qemu-img create -q -f qcow2 "$BOX/$1.qcow2" 1M
    here virsh -q define "$BOX/$1.xml"
    here virsh -q start "$1"
}

# Milliseconds of some clock.
now_ms() {
    local now=${EPOCHREALTIME/[.,]/}
    echo $((now / 1000))
}
