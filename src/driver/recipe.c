/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/recipe.h"

#include <stdlib.h>
#include <string.h>

#define STEPS(...)        (const VmmStep[]) { __VA_ARGS__, { .kind = VMM_STEP_END } }
#define VMM(script, words, ...) { .kind = VMM_STEP_VMM, .name = script, .args = words, __VA_ARGS__ }
#define VNM(script, words, ...) { .kind = VMM_STEP_VNM, .name = script, .args = words, __VA_ARGS__ }
#define TM(label, ...)    { .kind = VMM_STEP_TM, .name = label, .command = "tm_command", __VA_ARGS__ }
#define TM_ROLLBACK(label) { .kind = VMM_STEP_TM, .name = label, .command = "tm_rollback" }
#define DS(script, ...)   { .kind = VMM_STEP_DS, .name = script, .command = "tm_command", __VA_ARGS__ }
#define UNDO(...)         .undo = STEPS (__VA_ARGS__)
#define BEST_EFFORT       .best_effort = TRUE
#define AT_DESTINATION    .at_destination = TRUE
#define NO_INPUT          .input = VMM_INPUT_NONE

#define FIRST 0
#define LAST  9999

/* Steps that stand in many recipes. */
#define CONTEXT           TM ("tm_context", .when = "tm_command")
#define CANCEL            VMM ("cancel", "deploy_id host")
#define RECONFIGURE       VMM ("reconfigure", "deploy_id context_target iso_path")
#define PRERECONFIGURE    VMM ("prereconfigure", "deploy_id context_target")
#define ATTACH_NIC        VMM ("attach_nic", "deploy_id mac bridge model vn_mad nic_target")
#define DETACH_NIC        VMM ("detach_nic", "deploy_id mac")
#define RESTORE           VMM ("restore", "checkpoint host deploy_id")

/* In the order of the manual. Within an action the newest release comes last;
 * of several rows that fit, the first whose condition holds is taken. */
