/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

/* The network driver is the one that the message names; scripts read nothing,
 * but for a deploy on a host. */
static const ReleaseCase cases[] = {
  { "ATTACHDISK", "SUCCESS 0 -", "tm:tm_attach vmm:attach_disk",
    "tm/qcow2/clone vm:/src/2 host01:$V//datastores/101/0/disk.5 0 100 < nothing\n"
    "vmm/kvm/attach_disk one-0 $V//datastores/101/0/disk.5 sda 0 @message 0 host01 < nothing" },
  { "ATTACHNIC", "SUCCESS 0 -", "vnm:pre vmm:attach_nic vnm:post",
    "vnm/dummy/pre @net < nothing\n"
    "vmm/kvm/attach_nic one-0 02:00:92:14:7d:94 onebr77 virtio dummy 0 host01 < nothing\n"
    "vnm/dummy/post @net one-0 < nothing" },
  { "CANCEL", "SUCCESS 0 -", "vmm:cancel vnm:clean",
    "vmm/kvm/cancel one-0 host01 0 host01 < nothing\n"
    "vnm/dummy/clean @net < nothing" },
  { "CLEANUP", "SUCCESS 2 ",
    "vmm:cancel vnm:clean tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete",
    "vmm/kvm/cancel one-2 host-02.example.org 2 host-02.example.org < nothing\n"
    "vnm/dummy/clean @net < nothing\n"
    "tm/qcow2/delete host-02.example.org:$V//datastores/102/2/disk.0 2 100 < nothing\n"
    "tm/qcow2/delete host-02.example.org:$V//datastores/102/2/disk.1 2 100 < nothing\n"
    "tm/ssh/delete host-02.example.org:$V//datastores/102/2/disk.2 2 102 < nothing\n"
    "tm/qcow2/delete host-02.example.org:$V//datastores/102/2/disk.3 2 100 < nothing\n"
    "tm/ssh/delete host-02.example.org:$V//datastores/102/2 2 102 < nothing" },
  { "DEPLOY", "SUCCESS 0 dom-7", "vnm:pre vmm:deploy vnm:post",
    "vnm/dummy/pre @net < nothing\n"
    "vmm/kvm/deploy @dfile host01 0 host01 < deployment-there\n"
    "vnm/dummy/post @net dom-7 < nothing" },
  { "DETACHDISK", "SUCCESS 0 -", "vmm:detach_disk tm:tm_detach",
    "vmm/kvm/detach_disk one-0 $V//datastores/101/0/disk.5 sda 0 0 host01 < nothing\n"
    "tm/qcow2/delete host01:$V//datastores/101/0/disk.5 0 100 < nothing" },
  { "DETACHNIC", "SUCCESS 0 -", "vmm:detach_nic vnm:clean",
    "vmm/kvm/detach_nic one-0 02:00:92:14:7d:94 0 host01 < nothing\n"
    "vnm/dummy/clean @net < nothing" },
  { "DISKSNAPSHOTCREATE", "SUCCESS 0 ", "tm:tm_snap_create_live",
    "tm/qcow2/snap_create_live host01:$V//datastores/101/0/disk.0 0 0 100 < nothing" },
  { "DISKSNAPSHOTREVERT", "SUCCESS 0 ", "tm:tm_snap_create_live",
    "tm/qcow2/snap_revert_live host01:$V//datastores/101/0/disk.0 0 0 100 < nothing" },
  { "MIGRATE", "SUCCESS 0 -",
    "tm:tm_premigrate vnm:pre vmm:migrate vnm:clean vnm:post tm:tm_postmigrate",
    "tm/qcow2/premigrate host01 host-02.example.org $V//datastores/101/0 0 101 @vm64 < nothing\n"
    "vnm/dummy/pre @net < nothing\n"
    "vmm/kvm/migrate one-0 host-02.example.org host01 0 host01 < nothing\n"
    "vnm/dummy/clean @net < nothing\n"
    "vnm/dummy/post @net one-0 < nothing\n"
    "tm/qcow2/postmigrate host01 host-02.example.org $V//datastores/101/0 0 101 @vm64 < nothing" },
  { "POLL", "SUCCESS 5 STATE=a CPU=1.5", "vmm:poll",
    "vmm/kvm/poll one-5 host01 5 host01 < nothing" },
  { "REBOOT", "SUCCESS 0 -", "vmm:reboot",
    "vmm/kvm/reboot one-0 host01 0 host01 < nothing" },
  { "RESET", "SUCCESS 0 -", "vmm:reset",
    "vmm/kvm/reset one-0 host01 0 host01 < nothing" },
  { "RESTORE", "SUCCESS 0 -", "vnm:pre vmm:restore vnm:post",
    "vnm/dummy/pre @net < nothing\n"
    "vmm/kvm/restore $V//datastores/101/0/checkpoint host01 one-0 0 host01 < nothing\n"
    "vnm/dummy/post @net one-0 < nothing" },
  { "SAVE", "SUCCESS 0 -", "vmm:save vnm:clean",
    "vmm/kvm/save one-0 $V//datastores/101/0/checkpoint host01 0 host01 < nothing\n"
    "vnm/dummy/clean @net < nothing" },
  { "SHUTDOWN", "SUCCESS 0 -", "vmm:shutdown vnm:clean",
    "vmm/kvm/shutdown one-0 host01 0 host01 < nothing\n"
    "vnm/dummy/clean @net < nothing" },
  { "SNAPSHOTCREATE", "SUCCESS 0 snap-0", "vmm:snapshot_create",
    "vmm/kvm/snapshot_create one-0 0 0 host01 < nothing" },
  { "SNAPSHOTDELETE", "SUCCESS 0 -", "vmm:snapshot_delete",
    "vmm/kvm/snapshot_delete one-0 snap-0 0 host01 < nothing" },
  { "SNAPSHOTREVERT", "SUCCESS 0 -", "vmm:snapshot_revert",
    "vmm/kvm/snapshot_revert one-0 snap-0 0 host01 < nothing" },
  { .verb = NULL }
};

