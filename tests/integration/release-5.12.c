/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

#define CONTEXT \
  "tm/qcow2/context $V/vms/0/context.sh $V/vms/0/token.txt " \
  "host01:$V//datastores/101/0/disk.4 0 101 < nothing\n"

#define CLEAN \
  "vnm/dummy/clean < net\n" \
  "vnm/ovswitch/clean < net"

/* Network drivers read the reduced <VM>, tm scripts of MIGRATE the whole; every
 * vmm script reads the action. */
static const ReleaseCase cases[] = {
  { "ATTACHDISK", "SUCCESS 0 -", "tm:tm_attach vmm:attach_disk",
    "tm/qcow2/clone.qcow2 vm:/src/2 host01:$V//datastores/101/0/disk.5 0 100 < nothing\n"
    "vmm/kvm/attach_disk one-0 $V//datastores/101/0/disk.5 sdb 1 @message 0 host01 < action" },
  { "ATTACHNIC", "SUCCESS 0 -",
    "vnm:pre vmm:attach_nic vnm:post vmm:prereconfigure tm:tm_context vmm:reconfigure",
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vnm/802.1Q/pre < net\n"
    "vmm/kvm/attach_nic one-0 02:00:47:15:20:2c onebr77 virtio 802.1Q one-0-2 0 host01 < action\n"
    "vnm/dummy/post one-0 < net\n"
    "vnm/ovswitch/post one-0 < net\n"
    "vnm/802.1Q/post one-0 < net\n"
    "vmm/kvm/prereconfigure one-0 hdb 0 host01 < action\n"
    CONTEXT
    "vmm/kvm/reconfigure one-0 hdb $V//datastores/101/0/disk.4 0 host01 < action" },
  { "CANCEL", "SUCCESS 0 -", "vmm:cancel vnm:clean",
    "vmm/kvm/cancel one-0 host-02.example.org 0 host-02.example.org < action\n"
    CLEAN },
  { "CLEANUP", "SUCCESS 2 ",
    "vmm:cancel vnm:clean tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete",
    "vmm/kvm/cancel one-2 host-02.example.org 2 host-02.example.org < action\n"
    CLEAN "\n"
    "tm/qcow2/delete.ssh host-02.example.org:$V//datastores/102/2/disk.0 2 100 < nothing\n"
    "tm/qcow2/delete.ssh host-02.example.org:$V//datastores/102/2/disk.1 2 100 < nothing\n"
    "tm/ssh/delete.ssh host-02.example.org:$V//datastores/102/2/disk.2 2 102 < nothing\n"
    "tm/qcow2/delete.ssh host-02.example.org:$V//datastores/102/2/disk.3 2 100 < nothing\n"
    "tm/ssh/delete host-02.example.org:$V//datastores/102/2 2 102 < nothing" },
  { "DEPLOY", "SUCCESS 0 dom-7", "tm:tm_context vnm:pre vmm:deploy vnm:post",
    CONTEXT
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vmm/kvm/deploy @dfile host01 0 host01 < deployment\n"
    "vnm/dummy/post dom-7 < net\n"
    "vnm/ovswitch/post dom-7 < net" },
  { "DETACHDISK", "SUCCESS 0 -", "vmm:detach_disk tm:tm_detach",
    "vmm/kvm/detach_disk one-0 $V//datastores/101/0/disk.5 sdb 1 0 host01 < action\n"
    "tm/qcow2/delete.qcow2 host01:$V//datastores/101/0/disk.5 0 100 < nothing" },
  { "DETACHNIC", "SUCCESS 0 -",
    "vmm:detach_nic vnm:clean vmm:prereconfigure tm:tm_context vmm:reconfigure",
    "vmm/kvm/detach_nic one-0 02:00:47:15:20:2c 0 host01 < action\n"
    CLEAN "\n"
    "vnm/802.1Q/clean < net\n"
    "vmm/kvm/prereconfigure one-0 hdb 0 host01 < action\n"
    CONTEXT
    "vmm/kvm/reconfigure one-0 hdb $V//datastores/101/0/disk.4 0 host01 < action" },
  { "DISKSNAPSHOTCREATE", "SUCCESS 0 ", "tm:tm_snap_create_live",
    "tm/qcow2/snap_create_live host01:$V//datastores/101/0/disk.0 0 0 100 < nothing" },
  { "MIGRATE", "SUCCESS 0 -",
    "tm:tm_premigrate vnm:pre vmm:migrate vnm:clean vnm:post tm:tm_postmigrate",
    "tm/qcow2/premigrate host01 host-02.example.org $V//datastores/101/0 0 101 < vm64\n"
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vmm/kvm/migrate one-0 host-02.example.org host01 0 host01 < action\n"
    CLEAN "\n"
    "vnm/dummy/post one-0 < net\n"
    "vnm/ovswitch/post one-0 < net\n"
    "tm/qcow2/postmigrate host01 host-02.example.org $V//datastores/101/0 0 101 < vm64" },
  { "REBOOT", "SUCCESS 0 -", "vmm:reboot",
    "vmm/kvm/reboot one-0 host01 0 host01 < action" },
  { "RESET", "SUCCESS 0 -", "vmm:reset",
    "vmm/kvm/reset one-0 host01 0 host01 < action" },
  { "RESIZEDISK", "SUCCESS 0 -", "tm:tm_resize vmm:resize_disk",
    "tm/qcow2/resize host01:$V//datastores/101/0/disk.2 200 0 101 < nothing\n"
    "vmm/kvm/resize_disk one-0 2 200 @message host01 0 host01 < action" },
  { "RESTORE", "SUCCESS 0 -", "tm:tm_context vnm:pre vmm:restore vnm:post",
    CONTEXT
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vmm/kvm/restore $V//datastores/101/0/checkpoint host01 one-0 0 host01 < action\n"
    "vnm/dummy/post one-0 < net\n"
    "vnm/ovswitch/post one-0 < net" },
  { "SAVE", "SUCCESS 0 -", "vmm:save vnm:clean",
    "vmm/kvm/save one-0 $V//datastores/101/0/checkpoint host01 0 host01 < action\n"
    CLEAN },
  { "SHUTDOWN", "SUCCESS 0 -", "vmm:shutdown vnm:clean",
    "vmm/kvm/shutdown one-0 host01 0 host01 < action\n"
    CLEAN },
  { "SNAPSHOTCREATE", "SUCCESS 0 snap-0", "vmm:snapshot_create",
    "vmm/kvm/snapshot_create one-0 0 0 host01 < action" },
  { "SNAPSHOTDELETE", "SUCCESS 0 -", "vmm:snapshot_delete",
    "vmm/kvm/snapshot_delete one-0 snap-0 0 host01 < action" },
  { "SNAPSHOTREVERT", "SUCCESS 0 -", "vmm:snapshot_revert",
    "vmm/kvm/snapshot_revert one-0 snap-0 0 host01 < action" },
  { "UPDATECONF", "SUCCESS 0 ", "vmm:prereconfigure tm:tm_context vmm:reconfigure",
    "vmm/kvm/prereconfigure one-0 hdb 0 host01 < action\n"
    "tm/qcow2/context $V/vms/0/context.sh host01:$V//datastores/101/0/disk.4 0 101 < nothing\n"
    "vmm/kvm/reconfigure one-0 hdb $V//datastores/101/0/disk.4 0 host01 < action" },
  { "UPDATESG", "SUCCESS 0 0 dummy: - ovswitch: -", "vnm:update_sg",
    "vnm/dummy/update_sg one-0 < net\n"
    "vnm/ovswitch/update_sg one-0 < net" },
  { .verb = NULL }
};

