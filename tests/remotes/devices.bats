#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hot-plug: attach_disk, detach_disk, attach_nic, detach_nic, prereconfigure, reconfigure.

load helper

setup_file() { kvm_up; }
teardown_file() { kvm_down; }
setup() {
    require_lab
    settings
}
teardown() { end_all; }

# image ID NAME [FORMAT]: a disk image in the VM's directory.
image() { at host01 qemu-img create -q -f "${3:-qcow2}" "$(vm_dir "$1")/$2" 1M; }

# attach ID NAME TARGET INDEX ELEMENTS
attach() {
    run script host01 attach_disk "one-$1" "$(vm_dir "$1")/$2" "$3" "$4" \
        "$(disk_message "$1" "$5")" "$1" host01 </dev/null
}

# detach ID NAME TARGET
detach() { run script host01 detach_disk "one-$1" "$(vm_dir "$1")/$2" "$3" 1 "$1" host01 </dev/null; }

targets() { vvirsh host01 domblklist "one-$1" | awk 'NR > 2 && NF { print $1 }' | xargs; }

# value ID XPATH: from the domain's XML.
value() { vvirsh host01 dumpxml "one-$1" | "$BUILDDIR/xpath" "$2" | tr -d '\0'; }

# attached_xml SCRIPT ARGS...: the XML that the script gives to libvirt, where this machine has no
# such storage or network: a stand-in for virsh keeps it.
attached_xml() {
    local bin=$LAB_DIR/fake
    mkdir -p "$bin"
    cat >"$bin/virsh" <<FAKE
#!/bin/bash
case " \$* " in
    *" attach-device "*) cat "\${@: -2:1}" >$bin/xml ;;
    *" dumpxml "*) echo "<controller type='scsi' index='0' model='virtio-scsi'/>" ;;
esac
FAKE
    chmod 755 "$bin/virsh"
    # The script runs here, not on the host.
    echo "PATH=$bin:\$PATH" >>"$REMOTES/etc/vmm/kvm/kvmrc"
    "$KVM/$1" "${@:2}" && cat "$bin/xml"
}

@test "attach and detach of a disk in a file" {
    new_vm 1
    image 1 disk.1
    attach 1 disk.1 vdb 1 '<TYPE>FILE</TYPE><DRIVER>qcow2</DRIVER><READONLY>NO</READONLY>'
    [ "$status" -eq 0 ]
    [ "$(targets 1)" = "hda vdb" ]
    [ "$(value 1 "/domain/devices/disk[target/@dev='vdb']/driver/@type")" = qcow2 ]
    detach 1 disk.1 vdb
    [ "$status" -eq 0 ]
    [ "$(targets 1)" = hda ]
}

@test "attach_disk fails with libvirt's reason" {
    new_vm 2
    attach 2 disk.9 vdb 1 '<TYPE>FILE</TYPE>'
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not attach vdb ($(vm_dir 2)/disk.9) to one-2: "*"disk.9"* ]]
    [ "$(targets 2)" = hda ]
    run script host01 attach_disk one-2 /x "vdb'/><a x='" 1 "$(disk_message 2 '')" 2 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Not a disk's target"* ]]
    run script host01 attach_disk one-2 /x vdb 1 'PGJyb2tlbg==' 2 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == *"action data" ]]
}

@test "the action's XML may come as standard input, raw and in base64" {
    new_vm 3
    image 3 disk.1
    image 3 disk.2
    xml=$(disk_message 3 '<TYPE>FILE</TYPE><DRIVER>qcow2</DRIVER>' | base64 -d)
    script host01 attach_disk one-3 "$(vm_dir 3)/disk.1" vdb 1 - 3 host01 <<<"$xml"
    script host01 attach_disk one-3 "$(vm_dir 3)/disk.2" vdc 2 '' 3 host01 < <(base64 <<<"$xml")
    [ "$(targets 3)" = "hda vdb vdc" ]
}