static const VmmRecipe recipes[] = {

  /* ---- DEPLOY ---- */
  { "DEPLOY", FIRST, 414, .info = "deploy", .steps = STEPS (
      VNM ("pre", ""),
      VMM ("deploy", "dfile host", .input = VMM_INPUT_DEPLOYMENT),
      VNM ("post", "new_deploy_id", UNDO (VMM ("cancel", "new_deploy_id host")))) },
  { "DEPLOY", 415, 509, .info = "deploy", .steps = STEPS (
      CONTEXT,
      VNM ("pre", ""),
      VMM ("deploy", "dfile host", .input = VMM_INPUT_DEPLOYMENT),
      VNM ("post", "new_deploy_id", UNDO (VMM ("cancel", "new_deploy_id host")))) },
  { "DEPLOY", 510, 599, .info = "deploy", .steps = STEPS (
      CONTEXT,
      VNM ("pre", ""),
      VMM ("deploy", "dfile host", .input = VMM_INPUT_DEPLOYMENT, UNDO (VNM ("clean", ""))),
      VNM ("post", "new_deploy_id",
           UNDO (VMM ("cancel", "new_deploy_id host"), VNM ("clean", "")))) },
  { "DEPLOY", 600, LAST, .info = "deploy", .steps = STEPS (
      CONTEXT,
      VNM ("pre", ""),
      VMM ("deploy", "dfile host", .input = VMM_INPUT_DEPLOYMENT, .with_vm_files = TRUE,
           UNDO (VNM ("clean", "host"))),
      VNM ("post", "new_deploy_id host",
           UNDO (VMM ("cancel", "new_deploy_id host"), VNM ("clean", "host")))) },

  /* ---- SHUTDOWN, CANCEL ---- */
  { "SHUTDOWN", FIRST, 599, .info = "shutdown", .steps = STEPS (
      VMM ("shutdown", "deploy_id host"),
      VNM ("clean", "")) },
  { "SHUTDOWN", 600, LAST, .info = "shutdown", .steps = STEPS (
      VMM ("shutdown", "deploy_id host"),
      VNM ("clean", "host")) },
  { "CANCEL", FIRST, 599, .info = "cancel", .steps = STEPS (
      CANCEL,
      VNM ("clean", "")) },
  { "CANCEL", 600, LAST, .info = "cancel", .steps = STEPS (
      CANCEL,
      VNM ("clean", "host")) },

  /* ---- SAVE, RESTORE ---- */
  { "SAVE", FIRST, 599, .info = "save", .steps = STEPS (
      VMM ("save", "deploy_id checkpoint host"),
      VNM ("clean", "")) },
  { "SAVE", 600, LAST, .info = "save", .steps = STEPS (
      VMM ("save", "deploy_id checkpoint host"),
      VNM ("clean", "host")) },
  { "RESTORE", FIRST, 414, .info = "restore", .steps = STEPS (
      VNM ("pre", ""),
      RESTORE,
      VNM ("post", "deploy_id", UNDO (CANCEL))) },
  { "RESTORE", 415, 599, .info = "restore", .steps = STEPS (
      CONTEXT,
      VNM ("pre", ""),
      RESTORE,
      VNM ("post", "deploy_id", UNDO (CANCEL))) },
  { "RESTORE", 600, LAST, .info = "restore", .steps = STEPS (
      CONTEXT,
      VNM ("pre", ""),
      RESTORE,
      VNM ("post", "deploy_id host", UNDO (CANCEL))) },

  /* ---- MIGRATE: once the VM is over there nothing may fail the action any more ---- */
  { "MIGRATE", FIRST, 509, .info = "migrate", .steps = STEPS (
      TM ("tm_premigrate", .prefix = "PRE", .args = "vm_base64"),
      VNM ("pre", "", AT_DESTINATION),
      VMM ("migrate", "deploy_id dest_host host",
           UNDO (TM ("tm_failmigrate", .prefix = "FAIL", .args = "vm_base64"))),
      VNM ("clean", "", BEST_EFFORT),
      VNM ("post", "deploy_id", AT_DESTINATION, BEST_EFFORT),
      TM ("tm_postmigrate", .prefix = "POST", .args = "vm_base64", BEST_EFFORT)) },
  { "MIGRATE", 510, 599, .info = "migrate", .steps = STEPS (
      TM ("tm_premigrate", .prefix = "PRE", .input = VMM_INPUT_VM_BASE64),
      VNM ("pre", "", AT_DESTINATION),
      VMM ("migrate", "deploy_id dest_host host",
           UNDO (TM ("tm_failmigrate", .prefix = "FAIL", .input = VMM_INPUT_VM_BASE64))),
      VNM ("clean", "", BEST_EFFORT),
      VNM ("post", "deploy_id", AT_DESTINATION, BEST_EFFORT),
      TM ("tm_postmigrate", .prefix = "POST", .input = VMM_INPUT_VM_BASE64, BEST_EFFORT)) },
  { "MIGRATE", 600, 699, .info = "migrate", .steps = STEPS (
      TM ("tm_premigrate", .prefix = "PRE", .input = VMM_INPUT_VM_BASE64),
      VNM ("pre", "", AT_DESTINATION),
      VMM ("migrate", "deploy_id dest_host host",
           UNDO (TM ("tm_failmigrate", .prefix = "FAIL", .input = VMM_INPUT_VM_BASE64))),
      VNM ("clean", "host", BEST_EFFORT),
      VNM ("post", "deploy_id host", AT_DESTINATION, BEST_EFFORT),
      TM ("tm_postmigrate", .prefix = "POST", .input = VMM_INPUT_VM_BASE64, BEST_EFFORT)) },
  { "MIGRATE", 700, LAST, .info = "migrate", .steps = STEPS (
      TM ("tm_premigrate", .prefix = "PRE", .input = VMM_INPUT_VM_BASE64,
          UNDO (TM ("tm_failmigrate", .prefix = "FAIL", .input = VMM_INPUT_VM_BASE64))),
      VNM ("pre", "", AT_DESTINATION),
      VMM ("migrate", "deploy_id dest_host host",
           UNDO (TM ("tm_failmigrate", .prefix = "FAIL", .input = VMM_INPUT_VM_BASE64))),
      VNM ("clean", "host", BEST_EFFORT),
      VNM ("post", "deploy_id host", AT_DESTINATION, BEST_EFFORT),
      TM ("tm_postmigrate", .prefix = "POST", .input = VMM_INPUT_VM_BASE64, BEST_EFFORT)) },

  /* ---- POLL, REBOOT, RESET ---- */
  { "POLL", FIRST, 509, .info = "poll", .steps = STEPS (VMM ("poll", "deploy_id host", NO_INPUT)) },
  { "POLL", 510, LAST, .info = "poll", .steps = STEPS (VMM ("poll", "deploy_id host")) },
  { "REBOOT", FIRST, 509, .info = "reboot", .steps = STEPS (
      VMM ("reboot", "deploy_id host", NO_INPUT)) },
  { "REBOOT", 510, LAST, .info = "reboot", .steps = STEPS (VMM ("reboot", "deploy_id host")) },
  { "RESET", FIRST, 509, .info = "reset", .steps = STEPS (
      VMM ("reset", "deploy_id host", NO_INPUT)) },
  { "RESET", 510, LAST, .info = "reset", .steps = STEPS (VMM ("reset", "deploy_id host")) },

  /* ---- disks ---- */
  { "ATTACHDISK", FIRST, LAST, .info = "attach_disk", .steps = STEPS (
      TM ("tm_attach"),
      VMM ("attach_disk", "deploy_id disk_path disk_target disk_index action_base64",
           UNDO (TM_ROLLBACK ("tm_detach")))) },
  { "DETACHDISK", FIRST, LAST, .info = "detach_disk", .steps = STEPS (
      VMM ("detach_disk", "deploy_id disk_path disk_target disk_index"),
      TM ("tm_detach")) },
  { "RESIZEDISK", 504, LAST, .info = "resize_disk", .steps = STEPS (
      TM ("tm_resize"),
      VMM ("resize_disk", "deploy_id resize_id resize_size action_base64 host")) },

  /* ---- network interfaces ---- */
  { "ATTACHNIC", FIRST, 414, .info = "attach_nic", .steps = STEPS (
      VNM ("pre", ""),
      VMM ("attach_nic", "deploy_id mac bridge model net_drv"),
      VNM ("post", "deploy_id", UNDO (DETACH_NIC))) },
  { "ATTACHNIC", 415, 509, .info = "attach_nic", .steps = STEPS (
      VNM ("pre", ""),
      ATTACH_NIC,
      VNM ("post", "deploy_id", UNDO (DETACH_NIC)),
      PRERECONFIGURE,
      CONTEXT,
      RECONFIGURE) },
  { "ATTACHNIC", 510, 599, .info = "attach_nic", .steps = STEPS (
      VNM ("pre", ""),
      VMM ("attach_nic", "deploy_id mac bridge model vn_mad nic_target", .when = "is_device"),
      VNM ("post", "deploy_id", UNDO (VMM ("detach_nic", "deploy_id mac", .when = "is_device"))),
      PRERECONFIGURE,
      CONTEXT,
      RECONFIGURE) },
  { "ATTACHNIC", 600, LAST, .info = "attach_nic", .steps = STEPS (
      VNM ("pre", ""),
      VMM ("attach_nic", "deploy_id mac bridge model vn_mad nic_target", .when = "is_device"),
      VNM ("post", "deploy_id host",
           UNDO (VMM ("detach_nic", "deploy_id mac", .when = "is_device"))),
      VMM ("prereconfigure", "deploy_id context_target",
           UNDO (VMM ("detach_nic", "deploy_id mac", .when = "is_device"))),
      CONTEXT,
      RECONFIGURE) },
  { "DETACHNIC", FIRST, 509, .info = "detach_nic", .steps = STEPS (
      DETACH_NIC,
      VNM ("clean", "")) },
  { "DETACHNIC", 510, 599, .info = "detach_nic", .steps = STEPS (
      VMM ("detach_nic", "deploy_id mac", .when = "is_device"),
      VNM ("clean", ""),
      PRERECONFIGURE,
      CONTEXT,
      RECONFIGURE) },
  { "DETACHNIC", 600, LAST, .info = "detach_nic", .steps = STEPS (
      VMM ("detach_nic", "deploy_id mac", .when = "is_device"),
      VNM ("clean", "host"),
      PRERECONFIGURE,
      CONTEXT,
      RECONFIGURE) },
  { "UPDATENIC", 606, LAST, .info = "update_nic", .info_first = "vnet_id", .steps = STEPS (
      VNM ("update_nic", "deploy_id vnet_id")) },
  { "UPDATESG", 500, LAST, .info = "update_sg", .info_first = "sg_id", .steps = STEPS (
      VNM ("update_sg", "deploy_id")) },

  /* ---- snapshots of the whole VM ---- */
  { "SNAPSHOTCREATE", FIRST, 509, .info = "snapshot_create", .steps = STEPS (
      VMM ("snapshot_create", "deploy_id snapshot_id", NO_INPUT)) },
  { "SNAPSHOTCREATE", 510, LAST, .info = "snapshot_create", .steps = STEPS (
      VMM ("snapshot_create", "deploy_id snapshot_id")) },
  { "SNAPSHOTREVERT", FIRST, 509, .info = "snapshot_revert", .steps = STEPS (
      VMM ("snapshot_revert", "deploy_id snapshot_name", NO_INPUT)) },
  { "SNAPSHOTREVERT", 510, 599, .info = "snapshot_revert", .steps = STEPS (
      VMM ("snapshot_revert", "deploy_id snapshot_name")) },
  { "SNAPSHOTREVERT", 600, LAST, .info = NULL, .steps = STEPS (
      VMM ("snapshot_revert", "deploy_id snapshot_name"),
      VNM ("post", "deploy_id host")) },
  { "SNAPSHOTDELETE", FIRST, 509, .info = "snapshot_delete", .steps = STEPS (
      VMM ("snapshot_delete", "deploy_id snapshot_name", NO_INPUT)) },
  { "SNAPSHOTDELETE", 510, LAST, .info = "snapshot_delete", .steps = STEPS (
      VMM ("snapshot_delete", "deploy_id snapshot_name")) },

  /* ---- snapshots of one disk ---- */
#define SUSPEND_SNAPSHOT STEPS ( \
      VMM ("save", "deploy_id checkpoint host"), \
      VNM ("clean", ""), \
      TM ("tm_snap_create", BEST_EFFORT), \
      VNM ("pre", ""), \
      RESTORE, \
      VNM ("post", "deploy_id", UNDO (CANCEL)))
