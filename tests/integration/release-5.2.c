/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

#define CONTEXT \
  "tm/qcow2/context $V/vms/0/context.sh $V/vms/0/token.txt " \
  "host01:$V//datastores/101/0/disk.4 0 101 < nothing\n"

/* Network drivers are those of the interfaces, and get the reduced <VM> as an
 * argument; vmm scripts read the action, with some exceptions. */
static const ReleaseCase cases[] = {
  { "ATTACHDISK", "SUCCESS 0 -", "tm:tm_attach vmm:attach_disk",
    "tm/qcow2/clone vm:/src/2 host01:$V//datastores/101/0/disk.5 0 100 < nothing\n"
    "vmm/kvm/attach_disk one-0 $V//datastores/101/0/disk.5 sda 0 @message 0 host01 < action" },
  { "ATTACHNIC", "SUCCESS 0 -",
    "vnm:pre vmm:attach_nic vnm:post vmm:prereconfigure tm:tm_context vmm:reconfigure",
    "vnm/dummy/pre @net < nothing\n"
    "vnm/ovswitch/pre @net < nothing\n"
    "vnm/802.1Q/pre @net < nothing\n"
    "vmm/kvm/attach_nic one-0 02:00:b2:8f:0d:3f onebr77 virtio 802.1Q one-0-2 0 host01 < action\n"
    "vnm/dummy/post @net one-0 < nothing\n"
    "vnm/ovswitch/post @net one-0 < nothing\n"
    "vnm/802.1Q/post @net one-0 < nothing\n"
    "vmm/kvm/prereconfigure one-0 hdb 0 host01 < action\n"
    CONTEXT
    "vmm/kvm/reconfigure one-0 hdb $V//datastores/101/0/disk.4 0 host01 < action" },
  { "CANCEL", "SUCCESS 0 -", "vmm:cancel vnm:clean",
    "vmm/kvm/cancel one-0 host01 0 host01 < action\n"
    "vnm/dummy/clean @net < nothing\n"
    "vnm/ovswitch/clean @net < nothing" },
  { "CLEANUP", "SUCCESS 2 ",
    "vmm:cancel vnm:clean tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete",
    "vmm/kvm/cancel one-2 host-02.example.org 2 host-02.example.org < action\n"
    "vnm/dummy/clean @net < nothing\n"
    "vnm/ovswitch/clean @net < nothing\n"
    "tm/qcow2/delete host-02.example.org:$V//datastores/102/2/disk.0 2 100 < nothing\n"
    "tm/qcow2/delete host-02.example.org:$V//datastores/102/2/disk.1 2 100 < nothing\n"
    "tm/ssh/delete host-02.example.org:$V//datastores/102/2/disk.2 2 102 < nothing\n"
    "tm/qcow2/delete host-02.example.org:$V//datastores/102/2/disk.3 2 100 < nothing\n"
    "tm/ssh/delete host-02.example.org:$V//datastores/102/2 2 102 < nothing" },
  { "DEPLOY", "SUCCESS 0 dom-7", "tm:tm_context vnm:pre vmm:deploy vnm:post",
    CONTEXT
    "vnm/dummy/pre @net < nothing\n"
    "vnm/ovswitch/pre @net < nothing\n"
    "vmm/kvm/deploy @dfile host01 0 host01 < deployment\n"
    "vnm/dummy/post @net dom-7 < nothing\n"
    "vnm/ovswitch/post @net dom-7 < nothing" },
  { "DETACHDISK", "SUCCESS 0 -", "vmm:detach_disk tm:tm_detach",
    "vmm/kvm/detach_disk one-0 $V//datastores/101/0/disk.5 sda 0 0 host01 < action\n"
    "tm/qcow2/delete host01:$V//datastores/101/0/disk.5 0 100 < nothing" },
  { "DETACHNIC", "SUCCESS 0 -", "vmm:detach_nic vnm:clean",
    "vmm/kvm/detach_nic one-0 02:00:b2:8f:0d:3f 0 host01 < action\n"
    "vnm/dummy/clean @net < nothing\n"
    "vnm/ovswitch/clean @net < nothing\n"
    "vnm/802.1Q/clean @net < nothing" },
  { "DISKSNAPSHOTCREATE", "SUCCESS 0 ", "tm:tm_snap_create_live",
    "tm/qcow2/snap_create_live host01:$V//datastores/101/0/disk.0 0 0 100 < nothing" },
  { "MIGRATE", "SUCCESS 0 -",
    "tm:tm_premigrate vnm:pre vmm:migrate vnm:clean vnm:post tm:tm_postmigrate",
    "tm/qcow2/premigrate host01 host-02.example.org $V//datastores/101/0 0 101 @vm64 < nothing\n"
    "vnm/dummy/pre @net < nothing\n"
    "vnm/ovswitch/pre @net < nothing\n"
    "vmm/kvm/migrate one-0 host-02.example.org host01 0 host01 < action\n"
    "vnm/dummy/clean @net < nothing\n"
    "vnm/ovswitch/clean @net < nothing\n"
    "vnm/dummy/post @net one-0 < nothing\n"
    "vnm/ovswitch/post @net one-0 < nothing\n"
    "tm/qcow2/postmigrate host01 host-02.example.org $V//datastores/101/0 0 101 @vm64 < nothing" },
  { "POLL", "SUCCESS 5 STATE=a CPU=1.5", "vmm:poll",
    "vmm/kvm/poll one-5 host01 5 host01 < nothing" },
  { "REBOOT", "SUCCESS 0 -", "vmm:reboot",
    "vmm/kvm/reboot one-0 host01 0 host01 < nothing" },
  { "RESET", "SUCCESS 0 -", "vmm:reset",
    "vmm/kvm/reset one-0 host01 0 host01 < nothing" },
  { "RESTORE", "SUCCESS 0 -", "tm:tm_context vnm:pre vmm:restore vnm:post",
    CONTEXT
    "vnm/dummy/pre @net < nothing\n"
    "vnm/ovswitch/pre @net < nothing\n"
    "vmm/kvm/restore $V//datastores/101/0/checkpoint host01 one-0 0 host01 < action\n"
    "vnm/dummy/post @net one-0 < nothing\n"
    "vnm/ovswitch/post @net one-0 < nothing" },
  { "SAVE", "SUCCESS 0 -", "vmm:save vnm:clean",
    "vmm/kvm/save one-0 $V//datastores/101/0/checkpoint host01 0 host01 < action\n"
    "vnm/dummy/clean @net < nothing\n"
    "vnm/ovswitch/clean @net < nothing" },
  { "SHUTDOWN", "SUCCESS 0 -", "vmm:shutdown vnm:clean",
    "vmm/kvm/shutdown one-0 host01 0 host01 < action\n"
    "vnm/dummy/clean @net < nothing\n"
    "vnm/ovswitch/clean @net < nothing" },
  { "SNAPSHOTCREATE", "SUCCESS 0 snap-0", "vmm:snapshot_create",
    "vmm/kvm/snapshot_create one-0 0 0 host01 < nothing" },
  { "SNAPSHOTDELETE", "SUCCESS 0 -", "vmm:snapshot_delete",
    "vmm/kvm/snapshot_delete one-0 snap-0 0 host01 < nothing" },
  { "SNAPSHOTREVERT", "SUCCESS 0 -", "vmm:snapshot_revert",
    "vmm/kvm/snapshot_revert one-0 snap-0 0 host01 < nothing" },
  { "UPDATESG", "SUCCESS 0 100 dummy: - ovswitch: -", "vnm:update_sg",
    "vnm/dummy/update_sg @net one-0 < nothing\n"
    "vnm/ovswitch/update_sg @net one-0 < nothing" },
  { .verb = NULL }
};

static const ReleaseFailure failures[] = {
  { "DEPLOY", "vnm/*/post", "vmm/kvm/cancel dom-7 host01 0 host01 < action" },
  { "RESTORE", "vnm/*/post", "vmm/kvm/cancel one-0 host01 0 host01 < action" },
  { "ATTACHNIC", "vnm/*/post", "vmm/kvm/detach_nic one-0 02:00:b2:8f:0d:3f 0 host01 < action" },
  { "ATTACHDISK", "vmm/kvm/attach_disk",
    "tm/qcow2/delete host01:$V//datastores/101/0/disk.5 0 100 < nothing" },
  { "MIGRATE", "vmm/kvm/migrate",
    "tm/qcow2/failmigrate host01 host-02.example.org $V//datastores/101/0 0 101 @vm64 < nothing" },
  { "MIGRATE", "vnm/*/clean", GO_ON },
  { "MIGRATE", "vnm/*/post", GO_ON },
  { "MIGRATE", "tm/*/postmigrate", GO_ON },
  { "CLEANUP", "*", GO_ON },
  { .verb = NULL }
};

const Release release_5_2 = {
  "5.2.1", "5.2.1", "-t 15 -r 0 kvm", 60, TRUE, FALSE, cases, failures,
};
