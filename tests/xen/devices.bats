#!/usr/bin/env bats
# Disks and NICs of a running domain, on xm and xl.

load helper

setup() { truncate -s 1M "$BATS_TEST_TMPDIR/disk.img"; }

prefix() { if [ "$DRIVER" = xen3 ]; then echo /dev/; fi; }
default() { if [ "$DRIVER" = xen3 ]; then echo file; else echo raw; fi; }

# ---- disks --------------------------------------------------------------------------------------

attach() { run "$S/attach_disk" "$1" "$BATS_TEST_TMPDIR/disk.img" "$2" 1 "$(disk_action "${@:3}")" 1 host01; }

attaches_disk() {
    domain one-1
    attach one-1 xvdb
    ok
    called "block-attach one-1 $(default):$BATS_TEST_TMPDIR/disk.img $(prefix)xvdb w"
    has_disk one-1 51728
    attach one-1 xvdc READONLY=YES DRIVER=tap:aio
    ok
    called "block-attach one-1 tap:aio:$BATS_TEST_TMPDIR/disk.img $(prefix)xvdc r"
    attach one-1 hdc TYPE=CDROM DRIVER=file:
    ok
    called "block-attach one-1 file:$BATS_TEST_TMPDIR/disk.img $(prefix)hdc r"
    has_disk one-1 5632
}
@test "attach_disk: default prefix, DRIVER, read-only, CD" { need_xpath; each attaches_disk; }

attaches_block() {
    local device
    domain one-1
    device=$(find /dev -type b -print -quit 2>/dev/null)
    [ -n "$device" ] || skip "this machine shows no block device"
    run "$S/attach_disk" one-1 "$device" sda 1 "$(disk_action)" 1 host01
    ok
    called "block-attach one-1 phy:$device $(prefix)sda w"
    has_disk one-1 2048
}
@test "attach_disk uses phy for a block device" { need_xpath; each attaches_block; }

numbers() {
    domain one-1
    local pair
    for pair in xvda:51712 xvdp:51952 xvdq:268439552 sdb:2064 hda:768 hdb:832 hdd:5696; do
        attach one-1 "${pair%:*}"
        ok
        run "$S/detach_disk" one-1 x "${pair%:*}" 0 1 host01
        ok
        called "block-detach one-1 ${pair#*:}"
    done
}
@test "disks are found by the exact number of their target" { need_xpath; each numbers; }

attach_refused() {
    attach one-1 xvdb
    fails_with 'There is no domain one-1'
    domain one-1
    attach one-1 vdb
    fails_with 'The disk target vdb is none that Xen knows'
    attach one-1 hdz
    fails_with 'beyond what Xen knows of hd'
    attach one-1 xvdb
    ok
    attach one-1 xvdb
    fails_with 'one-1 has a disk xvdb already'
    run "$S/attach_disk" one-1 "$BATS_TEST_TMPDIR/nosuch" xvdc 1 "$(disk_action)" 1 host01
    fails_with 'Could not attach'
    run "$S/attach_disk" one-1 "/a,format=qcow2" xvdc 1 "$(disk_action)" 1 host01
    fails_with 'the path has a comma'
    run "$S/attach_disk" one-1 "$BATS_TEST_TMPDIR/disk.img" xvdc 1 'no data' 1 host01
    fails_with 'Could not read the disk'
}
@test "attach_disk fails clearly" { need_xpath; each attach_refused; }

detaches_disk() {
    domain one-1
    fake block-attach one-1 "raw:$BATS_TEST_TMPDIR/disk.img" xvdb w
    fake block-attach one-1 "raw:$BATS_TEST_TMPDIR/disk.img" xvdc w
    run "$S/detach_disk" one-1 x xvdb 1 1 host01
    ok
    not has_disk one-1 51728
    has_disk one-1 51744
    run "$S/detach_disk" one-1 x xvdb 1 1 host01
    ok
}
@test "detach_disk; a disk that is gone is detached" { each detaches_disk; }

detach_refused() {
    run "$S/detach_disk" one-1 x xvdb 1 1 host01
    fails_with 'There is no domain one-1'
    domain one-1
    fake block-attach one-1 "raw:$BATS_TEST_TMPDIR/disk.img" xvdb w
    fault holds one-1
    run "$S/detach_disk" one-1 x xvdb 1 1 host01
    fails_with 'Could not detach xvdb from one-1: the guest does not let go of it'
    refuse block-detach 'the backend is stuck'
    run "$S/detach_disk" one-1 x xvdb 1 1 host01
    fails_with 'Could not detach xvdb from one-1: the backend is stuck'
    refuse block-list 'no answer'
    run "$S/detach_disk" one-1 x xvdb 1 1 host01
    fails_with 'Could not list the disks of one-1: no answer'
}
@test "detach_disk fails when the disk stays, even if the tool says yes" { each detach_refused; }

