# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For bats files that run the Xen scripts on the stand-in for xl, xm and xentop.
# shellcheck disable=SC2154 # status and output are those of "run"

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"

# on DRIVER: a fresh host with the scripts of xen3 or xen4, as they are pushed to it.
on() {
    echo "# $1"
    # shellcheck disable=SC2034 # for the tests
    DRIVER=$1
    HOST_DIR=$BATS_TEST_TMPDIR/$1
    REMOTES=$HOST_DIR/remotes
    S=$REMOTES/vmm/$1
    export FAKE_XEN=$HOST_DIR/state
    mkdir -p "$REMOTES/vmm" "$FAKE_XEN" "$REMOTES/bin/$(uname -m)"
    cp "$SRCDIR"/remotes/{scripts_common,one_vmm}.sh "$REMOTES/"
    cp -RL "$SRCDIR/remotes/vmm/$1" "$REMOTES/vmm/"
    [ ! -x "$BUILDDIR/xpath" ] || cp "$BUILDDIR/xpath" "$REMOTES/bin/$(uname -m)/"
    printf '%s\n' br0 > "$FAKE_XEN/bridges"
    XL=xl
    [ "$1" = xen4 ] || XL=xm
    sed -i -e "s|\"sudo |\"|; s|/usr/sbin/|$BATS_TEST_DIRNAME/fake/|" "$S/xenrc"
    settings DEVICE_TIMEOUT=2 SHUTDOWN_TIMEOUT=2
}

# each TEST: on both drivers.
each() {
    for driver in xen3 xen4; do
        on "$driver"
        "$@"
    done
}

# settings NAME=VALUE...: what xenrc says besides.
settings() { printf 'export %s\n' "$@" >> "$S/xenrc"; }

fake() { "$BATS_TEST_DIRNAME/fake/$XL" "$@"; }

# called TEXT: the tool was called with exactly these arguments.
called() { grep -qxF -- "$XL $1" "$FAKE_XEN/calls" || { cat "$FAKE_XEN/calls"; false; }; }
never_called() { ! grep -q -- "^$XL $1" "$FAKE_XEN/calls"; }

# configuration NAME [LINE...]: prints a deployment file.
configuration() {
    printf '%s\n' "name = '$1'" "${@:2}" "memory  = '96'" "vcpus  = '1'" "kernel = '/boot/vmlinuz'"
}

# domain NAME: starts one behind the scripts' back.
domain() {
    configuration "$1" > "$HOST_DIR/some.cfg"
    fake create "$HOST_DIR/some.cfg" > /dev/null 2>&1
}

is_there() { [ -e "$FAKE_XEN/domains/$1/id" ]; }
has_disk() { [ -e "$FAKE_XEN/domains/$1/disks/$2" ]; }
has_nic() { grep -qsi -- "^$2 " "$FAKE_XEN/domains/$1/nics/"*; }

# refuse COMMAND TEXT: the tool fails from now on.
refuse() { printf '%s\n' "$2" > "$FAKE_XEN/refuse.$1"; }

# fault KIND NAME: see the head of fake/xen.
fault() { mkdir -p "$FAKE_XEN/$1"; echo "${3:-1}" > "$FAKE_XEN/$1/$2"; }

# fails_with TEXT: the last run failed and gave a reason with TEXT between the marks.
fails_with() {
    [ "$status" -ne 0 ] || { echo "it succeeded: $output"; return 1; }
    [[ $output == *'ERROR MESSAGE --8<------'*"$1"*'ERROR MESSAGE ------>8--'* ]] || { echo "$output"; return 1; }
}

# ok [OUTPUT]: the last run succeeded and printed just this.
ok() { [ "$status $output" = "0 ${1:-}" ] || { echo "$status: $output"; return 1; }; }

# disk_action [NAME=VALUE...]: the action data of ATTACHDISK in base64.
disk_action() {
    local pair text=
    for pair; do text+="<${pair%%=*}>${pair#*=}</${pair%%=*}>"; done
    printf '%s' "<VMM_DRIVER_ACTION_DATA><VM><ID>1</ID><TEMPLATE><DISK><DRIVER>no</DRIVER></DISK><DISK>" \
        "<ATTACH>YES</ATTACH>$text</DISK></TEMPLATE></VM></VMM_DRIVER_ACTION_DATA>" | base64 -w 0
}

need_xpath() { [ -x "$BUILDDIR/xpath" ] || skip "the xpath helper is not built"; }

# not COMMAND ARGS...: unlike "!", its failure ends a test.
not() { ! "$@"; }
