#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Scripts in the manner of third-party drivers, which are not ours, on what we give them.

load helper

# Written as vendors write them: beside the stock scripts, for any release, little quoted.
third_party_scripts() {
    cat >"$KVM/attach_disk.vendor" <<'SCRIPT'
#!/bin/bash
# Attaches a disk of a storage vendor that knows its volumes by the disk's SOURCE.  Written as
# vendors write: beside the stock scripts, for any release, nothing quoted that seldom needs it.

DRIVER_PATH=$(dirname $0)

source $DRIVER_PATH/kvmrc
source $DRIVER_PATH/../../scripts_common.sh
[ -r "$DRIVER_PATH/../../etc/vmm/kvm/kvmrc" ] && source $DRIVER_PATH/../../etc/vmm/kvm/kvmrc

DOMAIN=$1
SOURCE=$2
TARGET=$3
TARGET_INDEX=$4
DRV_ACTION=$5
VMID=$6
HOST=$7

XPATH="${DRIVER_PATH}/../../datastore/xpath.rb -b $DRV_ACTION"

unset i j XPATH_ELEMENTS

DISK_XPATH="/VMM_DRIVER_ACTION_DATA/VM/TEMPLATE/DISK[ATTACH='YES']"

while IFS= read -r -d '' element; do
    XPATH_ELEMENTS[i++]="$element"
done < <($XPATH     $DISK_XPATH/DRIVER \
                    $DISK_XPATH/TYPE \
                    $DISK_XPATH/READONLY \
                    $DISK_XPATH/CACHE \
                    $DISK_XPATH/SOURCE)

DRIVER="${XPATH_ELEMENTS[j++]:-raw}"
TYPE="${XPATH_ELEMENTS[j++]}"
READONLY="${XPATH_ELEMENTS[j++]}"
CACHE="${XPATH_ELEMENTS[j++]}"
IMG_SRC="${XPATH_ELEMENTS[j++]}"

log "attach $IMG_SRC ($TYPE, read-only $READONLY) to $DOMAIN as $TARGET on $HOST for VM $VMID"

exec_and_log "virsh --connect $LIBVIRT_URI attach-disk --domain $DOMAIN --source $SOURCE --target $TARGET --driver qemu --subdriver $DRIVER --cache ${CACHE:-none}" \
    "Could not attach $IMG_SRC ($TARGET) to $DOMAIN"
SCRIPT
    cat >"$KVM/deploy-tweaks" <<'SCRIPT'
#!/bin/bash
# Changes the deployment file on the front-end before the stock script gets it.  Runs with
# "-l deploy=deploy-tweaks", and so finds the file in base64 on its input.

DRIVER_PATH=$(dirname $0)
source $DRIVER_PATH/../../scripts_common.sh

DEP_FILE=$1
HOST=$2

XML=$(base64 -d -i | sed "s/<memory unit='KiB'>[0-9]*</<memory unit='KiB'>32768</")

if [ -z "$XML" ]; then
    error_message "no deployment file"
    exit -1
fi

echo "$XML" | $DRIVER_PATH/deploy "$@"
SCRIPT
    cat >"$KVM/tmsave" <<'SCRIPT'
#!/bin/bash
# Asks for the system datastore's driver, as "-l save=tmsave" drivers do: the action's XML is in
# base64 on the input of a local script.

source $(dirname $0)/../../scripts_common.sh
DRIVER_PATH=$(dirname $0)

STDIN=$(cat -)
SYSTEM_TM=$(echo "$STDIN" | base64 -d | ${DRIVER_PATH}/../../datastore/xpath.rb --stdin /VMM_DRIVER_ACTION_DATA/DATASTORE/TM_MAD | tr -d '\0')

function monitor
{
    virsh --connect ${LIBVIRT_URI:-qemu:///session} --readonly dominfo $1 >/dev/null 2>&1
    [ "x$?" != "x0" ]
}

function gone { monitor one-$VMID; }

VMID=$4
exec_and_log "virsh --connect ${LIBVIRT_URI:-qemu:///session} save $1 $2" "Could not save $1 for $SYSTEM_TM"
retry 5 gone
force_shutdown "$1" "virsh destroy $1"
log_info "saved for $SYSTEM_TM"
SCRIPT
    chmod +x "$KVM"/{attach_disk.vendor,deploy-tweaks,tmsave}
}

setup_file() { kvm_up; }
teardown_file() { kvm_down; }
setup() {
    require_lab
    settings
    third_party_scripts
}
teardown() { end_all; }

@test "a vendor's attach_disk: -b \$DRV_ACTION" {
    new_vm 1
    at host01 qemu-img create -q -f qcow2 "$(vm_dir 1)/disk.1" 1M
    run script host01 attach_disk.vendor one-1 "$(vm_dir 1)/disk.1" vdb 1 \
        "$(disk_message 1 '<SOURCE>volume one</SOURCE><TYPE>BLOCK</TYPE><READONLY>NO</READONLY><DRIVER>qcow2</DRIVER>')" \
        1 host01 </dev/null
    [ "$status" -eq 0 ]
    [ "$output" = "INFO: attach_disk.vendor: attach volume one (BLOCK, read-only NO) to one-1 as vdb on host01 for VM 1" ]
    [[ $(vvirsh host01 domblklist one-1) == *vdb* ]]
    run script host01 attach_disk.vendor one-1 /nonexistent vdc 2 \
        "$(disk_message 1 '<SOURCE>v2</SOURCE>')" 1 host01 </dev/null
    [ "$status" -eq 1 ]
    [ "$(reason)" = "Could not attach v2 (vdc) to one-1" ]
}

@test "a deploy that changes the file: base64 on standard input, then the stock script" {
    prepare_vm 2
    run script host01 deploy-tweaks "$(vm_dir 2)/deployment.0" host01 2 host01 < <(base64 -w 60 "$LAB_DIR/vm-2.xml")
    [ "$status" -eq 0 ]
    [ "$output" = one-2 ]
    [[ $(vvirsh host01 dominfo one-2) == *"Max memory:     32768 KiB"* ]]
    run script host01 deploy-tweaks "$(vm_dir 2)/deployment.0" host01 2 host01 </dev/null
    [ "$status" -eq 255 ]
    [ "$(reason)" = "no deployment file" ]
}

@test "a save that reads the system datastore's driver: xpath.rb --stdin, retry, force_shutdown" {
    new_vm 3
    run script host01 tmsave one-3 "$(vm_dir 3)/checkpoint" host01 3 host01 \
        < <(action_xml 3 '' '<TM_MAD>vendor</TM_MAD>' | base64 -w 60)
    [ "$status" -eq 0 ]
    [[ $output == *"INFO: tmsave: saved for vendor" ]]
    [ -s "$(vm_dir 3)/checkpoint" ]
}