#define DETACH_SNAPSHOT STEPS ( \
      VMM ("detach_disk", "deploy_id disk_path snap_target snap_index"), \
      TM ("tm_snap_create", BEST_EFFORT), \
      VMM ("attach_disk", "deploy_id disk_path snap_target snap_index action_base64"))
#define LIVE_SNAPSHOT STEPS (TM ("tm_snap_create_live", .suffix = "_LIVE"))
  { "DISKSNAPSHOTCREATE", FIRST, 414, VMM_IF_LIVE_OPTION, .steps = LIVE_SNAPSHOT },
  { "DISKSNAPSHOTCREATE", FIRST, 414, VMM_IF_SUSPEND_SNAPSHOT, .steps = SUSPEND_SNAPSHOT },
  { "DISKSNAPSHOTCREATE", FIRST, 414, VMM_IF_DETACH_SNAPSHOT, .steps = DETACH_SNAPSHOT },
  { "DISKSNAPSHOTCREATE", 415, LAST, VMM_IF_LIVE_SNAPSHOT, .steps = LIVE_SNAPSHOT },
  { "DISKSNAPSHOTCREATE", 415, LAST, 
    .refusal = "Cannot perform a live DISKSNAPSHOTCREATE operation" },
  { "DISKSNAPSHOTREVERT", FIRST, 414, VMM_IF_LIVE_OPTION, .steps = LIVE_SNAPSHOT },
  { "DISKSNAPSHOTREVERT", FIRST, 414, VMM_IF_SUSPEND_SNAPSHOT, .steps = SUSPEND_SNAPSHOT },
  { "DISKSNAPSHOTREVERT", FIRST, 414, VMM_IF_DETACH_SNAPSHOT, .steps = DETACH_SNAPSHOT },

  /* ---- CLEANUP: goes on whatever fails ---- */
