/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

#define CONTEXT \
  "tm/qcow2/context $V/vms/0/context.sh $V/vms/0/token.txt " \
  "host01:$V//datastores/101/0/disk.4 0 101 < nothing\n"

#define CLEAN(host) \
  "vnm/dummy/clean " host " < net\n" \
  "vnm/ovswitch/clean " host " < net"

/* Network drivers get the deploy id and the host; tm scripts named VERB.SYSTEM
 * fall back to VERB: of the dotted ones only qcow2's delete.ssh exists here. */
static const ReleaseCase cases[] = {
  { "ATTACHDISK", "SUCCESS 0 -", "tm:tm_attach vmm:attach_disk",
    "tm/qcow2/clone vm:/src/2 raw host01:$V//datastores/101/0/disk.5 0 100 < nothing\n"
    "vmm/kvm/attach_disk one-0 $V//datastores/101/0/disk.5 sdb 1 @message 0 host01 < action" },
  { "ATTACHNIC", "SUCCESS 0 -",
    "vnm:pre vmm:attach_nic vnm:post vmm:prereconfigure tm:tm_context vmm:reconfigure",
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vnm/802.1Q/pre < net\n"
    "vmm/kvm/attach_nic one-0 02:00:08:b5:8e:cc onebr77 virtio 802.1Q one-0-2 0 host01 < action\n"
    "vnm/dummy/post one-0 host01 < net\n"
    "vnm/ovswitch/post one-0 host01 < net\n"
    "vnm/802.1Q/post one-0 host01 < net\n"
    "vmm/kvm/prereconfigure one-0 hdb 0 host01 < action\n"
    CONTEXT
    "vmm/kvm/reconfigure one-0 hdb $V//datastores/101/0/disk.4 0 host01 < action" },
  { "BACKUP", "SUCCESS 0 6 1024 qcow2", "tm:prebackup_live ds:backup tm:postbackup_live",
    "tm/qcow2/prebackup_live host01:$V//datastores/101/0 0:1 one-0 - 0 101 < vm\n"
    "datastore/rsync/backup host01:$V//datastores/101/0 0:1 one-0 - 0 101 < ds-action\n"
    "tm/qcow2/postbackup_live host01:$V//datastores/101/0 0:1 one-0 - 0 101 < vm" },
  { "BACKUPCANCEL", "SUCCESS 0 -", "ds:backup_cancel",
    "datastore/rsync/backup_cancel host01:$V//datastores/101/0 one-0 < vm" },
  { "CANCEL", "SUCCESS 0 -", "vmm:cancel vnm:clean",
    "vmm/kvm/cancel one-0 host-02.example.org 0 host-02.example.org < action\n"
    CLEAN ("host-02.example.org") },
  { "CLEANUP", "SUCCESS 2 ",
    "vmm:cancel vnm:clean tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete tm:tm_delete",
    "vmm/kvm/cancel one-2 host-02.example.org 2 host-02.example.org < action\n"
    CLEAN ("host-02.example.org") "\n"
    "tm/qcow2/delete.ssh host-02.example.org:$V//datastores/102/2/disk.0 2 100 < nothing\n"
    "tm/qcow2/delete.ssh host-02.example.org:$V//datastores/102/2/disk.1 2 100 < nothing\n"
    "tm/ssh/delete host-02.example.org:$V//datastores/102/2/disk.2 2 102 < nothing\n"
    "tm/qcow2/delete.ssh host-02.example.org:$V//datastores/102/2/disk.3 2 100 < nothing\n"
    "tm/ssh/delete host-02.example.org:$V//datastores/102/2 2 102 < nothing" },
  { "DEPLOY", "SUCCESS 0 dom-7", "tm:tm_context vnm:pre vmm:deploy vnm:post",
    CONTEXT
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vmm/kvm/deploy @dfile host01 0 host01 < deployment\n"
    "vnm/dummy/post dom-7 host01 < net\n"
    "vnm/ovswitch/post dom-7 host01 < net" },
  { "DETACHDISK", "SUCCESS 0 -", "vmm:detach_disk tm:tm_detach",
    "vmm/kvm/detach_disk one-0 $V//datastores/101/0/disk.5 sdb 1 0 host01 < action\n"
    "tm/qcow2/delete host01:$V//datastores/101/0/disk.5 0 100 < nothing" },
  { "DETACHNIC", "SUCCESS 0 -",
    "vmm:detach_nic vnm:clean vmm:prereconfigure tm:tm_context vmm:reconfigure",
    "vmm/kvm/detach_nic one-0 02:00:08:b5:8e:cc 0 host01 < action\n"
    CLEAN ("host01") "\n"
    "vnm/802.1Q/clean host01 < net\n"
    "vmm/kvm/prereconfigure one-0 hdb 0 host01 < action\n"
    CONTEXT
    "vmm/kvm/reconfigure one-0 hdb $V//datastores/101/0/disk.4 0 host01 < action" },
  { "DISKSNAPSHOTCREATE", "SUCCESS 0 ", "tm:tm_snap_create_live",
    "tm/qcow2/snap_create_live host01:$V//datastores/101/0/disk.0 0 0 100 < nothing" },
  { "EXEC", "SUCCESS 0 -", "vmm:exec",
    "vmm/kvm/exec 0 host01 {ls -l '/tmp/a b'} {stdin data} < action" },
  { "EXEC_CANCEL", "SUCCESS 0 -", "vmm:exec_cancel",
    "vmm/kvm/exec_cancel 0 host01 < action" },
  { "MIGRATE", "SUCCESS 0 -",
    "tm:tm_premigrate vnm:pre vmm:migrate vnm:clean vnm:post tm:tm_postmigrate",
    "tm/qcow2/premigrate host01 host-02.example.org $V//datastores/101/0 0 101 < vm64\n"
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vmm/kvm/migrate one-0 host-02.example.org host01 0 host01 < action\n"
    CLEAN ("host01") "\n"
    "vnm/dummy/post one-0 host01 < net\n"
    "vnm/ovswitch/post one-0 host01 < net\n"
    "tm/qcow2/postmigrate host01 host-02.example.org $V//datastores/101/0 0 101 < vm64" },
  { "REBOOT", "SUCCESS 0 -", "vmm:reboot",
    "vmm/kvm/reboot one-0 host01 0 host01 < action" },
  { "RESET", "SUCCESS 0 -", "vmm:reset",
    "vmm/kvm/reset one-0 host01 0 host01 < action" },
  { "RESIZE", "SUCCESS 0 -", "vmm:resize",
    "vmm/kvm/resize one-0 0 host01 < action" },
  { "RESIZEDISK", "SUCCESS 0 -", "tm:tm_resize vmm:resize_disk",
    "tm/qcow2/resize host01:$V//datastores/101/0/disk.0 200 0 100 < nothing\n"
    "vmm/kvm/resize_disk one-0 0 200 @message host01 0 host01 < action" },
  { "RESTORE", "SUCCESS 0 -", "tm:tm_context vnm:pre vmm:restore vnm:post",
    CONTEXT
    "vnm/dummy/pre < net\n"
    "vnm/ovswitch/pre < net\n"
    "vmm/kvm/restore $V//datastores/101/0/checkpoint host01 one-0 0 host01 < action\n"
    "vnm/dummy/post one-0 host01 < net\n"
    "vnm/ovswitch/post one-0 host01 < net" },
  { "SAVE", "SUCCESS 0 -", "vmm:save vnm:clean",
    "vmm/kvm/save one-0 $V//datastores/101/0/checkpoint host01 0 host01 < action\n"
    CLEAN ("host01") },
  { "SHUTDOWN", "SUCCESS 0 -", "vmm:shutdown vnm:clean",
    "vmm/kvm/shutdown one-0 host01 0 host01 < action\n"
    CLEAN ("host01") },
  { "SNAPSHOTCREATE", "SUCCESS 0 snap-0", "vmm:snapshot_create",
    "vmm/kvm/snapshot_create one-0 0 0 host01 < action" },
  { "SNAPSHOTDELETE", "SUCCESS 0 -", "vmm:snapshot_delete",
    "vmm/kvm/snapshot_delete one-0 snap-0 0 host01 < action" },
  { "SNAPSHOTREVERT", "SUCCESS 0 ", "vmm:snapshot_revert vnm:post",
    "vmm/kvm/snapshot_revert one-0 snap-0 0 host01 < action\n"
    "vnm/dummy/post one-0 host01 < net\n"
    "vnm/ovswitch/post one-0 host01 < net" },
  { "UPDATECONF", "SUCCESS 0 ", "vmm:prereconfigure tm:tm_context vmm:reconfigure",
    "vmm/kvm/prereconfigure one-0 hdb 0 host01 < action\n"
    "tm/qcow2/context $V/vms/0/context.sh host01:$V//datastores/101/0/disk.4 0 101 < nothing\n"
    "vmm/kvm/reconfigure one-0 hdb $V//datastores/101/0/disk.4 0 host01 < action" },
  { "UPDATENIC", "SUCCESS 0 1 dummy: - ovswitch: -", "vnm:update_nic",
    "vnm/dummy/update_nic one-0 1 < net\n"
    "vnm/ovswitch/update_nic one-0 1 < net" },
  { "UPDATESG", "SUCCESS 0 0 dummy: - ovswitch: -", "vnm:update_sg",
    "vnm/dummy/update_sg one-0 < net\n"
    "vnm/ovswitch/update_sg one-0 < net" },
  { .verb = NULL }
};