static const ReleaseFailure failures[] = {
  { "DEPLOY", "vnm/*/post", "vmm/kvm/cancel dom-7 host01 0 host01 < nothing" },
  { "RESTORE", "vnm/*/post", "vmm/kvm/cancel one-0 host01 0 host01 < nothing" },
  { "ATTACHNIC", "vnm/*/post",
    "vmm/kvm/detach_nic one-0 02:00:92:14:7d:94 0 host01 < nothing" },
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

const Release release_4_14 = {
  "4.14.2", "4.14.2", "-t 15 -r 0 -i kvm", 60, TRUE, FALSE, cases, failures,
};

/* ---- snapshots of disks that can't be made while the VM runs ---- */

#define SUSPENDED(verb, word) \
  { verb, "SUCCESS 0 ", "vmm:save vnm:clean tm:tm_snap_create vnm:pre vmm:restore vnm:post", \
    "vmm/kvm/save one-0 $V//datastores/101/0/checkpoint host01 0 host01 < nothing\n" \
    "vnm/dummy/clean @net < nothing\n" \
    "tm/qcow2/" word " host01:$V//datastores/101/0/disk.0 0 0 100 < nothing\n" \
    "vnm/dummy/pre @net < nothing\n" \
    "vmm/kvm/restore $V//datastores/101/0/checkpoint host01 one-0 0 host01 < nothing\n" \
    "vnm/dummy/post @net one-0 < nothing" }

static const ReleaseCase suspend_cases[] = {
  SUSPENDED ("DISKSNAPSHOTCREATE", "snap_create"),
  SUSPENDED ("DISKSNAPSHOTREVERT", "snap_revert"),
  { .verb = NULL }
};

static const ReleaseFailure suspend_failures[] = {
  { "DISKSNAPSHOT*", "tm/*", GO_ON },
  { "DISKSNAPSHOT*", "vnm/*/post", "vmm/kvm/cancel one-0 host01 0 host01 < nothing" },
  { .verb = NULL }
};

const Release release_4_14_suspend = {
  "4.14.2", "4.14.2-suspend", "-t 15 -r 0 kvm", 60, TRUE, FALSE, suspend_cases,
  suspend_failures,
};

#define DETACHED(verb, word) \
  { verb, "SUCCESS 0 ", "vmm:detach_disk tm:tm_snap_create vmm:attach_disk", \
    "vmm/kvm/detach_disk one-0 $V//datastores/101/0/disk.0 vda 0 0 host01 < nothing\n" \
    "tm/qcow2/" word " host01:$V//datastores/101/0/disk.0 0 0 100 < nothing\n" \
    "vmm/kvm/attach_disk one-0 $V//datastores/101/0/disk.0 vda 0 @message 0 host01 < nothing" }

static const ReleaseCase detach_cases[] = {
  DETACHED ("DISKSNAPSHOTCREATE", "snap_create"),
  DETACHED ("DISKSNAPSHOTREVERT", "snap_revert"),
  { .verb = NULL }
};

static const ReleaseFailure detach_failures[] = {
  { "DISKSNAPSHOT*", "tm/*", GO_ON },
  { .verb = NULL }
};

const Release release_4_14_detach = {
  "4.14.2", "4.14.2-detach", "-t 15 -r 0 -d detach kvm", 60, TRUE, FALSE, detach_cases,
  detach_failures,
};
