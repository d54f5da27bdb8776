# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The laboratory of root: each host has a network, mount, PID and host name space of its own, with
# a privileged libvirtd (qemu:///system), a bridge br0 for NICs and sshd on port 22. The hosts hang
# on a switch, a network namespace with nothing but a bridge, and so does the machine itself with
# the address NET.254. Sourced by lab; DIR/netns is there when a laboratory is of this kind.
#
# All of it is gone when its processes are: namespaces take their interfaces along.

NETNS=''

# shellcheck disable=SC2034 # lab's variables
use_netns() {
    NETNS=yes
    AS_USER=()
    LAB_USER_NAME=root
    LAB_PORT=22
}

check_netns() {
    need ip:iproute2 unshare:util-linux nsenter:util-linux
    [ "$(id -u)" -eq 0 ] || die "network namespaces need root"
    unshare -n -m -u -p --fork --mount-proc ip link add br0 type bridge 2>/dev/null ||
        die "namespaces or bridges are not permitted here"
}

# A network of the range for measurements (RFC 2544), which nobody should be using.
netns_network() {
    local net tries

    for ((tries = 0; tries < 20; tries++)); do
        net=198.18.$((RANDOM % 256))
        ip -4 -o address | grep -q -F " $net." || { printf '%s\n' "$net"; return; }
    done
    die "no free network in 198.18.0.0/16"
}

# The process in the namespaces that a reaper stands for; it is there when it left ours.
inside() {
    local reaper child tries

    for ((tries = 0; tries < READY_TRIES; tries++)); do
        if reaper=$(reaper_pid "$1"); then
            # The file ends without a newline, which read calls a failure.
            read -r child _ 2>/dev/null <"/proc/$reaper/task/$reaper/children"
            [ -n "$child" ] &&
                [ "$(readlink "/proc/$child/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
                { printf '%s\n' "$child"; return; }
        fi
        sleep 0.025
    done
    die "$1: no such namespace"
}

make_switch() {
    local dir=$1 net=$2 switch uplink

    mkdir "$dir/netns"
    printf '127.0.0.1 localhost\n' >"$dir/netns/hosts"
    # libvirtd wants a user of this name to exist, though its guests run as root here.
    cp /etc/passwd /etc/group "$dir/netns/"
    getent passwd libvirt-qemu >/dev/null || {
        echo 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin' >>"$dir/netns/passwd"
        echo 'libvirt-qemu:x:64055:' >>"$dir/netns/group"
    }
    printf '%s\n' "$net" >"$dir/netns/net"
    start_detached "$dir/netns/switch.out" "$dir/bin/subreap" "$dir/netns/switch.reaper" \
        ${OWNER:+-o "$OWNER"} unshare -n sh -c \
        'ip link set lo up && ip link add br0 type bridge && ip link set br0 up && exec sleep infinity'
    switch=$(inside "$dir/netns/switch.reaper") || exit 1
    uplink=$(uplink_of "$dir")
    if ! { ip link add "$uplink" type veth peer name machine netns "$switch" &&
        ip address add "$net.254/24" dev "$uplink" &&
        ip link set "$uplink" up; }; then
        die "cannot make the interface $uplink"
    fi
    plug_in "$switch" machine
}

# An interface's name may have 15 characters.
uplink_of() {
    local net
    net=$(cat "$1/netns/net")
    printf 'vmm%s\n' "${net##*.}"
}

# The bridge comes a moment after its namespace.
plug_in() {
    local switch=$1 port=$2 tries

    for ((tries = 0; tries < READY_TRIES; tries++)); do
        nsenter -t "$switch" -n ip link set dev "$port" master br0 up 2>/dev/null && return
        sleep 0.025
    done
    die "cannot plug $port into the switch"
}

make_netns_host() {
    local dir=$1 host=$2 address=$3 home=$1/$2

    mkdir -p "$home"/{run,etc,lib,log,cache,private} || return 1
    printf '%s %s\n' "$address" "$host" >>"$dir/netns/hosts"
    printf '%s\n' "$address" >"$home/address"
    cat >"$home/etc/libvirtd.conf" <<EOF
host_uuid = "$(</proc/sys/kernel/random/uuid)"
log_outputs = "3:file:$home/libvirtd.log"
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
EOF
    cat >"$home/etc/qemu.conf" <<EOF
user = "root"
group = "root"
dynamic_ownership = 0
security_driver = "none"
stdio_handler = "file"
namespaces = []
cgroup_controllers = []
migration_address = "$address"
migration_host = "$address"
EOF
}

start_netns_host() {
    local dir=$1 host=$2 switch child port

    start_detached "$dir/$host/host.out" "$dir/bin/subreap" "$dir/$host/host.reaper" \
        ${OWNER:+-o "$OWNER"} unshare -n -m -u -p --fork --kill-child --mount-proc \
        "$LAB_SELF/netns-host" "$dir" "$host"
    switch=$(inside "$dir/netns/switch.reaper") || exit 1
    child=$(inside "$dir/$host/host.reaper") || exit 1
    port=p${host#host}
    # A host that crashed may not have lost its end yet.
    nsenter -t "$switch" -n ip link delete "$port" 2>/dev/null
    # The same address after each start: the neighbours remember it.
    nsenter -t "$switch" -n ip link add "$port" type veth \
        peer name eth0 address "02:00:00:00:01:${port#p}" netns "$child" ||
        die "cannot make the network of $host"
    plug_in "$switch" "$port"
}

# The kernel would take it away too, when it gets round to it.
remove_uplink() {
    [ ! -e "$1/netns/net" ] || ip link delete "$(uplink_of "$1")" 2>/dev/null
}