@test "the action's XML may be longer than an argument may be" {
    new_vm 20
    image 20 disk.1
    xml=$(action_xml 20 "<DISK><ATTACH>YES</ATTACH><DRIVER>qcow2</DRIVER></DISK><X>$(printf '%0200000d' 0)</X>")
    script host01 attach_disk one-20 "$(vm_dir 20)/disk.1" vdb 1 - 20 host01 <<<"$xml"
    [ "$(targets 20)" = "hda vdb" ]
    script host01 attach_nic one-20 02:00:00:00:00:14 br0 virtio dummy one-20-0 20 host01 \
        < <(action_xml 20 "<NIC><ATTACH>YES</ATTACH></NIC><X>$(printf '%0200000d' 0)</X>")
}

@test "cache, discard, read-only and shared: the disk's own, else kvmrc's DEFAULT_ATTACH_" {
    new_vm 4
    image 4 disk.1
    image 4 disk.2
    settings DEFAULT_ATTACH_CACHE=writethrough DEFAULT_ATTACH_DISCARD=unmap DEFAULT_ATTACH_IO=threads
    attach 4 disk.1 vdb 1 '<DRIVER>qcow2</DRIVER><READONLY>YES</READONLY>'
    [ "$status" -eq 0 ]
    disk="/domain/devices/disk[target/@dev='vdb']"
    [ "$(value 4 "$disk/driver/@cache")" = writethrough ]
    [ "$(value 4 "$disk/driver/@discard")" = unmap ]
    [ "$(value 4 "$disk/driver/@io")" = threads ]
    [[ $(vvirsh host01 dumpxml one-4) == *"<readonly/>"* ]]
    attach 4 disk.2 vdc 2 '<DRIVER>qcow2</DRIVER><CACHE>writeback</CACHE><DISCARD>ignore</DISCARD><IO>threads</IO>'
    disk="/domain/devices/disk[target/@dev='vdc']"
    [ "$(value 4 "$disk/driver/@cache")" = writeback ]
    [ "$(value 4 "$disk/driver/@discard")" = ignore ]
}

@test "limits: the disk's own, else kvmrc's" {
    new_vm 5
    image 5 disk.1
    settings DEFAULT_ATTACH_READ_IOPS_SEC=700 DEFAULT_ATTACH_WRITE_BYTES_SEC=1
    attach 5 disk.1 vdb 1 '<DRIVER>qcow2</DRIVER><WRITE_BYTES_SEC>500000</WRITE_BYTES_SEC>'
    [ "$status" -eq 0 ]
    iotune="/domain/devices/disk[target/@dev='vdb']/iotune"
    [ "$(value 5 "$iotune/read_iops_sec")" = 700 ]
    [ "$(value 5 "$iotune/write_bytes_sec")" = 500000 ]
}

@test "swap and fs are disks in files, raw unless they say otherwise" {
    new_vm 6
    image 6 disk.1 raw
    image 6 disk.2 qcow2
    attach 6 disk.1 vdb 1 '<TYPE>swap</TYPE>'
    [ "$status" -eq 0 ]
    [ "$(value 6 "/domain/devices/disk[target/@dev='vdb']/driver/@type")" = raw ]
    attach 6 disk.2 vdc 2 '<TYPE>fs</TYPE><DRIVER>qcow2</DRIVER><DISK_TYPE>FILE</DISK_TYPE>'
    [ "$status" -eq 0 ]
    [ "$(value 6 "/domain/devices/disk[target/@dev='vdc']/driver/@type")" = qcow2 ]
}

@test "names with quotes, blanks and markup stay names" {
    new_vm 7
    name="disk 'a' & <b> \"c\" \$(touch x)"
    image 7 "$name"
    attach 7 "$name" vdb 1 '<DRIVER>qcow2</DRIVER>'
    [ "$status" -eq 0 ]
    [[ $(vvirsh host01 domblklist one-7) == *"$(vm_dir 7)/$name"* ]]
    detach 7 "$name" vdb
    [ "$status" -eq 0 ]
}

@test "a disk of many on virtio-scsi gets the place that its letter says" {
    prepare_vm 8
    sed -i "s|</devices>|<controller type='scsi' index='0' model='virtio-scsi'/></devices>|" "$LAB_DIR/vm-8.xml"
    deploy_vm 8
    image 8 disk.1
    attach 8 disk.1 sdk 10 '<DRIVER>qcow2</DRIVER>'
    [ "$status" -eq 0 ]
    [ "$(value 8 "/domain/devices/disk[target/@dev='sdk']/address/@target")" = 10 ]
    detach 8 disk.1 sdk
    [ "$status" -eq 0 ]
    [ "$(targets 8)" = hda ]
}

