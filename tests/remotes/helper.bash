# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For bats files that run the KVM scripts on the laboratory's hosts, with the arguments and the
# input that the driver gives them.

: "${SRCDIR:=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${BUILDDIR:=$SRCDIR/build}"
export SRCDIR BUILDDIR
load "$SRCDIR/tests/lab/helper.bash"

# kvm_up [--netns] [N]: N hosts with the remotes on all of them.  For setup_file().
kvm_up() {
    local netns=()
    [ "${1:-}" != --netns ] || { netns=(--netns); shift; }
    lab check "${netns[@]}" >/dev/null 2>&1 || return 0
    LAB_DIR=$(lab_dir)
    export LAB_DIR LAB_NETNS=${netns[*]} REMOTES=$LAB_DIR/remotes KVM=$LAB_DIR/remotes/vmm/kvm
    lab up --owner "$$" "${netns[@]}" "$LAB_DIR" "${1:-1}" || return
    copy_remotes "$REMOTES"
    settings ''
}

kvm_down() {
    [ -z "${LAB_DIR:-}" ] || { lab down "$LAB_DIR"; rm -rf -- "$LAB_DIR"; }
}

# copy_remotes DIR: the tree as it is pushed to a host.
copy_remotes() {
    local bin file
    bin=$1/bin/$(uname -m)
    cp -RL "$SRCDIR/remotes" "$1" && mkdir -p "$bin" || return
    for file in xpath poll; do
        [ ! -x "$BUILDDIR/$file" ] || cp "$BUILDDIR/$file" "$bin/"
    done
    chmod -R u+w,a+rX "$1"
}

# settings [LINE...]: what kvmrc says, besides what the laboratory needs.
# shellcheck disable=SC2120 # without a line it takes back what was said before
settings() {
    cat >"$REMOTES/etc/vmm/kvm/kvmrc" <<RC
. "\$(dirname -- "\${BASH_SOURCE[0]}")/../../../vmm/kvm/kvmrc"
export SHUTDOWN_TIMEOUT=10
MIGRATE_OPTIONS=--unsafe
PATH=$LAB_DIR/bin:\$PATH
RC
    # An ordinary user's libvirt has no bridges.
    [ -n "$LAB_NETNS" ] || cat >>"$REMOTES/etc/vmm/kvm/kvmrc" <<RC
export LIBVIRT_URI=qemu:///session
ATTACH_NIC_TYPE=user
RC
    (( $# == 0 )) || printf '%s\n' "$@" >>"$REMOTES/etc/vmm/kvm/kvmrc"
}

# at HOST COMMAND ARGS...: runs it there; each argument stays one.
at() {
    if [ -n "$LAB_NETNS" ]; then
        ssh -F "$LAB_DIR/ssh_config" "$1" "$(printf '%q ' "${@:2}")"
    else
        lab run "$LAB_DIR" "$@"
    fi
}

# script HOST NAME ARGS...: runs an action script there.
script() {
    local host=$1 name=$2
    shift 2
    at "$host" "$KVM/$name" "$@"
}

# vvirsh HOST ARGS...
vvirsh() {
    local host=$1
    shift
    at "$host" virsh "$@" </dev/null
}

state() { vvirsh "$1" domstate "one-$2" 2>/dev/null | head -n 1; }

# vm_dir ID [DATASTORE]: the VM's directory in the system datastore.
vm_dir() { printf '%s/datastores/%s/%s\n' "$LAB_DIR" "${2:-0}" "$1"; }

# prepare_vm ID [OPTIONS of "lab domain"]: the VM's disk and its deployment file, vm.xml.
prepare_vm() {
    local dir id=$1
    shift
    dir=$(vm_dir "$id")
    lab mkdir "$LAB_DIR" "datastores/0/$id"
    lab guest "$dir/disk.0"
    lab domain "one-$id" "$dir/disk.0" --serial "$dir/serial" "$@" >"$LAB_DIR/vm-$id.xml"
}

# deploy_vm ID [HOST]: deploys what prepare_vm made and waits until the guest listens.
deploy_vm() {
    local dir host=${2:-host01}
    dir=$(vm_dir "$1")
    rm -f "$dir/serial"
    script "$host" deploy "$dir/deployment.0" "$host" "$1" "$host" <"$LAB_DIR/vm-$1.xml" >/dev/null
    eventually grep -q TINY-READY "$dir/serial"
}

# new_vm ID [OPTIONS of "lab domain"]: a running guest on host01.
new_vm() { prepare_vm "$@" && deploy_vm "$1"; }

# deaf_vm ID: one without an operating system, which nobody can shut down politely.
deaf_vm() {
    prepare_vm "$1"
    at host01 qemu-img create -q -f qcow2 "$(vm_dir "$1")/disk.0" 1M
    script host01 deploy "$(vm_dir "$1")/deployment.0" host01 "$1" host01 <"$LAB_DIR/vm-$1.xml"
}

end_vm() { vvirsh "${2:-host01}" destroy "one-$1" >/dev/null 2>&1 || :; }

# end_all: for teardown(), so that one test's guest does not disturb the next.
end_all() {
    local host name
    [ -n "${LAB_DIR:-}" ] || return 0
    for host in "$LAB_DIR"/host[0-9][0-9]; do
        for name in $(vvirsh "${host##*/}" list --name 2>/dev/null); do
            vvirsh "${host##*/}" destroy "$name" >/dev/null
        done
    done
    rm -rf "$LAB_DIR/datastores"
}

# action_xml VM_ID TEMPLATE [DATASTORE]: the action's XML, as far as a script looks at it.
action_xml() {
    printf '<VMM_DRIVER_ACTION_DATA><VM><ID>%s</ID><TEMPLATE>%s</TEMPLATE></VM>' "$1" "$2"
    printf '<DATASTORE>%s</DATASTORE></VMM_DRIVER_ACTION_DATA>' "${3:-}"
}

# disk_message VM_ID ELEMENTS: the fifth argument of attach_disk.
disk_message() {
    action_xml "$1" "<DISK><DISK_ID>0</DISK_ID><TYPE>FILE</TYPE></DISK><DISK><ATTACH>YES</ATTACH>$2</DISK>" |
        base64 -w 0
}

# reason: what the script gives as the reason of its failure, from bats' $output.
# shellcheck disable=SC2154 # bats sets it
reason() { sed -n '/^ERROR MESSAGE --8<------$/,/^ERROR MESSAGE ------>8--$/p' <<<"$output" | sed '1d;$d'; }

# milliseconds COMMAND...: how long it takes.
milliseconds() {
    local start=${EPOCHREALTIME/./}
    "$@" >/dev/null 2>&1 || :
    echo $(( (${EPOCHREALTIME/./} - start) / 1000 ))
}
