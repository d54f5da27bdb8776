#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What needs a privileged libvirt, with the settings as they are shipped: NICs in bridges, and
# qemu:///system at both ends of a migration.

load helper

setup_file() { kvm_up --netns 2; }
teardown_file() { kvm_down; }
setup() {
    local reason
    reason=$(lab check --netns 2>&1) || skip "${reason#lab: }"
    settings
}
teardown() { end_all; }

# ports: what hangs on the host's bridge.
ports() { at "$1" ip -o link show master br0; }

@test "a NIC goes into its bridge under its name, and out again" {
    new_vm 1
    run script host01 attach_nic one-1 02:00:00:00:00:01 br0 virtio dummy one-1-7 1 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $(ports host01) == *one-1-7* ]]
    [[ $(vvirsh host01 domiflist one-1) == *one-1-7*bridge*br0*virtio*02:00:00:00:00:01* ]]
    run script host01 detach_nic one-1 02:00:00:00:00:01 1 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $(ports host01) != *one-1-7* ]]
}

@test "a bridge that does not exist fails with libvirt's reason" {
    new_vm 2
    run script host01 attach_nic one-2 02:00:00:00:00:02 nobridge virtio dummy one-2-0 2 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not attach NIC 02:00:00:00:00:02 to one-2: "*nobridge* ]]
}

@test "bandwidth limits reach the NIC" {
    new_vm 3
    nic='<NIC><ATTACH>YES</ATTACH><INBOUND_AVG_BW>100</INBOUND_AVG_BW><OUTBOUND_AVG_BW>200</OUTBOUND_AVG_BW></NIC>'
    run script host01 attach_nic one-3 02:00:00:00:00:03 br0 virtio dummy one-3-0 3 host01 < <(action_xml 3 "$nic")
    [[ $output != *"qdisc kind is unknown"* ]] || skip "this kernel has no such queues (sch_sfq)"
    [ "$status" -eq 0 ]
    [[ $(vvirsh host01 dumpxml one-3) == *"<inbound average='100'/>"*"<outbound average='200'/>"* ]]
}

@test "a VM with a NIC in a bridge moves there and back" {
    new_vm 4
    script host01 attach_nic one-4 02:00:00:00:00:04 br0 virtio dummy one-4-0 4 host01 </dev/null
    run script host01 migrate one-4 host02 host01 4 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$(state host02 4)" = running ]
    [[ $(ports host02) == *one-4-0* ]]
    [[ $(ports host01) != *one-4-0* ]]
    run script host02 migrate one-4 host01 host02 4 host02 </dev/null
    [ "$status" -eq 0 ]
    [ "$(state host01 4)" = running ]
    script host01 shutdown one-4 host01 4 host01 </dev/null
}

@test "a real block device" {
    new_vm 5
    truncate -s 1M "$(vm_dir 5)/disk.1"
    device=$(losetup --find --show "$(vm_dir 5)/disk.1") || skip "loop devices are not permitted here"
    run script host01 attach_disk one-5 "$device" vdb 1 "$(disk_message 5 '<TYPE>BLOCK</TYPE>')" 5 host01 </dev/null
    list=$(vvirsh host01 domblklist one-5 --details)
    script host01 detach_disk one-5 "$device" vdb 1 5 host01 </dev/null
    end_vm 5
    losetup --detach "$device"
    [ "$status" -eq 0 ]
    [[ $list == *block*disk*vdb*"$device"* ]]
}