@test "a block device, also where the message says file" {
    (( $(id -u) == 0 )) || skip "making a device node needs root"
    prepare_vm 9
    image 9 disk.1 raw
    run attached_xml attach_disk one-9 "$(vm_dir 9)/disk.1" vdb 1 "$(disk_message 9 '<TYPE>BLOCK</TYPE>')" 9 host01
    [[ $output == *"<disk type='block' device='disk'><source dev='$(vm_dir 9)/disk.1'>"* ]]
    mknod "$LAB_DIR/device" b 7 77 || skip "device nodes are not permitted here"
    run attached_xml attach_disk one-9 "$LAB_DIR/device" vdb 1 "$(disk_message 9 '<TYPE>FILE</TYPE>')" 9 host01
    rm "$LAB_DIR/device"
    [[ $output == *"<disk type='block' device='disk'><source dev='$LAB_DIR/device'>"* ]]
    run attached_xml attach_disk one-9 /dev/vg/x vdb 1 "$(disk_message 9 '<TYPE>fs</TYPE><DISK_TYPE>BLOCK</DISK_TYPE>')" 9 host01
    [[ $output == *"<source dev='/dev/vg/x'>"* ]]
}

@test "rbd: an image, a clone, a volatile disk, a CD, with hosts and secret" {
    auth='<CEPH_HOST>mon1:6789 mon2</CEPH_HOST><CEPH_USER>libvirt</CEPH_USER><CEPH_SECRET>12-34</CEPH_SECRET>'
    run attached_xml attach_disk one-9 /x vdb 1 "$(disk_message 9 "<TYPE>RBD</TYPE><SOURCE>one/one-3</SOURCE>$auth")" 9 host01
    [[ $output == *"<disk type='network' device='disk'><source name='one/one-3' protocol='rbd'>"* ]]
    [[ $output == *"<host name='mon1' port='6789'/><host name='mon2'/></source>"* ]]
    [[ $output == *"<auth username='libvirt'><secret type='ceph' uuid='12-34'/></auth>"* ]]
    run attached_xml attach_disk one-9 /x vdb 1 "$(disk_message 9 "<TYPE>RBD</TYPE><SOURCE>one/one-3</SOURCE><CLONE>YES</CLONE><DISK_ID>4</DISK_ID>")" 9 host01
    [[ $output == *"<source name='one/one-3-9-4' protocol='rbd'>"* ]]
    [[ $output != *"<auth"* ]]
    run attached_xml attach_disk one-9 /x vdb 1 "$(disk_message 9 "<TYPE>fs</TYPE><DISK_TYPE>RBD</DISK_TYPE><POOL_NAME>cloud</POOL_NAME><DISK_ID>4</DISK_ID>")" 9 host01
    [[ $output == *"<source name='cloud/one-sys-9-4' protocol='rbd'>"* ]]
    run attached_xml attach_disk one-9 /x sdb 1 "$(disk_message 9 "<TYPE>RBD_CDROM</TYPE><SOURCE>one/one-5</SOURCE>")" 9 host01
    [[ $output == *"<disk type='network' device='cdrom'><source name='one/one-5' protocol='rbd'>"*"<readonly/>"* ]]
}

@test "iscsi: the IQN or the source, with host and secret" {
    run attached_xml attach_disk one-9 /x sdb 1 "$(disk_message 9 "<TYPE>ISCSI</TYPE><SOURCE>iqn.2020-01.org:a/1</SOURCE><ISCSI_HOST>san:3260</ISCSI_HOST><ISCSI_USER>u</ISCSI_USER><ISCSI_USAGE>one</ISCSI_USAGE>")" 9 host01
    [[ $output == *"<source name='iqn.2020-01.org:a/1' protocol='iscsi'><host name='san' port='3260'/></source>"* ]]
    [[ $output == *"<auth username='u'><secret type='iscsi' usage='one'/></auth>"* ]]
    run attached_xml attach_disk one-9 /x sdb 1 "$(disk_message 9 "<TYPE>ISCSI</TYPE><SOURCE>x</SOURCE><ISCSI_IQN>iqn.2020-01.org:b/0</ISCSI_IQN>")" 9 host01
    [[ $output == *"<source name='iqn.2020-01.org:b/0' protocol='iscsi'>"* ]]
}