static const ReleaseFailure failures[] = {
  { "DEPLOY", "vmm/kvm/deploy", CLEAN ("host01") },
  { "DEPLOY", "vnm/*/post", "vmm/kvm/cancel dom-7 host01 0 host01 < action\n" CLEAN ("host01") },
  { "RESTORE", "vnm/*/post", "vmm/kvm/cancel one-0 host01 0 host01 < action" },
  { "ATTACHNIC", "vnm/*/post", "vmm/kvm/detach_nic one-0 02:00:08:b5:8e:cc 0 host01 < action" },
  { "ATTACHNIC", "vmm/kvm/prereconfigure",
    "vmm/kvm/detach_nic one-0 02:00:08:b5:8e:cc 0 host01 < action" },
  { "ATTACHDISK", "vmm/kvm/attach_disk",
    "tm/qcow2/delete host01:$V//datastores/101/0/disk.5 0 100 < nothing" },
  { "BACKUP", "tm/*/prebackup_live",
    "tm/qcow2/postbackup_live host01:$V//datastores/101/0 0:1 one-0 - 0 101 < vm" },
  { "BACKUP", "datastore/rsync/backup",
    "tm/qcow2/postbackup_live host01:$V//datastores/101/0 0:1 one-0 - 0 101 < vm" },
  { "MIGRATE", "tm/*/premigrate",
    "tm/qcow2/failmigrate host01 host-02.example.org $V//datastores/101/0 0 101 < vm64" },
  { "MIGRATE", "vmm/kvm/migrate",
    "tm/qcow2/failmigrate host01 host-02.example.org $V//datastores/101/0 0 101 < vm64" },
  { "MIGRATE", "vnm/*/clean", GO_ON },
  { "MIGRATE", "vnm/*/post", GO_ON },
  { "MIGRATE", "tm/*/postmigrate", GO_ON },
  { "CLEANUP", "*", GO_ON },
  { .verb = NULL }
};

const Release release_7_4 = {
  "7.4.0", "7.4.0", "-t 15 -r 0 kvm -p", 0, FALSE, TRUE, cases, failures,
};