static const ReleaseFailure failures[] = {
  { "DEPLOY", "vmm/kvm/deploy", CLEAN },
  { "DEPLOY", "vnm/*/post", "vmm/kvm/cancel dom-7 host01 0 host01 < action\n" CLEAN },
  { "RESTORE", "vnm/*/post", "vmm/kvm/cancel one-0 host01 0 host01 < action" },
  { "ATTACHNIC", "vnm/*/post", "vmm/kvm/detach_nic one-0 02:00:47:15:20:2c 0 host01 < action" },
  { "ATTACHDISK", "vmm/kvm/attach_disk",
    "tm/qcow2/delete.qcow2 host01:$V//datastores/101/0/disk.5 0 100 < nothing" },
  { "MIGRATE", "vmm/kvm/migrate",
    "tm/qcow2/failmigrate host01 host-02.example.org $V//datastores/101/0 0 101 < vm64" },
  { "MIGRATE", "vnm/*/clean", GO_ON },
  { "MIGRATE", "vnm/*/post", GO_ON },
  { "MIGRATE", "tm/*/postmigrate", GO_ON },
  { "CLEANUP", "*", GO_ON },
  { .verb = NULL }
};

const Release release_5_12 = {
  "5.12.0.4", "5.12.0.4", "-t 15 -r 0 kvm", 0, FALSE, FALSE, cases, failures,
};