@test "detach_disk takes the disk with exactly that target" {
    new_vm 10
    image 10 disk.1
    image 10 disk.2
    attach 10 disk.1 vdaa 26 '<DRIVER>qcow2</DRIVER>'
    [ "$status" -eq 0 ]
    attach 10 disk.2 vda 0 '<DRIVER>qcow2</DRIVER>'
    [ "$status" -eq 0 ]
    detach 10 disk.2 vda
    [ "$status" -eq 0 ]
    [ "$(targets 10)" = "hda vdaa" ]
    # No disk "vd" or "da": nothing happens to others whose names contain it.
    for target in vd da a; do
        detach 10 disk.2 "$target"
        [ "$status" -eq 0 ]
        [[ $output == *"nothing to detach"* ]]
    done
    [ "$(targets 10)" = "hda vdaa" ]
}

@test "detach of a disk that is gone already is success, of a missing domain a failure" {
    new_vm 11
    detach 11 disk.1 vdb
    [ "$status" -eq 0 ]
    run script host01 detach_disk one-999 /x vdb 1 999 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not list the disks of one-999: "* ]]
}

@test "detach fails while the domain's XML has the device, whatever virsh says" {
    deaf_vm 12
    image 12 disk.1
    attach 12 disk.1 vdb 1 '<DRIVER>qcow2</DRIVER>'
    [ "$status" -eq 0 ]
    script host01 attach_nic one-12 02:00:00:00:00:0c br0 virtio dummy one-12-0 12 host01 </dev/null
    detach 12 disk.1 vdb
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not detach vdb from one-12: "* ]]
    [[ $output == *"asking once more"* ]]
    [ "$(targets 12)" = "hda vdb" ]
    run script host01 detach_nic one-12 02:00:00:00:00:0c 12 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not detach NIC 02:00:00:00:00:0c from one-12: "* ]]
}

# A domain with two CD drives, hdb with a medium and hdc empty.
cd_vm() {
    prepare_vm "$1"
    image "$1" disk.1 raw
    image "$1" disk.2 raw
    sed -i "s|</devices>|<disk type='file' device='cdrom'><source file='$(vm_dir "$1")/disk.1'/><target dev='hdb' bus='ide'/><readonly/></disk><disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk></devices>|" "$LAB_DIR/vm-$1.xml"
    deploy_vm "$1"
}

# medium ID TARGET: what is in the drive, - for nothing.
medium() { vvirsh host01 domblklist "one-$1" | awk -v target="$2" '$1 == target { print $2 }'; }

@test "detach of a CD takes it out, and again is success" {
    cd_vm 13
    for _ in 1 2; do
        detach 13 disk.1 hdb
        [ "$status" -eq 0 ]
        [ "$(medium 13 hdb)" = - ]
    done
}

@test "attach of a CD puts it into the drive that is there, in place of another" {
    cd_vm 14
    for target in hdb hdc; do
        attach 14 disk.2 "$target" 2 '<TYPE>CDROM</TYPE><DRIVER>raw</DRIVER>'
        [ "$status" -eq 0 ]
        [ "$(medium 14 "$target")" = "$(vm_dir 14)/disk.2" ]
    done
}

@test "attach of a CD where there is no drive makes one on a bus that allows it" {
    prepare_vm 15
    sed -i "s|</devices>|<controller type='scsi' index='0' model='virtio-scsi'/></devices>|" "$LAB_DIR/vm-15.xml"
    deploy_vm 15
    image 15 disk.1 raw
    attach 15 disk.1 sdb 1 '<TYPE>CDROM</TYPE><DRIVER>raw</DRIVER>'
    [ "$status" -eq 0 ]
    [ "$(value 15 "/domain/devices/disk[target/@dev='sdb']/@device")" = cdrom ]
    attach 15 disk.1 hdb 1 '<TYPE>CDROM</TYPE><DRIVER>raw</DRIVER>'
    [ "$status" -eq 1 ]
}