#define CANCEL_THERE  VMM ("cancel", "deploy_id dest_host", .when = "dest_host", AT_DESTINATION, \
                           BEST_EFFORT)
#define DELETE_FILES  TM ("tm_delete", .when = "tm_command", .each_line = TRUE, BEST_EFFORT)
  { "CLEANUP", FIRST, 509, .steps = STEPS (
      VMM ("cancel", "deploy_id host", .when = "deploy_id", BEST_EFFORT),
      VNM ("clean", "", .when = "deploy_id", BEST_EFFORT),
      CANCEL_THERE,
      VNM ("clean", "", .when = "dest_host", AT_DESTINATION, BEST_EFFORT),
      DELETE_FILES) },
  { "CLEANUP", 510, 599, .steps = STEPS (
      VMM ("cancel", "deploy_id host", .when = "deploy_id", BEST_EFFORT),
      VNM ("clean", "", BEST_EFFORT),
      CANCEL_THERE,
      VNM ("clean", "", .when = "dest_host", AT_DESTINATION, BEST_EFFORT),
      DELETE_FILES) },
  { "CLEANUP", 600, LAST, .steps = STEPS (
      VMM ("cancel", "deploy_id host", .when = "deploy_id", BEST_EFFORT),
      VNM ("clean", "host", BEST_EFFORT),
      CANCEL_THERE,
      VNM ("clean", "host", .when = "dest_host", AT_DESTINATION, BEST_EFFORT),
      DELETE_FILES) },

  /* ---- the rest of today's ---- */
  { "UPDATECONF", 510, LAST, .info = NULL, .steps = STEPS (
      PRERECONFIGURE,
      CONTEXT,
      RECONFIGURE) },
  { "RESIZE", 600, LAST, .info = "resize", .steps = STEPS (VMM ("resize", "deploy_id")) },