# ---- NICs ---------------------------------------------------------------------------------------

MAC=02:00:c0:a8:05:0a

attaches_nic() {
    domain one-1
    run "$S/attach_nic" one-1 "$MAC" br0 - dummy one-1-0 1 host01
    ok
    called "network-attach one-1 bridge=br0 mac=$MAC"
    has_nic one-1 "$MAC"
}
@test "attach_nic" { each attaches_nic; }

nic_refused() {
    run "$S/attach_nic" one-1 "$MAC" br0 - dummy one-1-0 1 host01
    fails_with 'There is no domain one-1'
    domain one-1
    run "$S/attach_nic" one-1 "$MAC" br9 - dummy one-1-0 1 host01
    fails_with "Could not attach NIC $MAC on bridge br9 to one-1"
    not has_nic one-1 "$MAC"
    run "$S/attach_nic" one-1 "$MAC" br0 - dummy one-1-0 1 host01
    ok
    run "$S/attach_nic" one-1 "${MAC^^}" br0 - dummy one-1-0 1 host01
    fails_with "has a NIC ${MAC^^} already"
}
@test "attach_nic fails and takes a NIC that has no bridge away again" { each nic_refused; }

detaches_nic() {
    domain one-1
    fake network-attach one-1 bridge=br0 mac=02:00:c0:a8:05:0
    fake network-attach one-1 bridge=br0 "mac=$MAC"
    run "$S/detach_nic" one-1 "${MAC^^}" 1 host01
    ok
    called 'network-detach one-1 1'
    not has_nic one-1 "$MAC"
    has_nic one-1 02:00:c0:a8:05:0
    run "$S/detach_nic" one-1 "$MAC" 1 host01
    ok
}
@test "detach_nic finds the index by the whole address; a NIC that is gone is detached" { each detaches_nic; }

nic_stays() {
    run "$S/detach_nic" one-1 "$MAC" 1 host01
    fails_with 'There is no domain one-1'
    domain one-1
    fake network-attach one-1 bridge=br0 "mac=$MAC"
    fault holds one-1
    run "$S/detach_nic" one-1 "$MAC" 1 host01
    fails_with "Could not detach NIC $MAC from one-1: the guest does not let go of it"
    refuse network-list 'no answer'
    run "$S/detach_nic" one-1 "$MAC" 1 host01
    fails_with 'Could not list the NICs of one-1'
}
@test "detach_nic fails when the NIC stays" { each nic_stays; }

# ---- the context CD -----------------------------------------------------------------------------

context() {
    domain one-1
    fake block-attach one-1 "raw:$BATS_TEST_TMPDIR/disk.img" hdb r
    run "$S/prereconfigure" one-1 hdb 1 host01
    ok
    not has_disk one-1 832
    run "$S/reconfigure" one-1 hdb "$BATS_TEST_TMPDIR/disk.img" 1 host01
    ok
    called "block-attach one-1 $(default):$BATS_TEST_TMPDIR/disk.img $(prefix)hdb r"
    has_disk one-1 832
}
@test "prereconfigure and reconfigure exchange the context CD" { each context; }

context_stays() {
    domain one-1
    fake block-attach one-1 "raw:$BATS_TEST_TMPDIR/disk.img" hdb r
    fault holds one-1
    run "$S/prereconfigure" one-1 hdb 1 host01
    [ "$status" -eq 0 ]
    [[ $output == *'one-1 keeps its context CD hdb'* ]]
    run "$S/reconfigure" one-1 hdb "$BATS_TEST_TMPDIR/disk.img" 1 host01
    ok
    run "$S/prereconfigure" one-2 hdb 1 host01
    fails_with 'There is no domain one-2'
    run "$S/reconfigure" one-2 hdb "$BATS_TEST_TMPDIR/disk.img" 1 host01
    fails_with 'There is no domain one-2'
    run "$S/reconfigure" one-1 hdc "$BATS_TEST_TMPDIR/nosuch.iso" 1 host01
    fails_with 'Could not attach'
}
@test "a guest that keeps its context CD is no failure, a missing image is" { each context_stays; }