@test "prereconfigure empties the context drive, reconfigure fills it, each also twice" {
    cd_vm 16
    for _ in 1 2; do
        run script host01 prereconfigure one-16 hdb 16 host01 </dev/null
        [ "$status" -eq 0 ]
        [ "$(medium 16 hdb)" = - ]
    done
    for _ in 1 2; do
        run script host01 reconfigure one-16 hdb "$(vm_dir 16)/disk.2" 16 host01 </dev/null
        [ "$status" -eq 0 ]
        [ "$(medium 16 hdb)" = "$(vm_dir 16)/disk.2" ]
    done
}

@test "prereconfigure and reconfigure fail without such a drive, and have nothing to do without context" {
    new_vm 17
    run script host01 prereconfigure one-17 hdz 17 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "one-17 has no drive hdz" ]]
    run script host01 reconfigure one-17 hdz /x 17 host01 </dev/null
    [ "$status" -eq 1 ]
    run script host01 prereconfigure one-17 '' 17 host01 </dev/null
    [ "$status" -eq 0 ]
}

@test "attach and detach of a NIC, with the model that the message says or kvmrc's" {
    new_vm 18
    settings DEFAULT_ATTACH_NIC_MODEL=e1000
    run script host01 attach_nic one-18 02:00:00:00:00:aa br0 virtio dummy one-18-0 18 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$(value 18 "/domain/devices/interface[mac/@address='02:00:00:00:00:aa']/model/@type")" = virtio ]
    # As OpenNebula 4.14 does: without TARGET.
    run script host01 attach_nic one-18 02:00:00:00:00:bb br0 - dummy 18 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$(value 18 "/domain/devices/interface[mac/@address='02:00:00:00:00:bb']/model/@type")" = e1000 ]
    for mac in 02:00:00:00:00:AA 02:00:00:00:00:bb; do
        run script host01 detach_nic one-18 "$mac" 18 host01 </dev/null
        [ "$status" -eq 0 ]
    done
    [ "$(vvirsh host01 domiflist one-18 | grep -c 02:00)" -eq 0 ]
    run script host01 detach_nic one-18 02:00:00:00:00:bb 18 host01 </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"nothing to detach"* ]]
}

@test "attach_nic and detach_nic fail with libvirt's reason" {
    new_vm 19
    run script host01 attach_nic one-19 not-a-mac br0 virtio dummy one-19-0 19 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not attach NIC not-a-mac to one-19: "* ]]
    run script host01 detach_nic one-999 02:00:00:00:00:aa 999 host01 </dev/null
    [ "$status" -eq 1 ]
    [[ $(reason) == "Could not list the NICs of one-999: "* ]]
}

nic_xml() {
    settings ATTACH_NIC_TYPE=bridge "$@"
    attached_xml attach_nic one-9 02:00:00:00:00:aa "br'0" virtio ovswitch one-9-0 9 host01
}

@test "a NIC in a bridge: target, Open vSwitch, filter and bandwidth" {
    nic='<NIC><ATTACH>YES</ATTACH><IP>10.0.0.1</IP><INBOUND_AVG_BW>100</INBOUND_AVG_BW><OUTBOUND_AVG_BW>200</OUTBOUND_AVG_BW><OUTBOUND_PEAK_BW>300</OUTBOUND_PEAK_BW></NIC>'
    run nic_xml DEFAULT_ATTACH_NIC_FILTER=clean-traffic < <(action_xml 9 "$nic")
    [ "$status" -eq 0 ]
    [[ $output == *"<interface type='bridge'><source bridge='br&apos;0'/><virtualport type='openvswitch'/>"* ]]
    [[ $output == *"<mac address='02:00:00:00:00:aa'/><target dev='one-9-0'/><model type='virtio'/>"* ]]
    [[ $output == *"<filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.1'/></filterref>"* ]]
    [[ $output == *"<bandwidth><inbound average='100'/><outbound average='200' peak='300'/></bandwidth>"* ]]
    run nic_xml < <(action_xml 9 "${nic/<IP>/<FILTER>mine</FILTER><IP>}" | base64)
    [[ $output == *"<filterref filter='mine'>"* ]]
}