#define BACKUP_STEPS(pre, post, live, ds_input) STEPS ( \
      TM (pre, .prefix = "PRE", .suffix = live, .input = VMM_INPUT_VM, \
          UNDO (TM (post, .prefix = "POST", .suffix = live, .input = VMM_INPUT_VM))), \
      DS ("backup", .input = ds_input, \
          UNDO (TM (post, .prefix = "POST", .suffix = live, .input = VMM_INPUT_VM))), \
      TM (post, .prefix = "POST", .suffix = live, .input = VMM_INPUT_VM))
  { "BACKUP", 606, 699, VMM_IF_VM_RUNS, .info = "backup", .steps =
      BACKUP_STEPS ("prebackup_live", "postbackup_live", "_LIVE", VMM_INPUT_DATASTORE) },
  { "BACKUP", 606, 699, .info = "backup", .steps =
      BACKUP_STEPS ("prebackup", "postbackup", "", VMM_INPUT_DATASTORE) },
  { "BACKUP", 700, LAST, VMM_IF_VM_RUNS, .info = "backup", .steps =
      BACKUP_STEPS ("prebackup_live", "postbackup_live", "_LIVE", VMM_INPUT_DS_ACTION) },
  { "BACKUP", 700, LAST, .info = "backup", .steps =
      BACKUP_STEPS ("prebackup", "postbackup", "", VMM_INPUT_DS_ACTION) },
  { "BACKUPCANCEL", 608, 699, .info = "backup_cancel", .steps = STEPS (
      DS ("backup_cancel")) },
  { "BACKUPCANCEL", 700, LAST, .info = "backup_cancel", .steps = STEPS (
      DS ("backup_cancel", .input = VMM_INPUT_VM)) },
  { "EXEC", 702, LAST, .info = "exec", .steps = STEPS (
      VMM ("exec", "vm_id host exec_command exec_stdin", .bare = TRUE)) },
  { "EXEC_CANCEL", 702, LAST, .info = "exec_cancel", .steps = STEPS (
      VMM ("exec_cancel", "vm_id host", .bare = TRUE)) },
};

static const char *const nic_only[] = { "NIC", NULL };
static const char *const all_nics[] = { "NIC", "NIC_ALIAS", "PCI", NULL };

static const char *const vm_classic[] = {
  "ID", "DEPLOY_ID", "TEMPLATE/SECURITY_GROUP_RULE", "HISTORY_RECORDS/HISTORY/HOSTNAME",
  "HISTORY_RECORDS/HISTORY/VM_MAD", NULL
};
static const char *const vm_modern[] = {
  "ID", "DEPLOY_ID", "TEMPLATE/CONTEXT", "USER_TEMPLATE", "TEMPLATE/SECURITY_GROUP_RULE",
  "HISTORY_RECORDS/HISTORY/HOSTNAME", "HISTORY_RECORDS/HISTORY/HID",
  "HISTORY_RECORDS/HISTORY/DS_ID", "HISTORY_RECORDS/HISTORY/VM_MAD", NULL
};

/* Oldest first. A release has what the last entry that is not newer says. */
static const VmmRelease releases[] = {
  { .from = FIRST, .to = 414, .name = "4.14", .message_net_drv = TRUE,
    .local_base64_columns = 60, .local_without_newlines = TRUE,
    .vnm_elements = vm_classic, .nic_kinds = nic_only },
  { .from = 500, .to = 504, .name = "5.0 to 5.4", .scripts_read = TRUE, .local_deploy_reads = TRUE,
    .local_base64_columns = 60, .local_without_newlines = TRUE,
    .vnm_elements = vm_classic, .nic_kinds = nic_only },
  { .from = 510, .to = 512, .name = "5.10 to 5.12", .scripts_read = TRUE, .local_deploy_reads = TRUE,
    .vnm_reads = TRUE, .vnm_elements = vm_modern, .nic_kinds = all_nics,
    .delegates = TRUE, .dotted_live = TRUE },
  { .from = 600, .to = 610, .name = "6.0 to 6.10", .scripts_read = TRUE, .local_deploy_reads = TRUE,
    .vnm_reads = TRUE, .vnm_elements = vm_modern, .nic_kinds = all_nics,
    .delegates = TRUE, .dotted_live = TRUE },
  { .from = 700, .to = 704, .name = "7.0 to 7.4", .scripts_read = TRUE, .local_deploy_reads = TRUE,
    .vnm_reads = TRUE, .vnm_elements = vm_modern, .nic_kinds = all_nics,
    .delegates = TRUE, .verb_sys = TRUE, .dotted_live = TRUE, .thin_lvm = TRUE },
};

#define HISTORY "VM/HISTORY_RECORDS/HISTORY/"

static const VmmEvidence evidence[] = {
  { .element = "NET_DRV", .release = 414 },
  { .element = HISTORY "PLAN_ID", .release = 704 },
  { .element = "VIRTUAL_NETWORK_ID", .release = 610 },
  { .double_blank = TRUE, .release = 600 },
  { .element = HISTORY "REASON", .release = 504 },
  { .element = HISTORY "VM_MAD", .release = 512 },
  { .release = 504 },
};

const VmmEvidence *
vmm_release_evidence (void)
{
  return evidence;
}

guint
vmm_release_next (guint release)
{
  for (gsize i = 0; i < G_N_ELEMENTS (releases); i++)
    if (releases[i].to > release)
      return releases[i].to;
  return 0;
}

const VmmRelease *
vmm_release_find (guint number)
{
  gsize i = G_N_ELEMENTS (releases) - 1;

  while (releases[i].from > number)
    i--;
  return &releases[i];
}

guint
vmm_release_parse (const char *text)
{
  char *end;
  gulong major = strtoul (text, &end, 10);
  gulong minor = 0;

  if (end == text || major == 0 || major > 90)
    return 0;
  if (*end == '.')
    minor = strtoul (end + 1, NULL, 10);
  return (guint) (major * 100 + MIN (minor, 99));
}

const VmmRecipe *
vmm_recipe_find (const char *verb, guint release, guint n)
{
  for (gsize i = 0; i < G_N_ELEMENTS (recipes); i++)
    if (recipes[i].from <= release && release <= recipes[i].to
        && strcmp (recipes[i].verb, verb) == 0 && n-- == 0)
      return &recipes[i];
  return NULL;
}

gboolean
vmm_recipe_knows (const char *verb)
{
  for (gsize i = 0; i < G_N_ELEMENTS (recipes); i++)
    if (strcmp (recipes[i].verb, verb) == 0)
      return TRUE;
  return FALSE;
}

const VmmRecipe *
vmm_recipe_table (gsize *n)
{
  *n = G_N_ELEMENTS (recipes);
  return recipes;
}

const char *
vmm_step_kind_name (VmmStepKind kind)
{
  switch (kind)
    {
    case VMM_STEP_VMM:
      return "virtualization driver";
    case VMM_STEP_VNM:
      return "network driver";
    case VMM_STEP_TM:
      return "transfer manager driver";
    case VMM_STEP_DS:
      return "datastore driver";
    case VMM_STEP_END:
      break;
    }
  g_return_val_if_reached ("");
}
