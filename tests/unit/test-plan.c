/* SPDX-License-Identifier: Apache-2.0
 *
 * What differs between running a step here and on a host, and the odd recipes.
 * What each action runs is in tests/integration/release-*.c.
 */
#include "driver/plan.h"

#include <string.h>

#include "common/error.h"
#include "driver/values.h"
#include "request-sample.h"

#define BASE "<HOST>h</HOST><DEPLOY_ID>one-5</DEPLOY_ID>"
#define NIC(mad) "<NIC><VN_MAD>" mad "</VN_MAD></NIC>"
#define VM(body) "<VM><ID>5</ID><TEMPLATE>" body "</TEMPLATE></VM>"

static void
append_call (GString *text, const VmmCall *call)
{
  const VmmCommand *command = call->command;
  gsize len = g_bytes_get_size (command->input);

  g_string_append_printf (text, "%s:", command->host == NULL ? "" : command->host);
  for (char **arg = command->argv; *arg != NULL; arg++)
    g_string_append_printf (text, "%s%s", arg == command->argv ? "" : " ",
                            strcmp (*arg, VMM_NEW_DEPLOY_ID) == 0 ? "NEW"
                            : strlen (*arg) > 60 ? "LONG" : *arg);
  if (len > 0)
    g_string_append (text, " <");
  if (command->forward_agent)
    g_string_append (text, " AGENT");
  g_string_append_c (text, '\n');
}

static void
append_steps (GString *text, GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    {
      const VmmPlanStep *step = g_ptr_array_index (steps, i);

      for (guint j = 0; j < step->calls->len; j++)
        append_call (text, g_ptr_array_index (step->calls, j));
      if (step->undo->len > 0)
        {
          g_string_append (text, "undo ");
          append_steps (text, step->undo);
        }
    }
}

static VmmPlan *
plan (RequestSample *sample)
{
  g_autoptr (GError) error = NULL;
  VmmPlan *self = vmm_plan_new (&sample->request, &error);

  g_assert_no_error (error);
  return self;
}

static void
assert_plan (const char *verb, const char *body, guint release, const char *arguments,
             const char *want)
{
  g_autoptr (RequestSample) sample = request_sample_new (verb, body, release, arguments);
  g_autoptr (VmmPlan) self = plan (sample);
  g_autoptr (GString) text = g_string_new (NULL);

  append_steps (text, self->steps);
  g_assert_cmpstr (text->str, ==, want);
}

/* ---- here and there ---- */

static void
test_places (void)
{
  assert_plan ("POLL", BASE, 502, "kvm", "h:/host/vmm/kvm/poll one-5 h 5 h\n");
  assert_plan ("POLL", BASE, 502, "-l poll kvm", ":/remotes/vmm/kvm/poll one-5 h 5 h\n");
  assert_plan ("POLL", BASE, 502, "-l poll=other kvm", ":/remotes/vmm/kvm/other one-5 h 5 h\n");
  assert_plan ("POLL", BASE, 502, "--all-local xen4", ":/remotes/vmm/xen4/poll one-5 h 5 h\n");
  /* A script that is given for here is not one for there. */
  assert_plan ("POLL", BASE, 502, "-l save=other kvm", "h:/host/vmm/kvm/poll one-5 h 5 h\n");
}

static void
test_extra_arguments (void)
{
  assert_plan ("POLL", BASE, 502, "--host-first kvm", "h:/host/vmm/kvm/poll h one-5 h 5 h\n");
  assert_plan ("POLL", BASE, 502, "--poll-host kvm", "h:/host/vmm/kvm/poll one-5 h 5 h h\n");
  assert_plan ("RESET", BASE, 502, "--poll-host kvm", "h:/host/vmm/kvm/reset one-5 h 5 h\n");
}

static void
test_network_steps (void)
{
  static const char body[] = BASE VM (NIC ("elastic") NIC ("dummy"));

  assert_plan ("SHUTDOWN", body, 502, "-l clean kvm",
               "h:/host/vmm/kvm/shutdown one-5 h 5 h <\n"
               ":/remotes/vnm/elastic/clean LONG\n"
               ":/remotes/vnm/dummy/clean LONG\n");
  /* VNMAD_LOCAL_ACTIONS holds elastic-post. */
  assert_plan ("RESTORE", BASE "<CHECKPOINT_FILE>/c</CHECKPOINT_FILE>"
               VM (NIC ("elastic") NIC ("dummy")), 704, "kvm",
               "h:/host/vnm/elastic/pre <\n"
               "h:/host/vnm/dummy/pre <\n"
               "h:/host/vmm/kvm/restore /c h one-5 5 h <\n"
               ":/remotes/vnm/elastic/post one-5 h <\n"
               "h:/host/vnm/dummy/post one-5 h <\n"
               "undo h:/host/vmm/kvm/cancel one-5 h 5 h <\n");
  /* Without interfaces there is nothing to do. */
  assert_plan ("SHUTDOWN", BASE "<VM><ID>5</ID></VM>", 502, "kvm",
               "h:/host/vmm/kvm/shutdown one-5 h 5 h <\n");
}

/* ---- input ---- */

static const char *
first_input (VmmPlan *self, gsize *len)
{
  VmmPlanStep *step = g_ptr_array_index (self->steps, 0);
  VmmCall *call = g_ptr_array_index (step->calls, 0);

  return g_bytes_get_data (call->command->input, len);
}

static void
test_input_there (void)
{
  g_autoptr (RequestSample) sample = request_sample_new ("SAVE", BASE
    "<CHECKPOINT_FILE>/c</CHECKPOINT_FILE><VM><NAME>EOT\n$(id) 'é'</NAME></VM>", 502, "kvm");
  g_autoptr (VmmPlan) self = plan (sample);
  const char *xml = g_bytes_get_data (vmm_payload_xml (sample->payload), NULL);
  g_autofree char *want = g_strconcat (xml, "\n", NULL);
  gsize len;
  const char *input = first_input (self, &len);

  g_assert_cmpmem (input, len, want, strlen (want));
}

static void
test_input_here (void)
{
  static const char body[] = BASE "<CHECKPOINT_FILE>/c</CHECKPOINT_FILE><VM><NAME>a\nb</NAME></VM>";
  static const guint releases[] = { 502, 512 };

  for (gsize i = 0; i < G_N_ELEMENTS (releases); i++)
    {
      g_autoptr (RequestSample) sample =
        request_sample_new ("SAVE", body, releases[i], "--all-local kvm");
      g_autoptr (VmmPlan) self = plan (sample);
      gsize len;
      const char *input = first_input (self, &len);
      g_autofree char *text = g_strndup (input, len);
      g_autofree guchar *xml = g_base64_decode (text, &len);
      g_autofree char *decoded = g_strndup ((char *) xml, len);

      g_assert_nonnull (strstr (decoded, releases[i] == 502 ? "<NAME>ab</NAME>"
                                                            : "<NAME>a\nb</NAME>"));
      g_assert_cmpint (strcspn (text, "\n"), ==, releases[i] == 502 ? 60 : strlen (text));
    }
}

/* ---- transfer managers ---- */

static void
test_commands (void)
{
  assert_plan ("CLEANUP", "<HOST>h</HOST><DEPLOY_ID/><TM_COMMAND>\n DELETE  qcow2   h:/a//b  5 1 \n"
               "\nDELETE ssh x\n</TM_COMMAND>" VM (""), 502, "kvm",
               ":/remotes/tm/qcow2/delete h:/a//b 5 1\n"
               ":/remotes/tm/ssh/delete x\n");
  /* Blanks in a word can't be written, other characters are nobody's business. */
  assert_plan ("DETACHDISK", BASE "<TM_COMMAND>DELETE qcow2 $(id);'x' *</TM_COMMAND>"
               "<DISK_TARGET_PATH>/d</DISK_TARGET_PATH>"
               VM ("<DISK><ATTACH>YES</ATTACH><TARGET>vdc</TARGET></DISK>"), 502, "--all-local kvm",
               ":/remotes/vmm/kvm/detach_disk one-5 /d vdc 2 5 h <\n"
               ":/remotes/tm/qcow2/delete $(id);'x' *\n");
}

static void
test_verb_and_system (void)
{
  static const char body[] = BASE "<TM_COMMAND>DELETE.ssh qcow2 x</TM_COMMAND><DISK_TARGET_PATH>/d"
                             "</DISK_TARGET_PATH>"
                             VM ("<DISK><ATTACH>YES</ATTACH><TARGET>vda</TARGET></DISK>");

  /* There is no such file: from 7 on the plain verb, before it is an error when it runs. */
  assert_plan ("DETACHDISK", body, 512, "--all-local kvm",
               ":/remotes/vmm/kvm/detach_disk one-5 /d vda 0 5 h <\n"
               ":/remotes/tm/qcow2/delete.ssh x\n");
  assert_plan ("DETACHDISK", body, 704, "--all-local kvm",
               ":/remotes/vmm/kvm/detach_disk one-5 /d vda 0 5 h <\n"
               ":/remotes/tm/qcow2/delete x\n");
}

#define SNAPSHOT(command, mad, more) \
  BASE "<TM_COMMAND>" command "</TM_COMMAND>" \
  "<VM><ID>5</ID><TEMPLATE><DISK><DISK_SNAPSHOT_ACTIVE>YES</DISK_SNAPSHOT_ACTIVE><TM_MAD>" mad \
  "</TM_MAD></DISK></TEMPLATE><HISTORY_RECORDS><HISTORY><VM_MAD>kvm</VM_MAD></HISTORY>" \
  "</HISTORY_RECORDS></VM>" more

static void
test_live_snapshots (void)
{
  assert_plan ("DISKSNAPSHOTCREATE", SNAPSHOT ("SNAP_CREATE qcow2 x", "qcow2", ""), 502, "kvm",
               ":/remotes/tm/qcow2/snap_create_live x\n");
  assert_plan ("DISKSNAPSHOTCREATE", SNAPSHOT ("SNAP_CREATE.ssh qcow2 x", "qcow2", ""), 704, "kvm",
               ":/remotes/tm/qcow2/snap_create_live x\n");
  assert_plan ("DISKSNAPSHOTCREATE",
               SNAPSHOT ("SNAP_CREATE fs_lvm_ssh x", "fs_lvm_ssh",
                         "<DATASTORE><TEMPLATE><LVM_THIN_ENABLE>yes</LVM_THIN_ENABLE></TEMPLATE>"
                         "</DATASTORE>"), 704, "kvm",
               ":/remotes/tm/fs_lvm_ssh/snap_create_live x\n");
}

static void
test_refused_snapshots (void)
{
  static const struct
  {
    const char *body;
    guint       release;
  } cases[] = {
    { SNAPSHOT ("SNAP_CREATE lvm x", "lvm", ""), 502 },
    { SNAPSHOT ("SNAP_CREATE fs_lvm_ssh x", "fs_lvm_ssh", ""), 704 },
    { SNAPSHOT ("SNAP_CREATE fs_lvm_ssh x", "fs_lvm_ssh",
                "<DATASTORE><TEMPLATE><LVM_THIN_ENABLE>yes</LVM_THIN_ENABLE></TEMPLATE>"
                "</DATASTORE>"), 610 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RequestSample) sample =
        request_sample_new ("DISKSNAPSHOTCREATE", cases[i].body, cases[i].release, "kvm");
      g_autoptr (GError) error = NULL;

      g_assert_null (vmm_plan_new (&sample->request, &error));
      g_assert_cmpstr (error->message, ==, "Cannot perform a live DISKSNAPSHOTCREATE operation");
    }
}

/* ---- interfaces ---- */

#define ATTACHED(kind) "<" kind "><ATTACH>YES</ATTACH><MAC>m</MAC><BRIDGE>b</BRIDGE>" \
                       "<VN_MAD>dummy</VN_MAD><TARGET>t</TARGET></" kind ">"

static void
test_attached_kinds (void)
{
  assert_plan ("DETACHNIC", BASE VM (ATTACHED ("NIC")), 704, "kvm",
               "h:/host/vmm/kvm/detach_nic one-5 m 5 h <\n"
               "h:/host/vnm/dummy/clean h <\n"
               "h:/host/vmm/kvm/prereconfigure one-5  5 h <\n"
               "h:/host/vmm/kvm/reconfigure one-5   5 h <\n");
  assert_plan ("DETACHNIC", BASE VM (ATTACHED ("PCI")), 704, "kvm",
               "h:/host/vmm/kvm/detach_nic one-5 m 5 h <\n"
               "h:/host/vnm/dummy/clean h <\n"
               "h:/host/vmm/kvm/prereconfigure one-5  5 h <\n"
               "h:/host/vmm/kvm/reconfigure one-5   5 h <\n");
  /* An alias has no device: the step is left out, and what would undo it. */
  assert_plan ("ATTACHNIC", BASE VM (ATTACHED ("NIC_ALIAS")), 704, "kvm",
               "h:/host/vnm/dummy/pre <\n"
               "h:/host/vnm/dummy/post one-5 h <\n"
               "h:/host/vmm/kvm/prereconfigure one-5  5 h <\n"
               "h:/host/vmm/kvm/reconfigure one-5   5 h <\n");
}

/* ---- the rest ---- */

static void
test_cleanup_at_both_hosts (void)
{
  assert_plan ("CLEANUP", BASE "<MIGR_HOST>there</MIGR_HOST>" VM (NIC ("dummy")), 704, "kvm",
               "h:/host/vmm/kvm/cancel one-5 h 5 h <\n"
               "h:/host/vnm/dummy/clean h <\n"
               "there:/host/vmm/kvm/cancel one-5 there 5 there <\n"
               "there:/host/vnm/dummy/clean h <\n");
  /* From 5.12 on the network is cleaned without a deploy id, too. */
  assert_plan ("CLEANUP", "<HOST>h</HOST><DEPLOY_ID/>" VM (NIC ("dummy")), 502, "kvm", "");
  assert_plan ("CLEANUP", "<HOST>h</HOST><DEPLOY_ID/>" VM (NIC ("dummy")), 512, "kvm",
               "h:/host/vnm/dummy/clean <\n");
}

static void
test_backup_of_a_vm_that_rests (void)
{
  assert_plan ("BACKUP", BASE "<TM_COMMAND>BACKUP qcow2 a b</TM_COMMAND><VM><ID>5</ID>"
               "<LCM_STATE>70</LCM_STATE></VM><DATASTORE><DS_MAD>rsync</DS_MAD></DATASTORE>",
               704, "kvm",
               ":/remotes/tm/qcow2/prebackup a b <\n"
               "undo :/remotes/tm/qcow2/postbackup a b <\n"
               ":/remotes/datastore/rsync/backup a b <\n"
               "undo :/remotes/tm/qcow2/postbackup a b <\n"
               ":/remotes/tm/qcow2/postbackup a b <\n");
}

static void
test_agent (void)
{
  static const char body[] = BASE "<MIGR_HOST>there</MIGR_HOST>"
                             "<TM_COMMAND>MIGRATE ssh x</TM_COMMAND><VM><ID>5</ID></VM>";
  static const char with[] = ":/remotes/tm/ssh/premigrate x <\n"
                             "h:/host/vmm/kvm/migrate one-5 there h 5 h < AGENT\n"
                             "undo :/remotes/tm/ssh/failmigrate x <\n"
                             ":/remotes/tm/ssh/postmigrate x <\n";
  static const char without[] = ":/remotes/tm/ssh/premigrate x <\n"
                                "h:/host/vmm/kvm/migrate one-5 there h 5 h <\n"
                                "undo :/remotes/tm/ssh/failmigrate x <\n"
                                ":/remotes/tm/ssh/postmigrate x <\n";

  g_setenv ("SSH_AUTH_SOCK", "/nonexistent", TRUE);
  assert_plan ("MIGRATE", body, 512, "kvm", with);
  assert_plan ("MIGRATE", body, 512, "-d deploy kvm", without);
  g_unsetenv ("SSH_AUTH_SOCK");
  assert_plan ("MIGRATE", body, 512, "kvm", without);
}

static void
test_deploy_id_is_filled_in (void)
{
  g_autofree char *dir = g_dir_make_tmp ("one-vmm-plan-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (dir, "deployment.0", NULL);
  g_autofree char *body = g_strdup_printf ("<HOST>h</HOST><LOCAL_DEPLOYMENT_FILE>%s"
    "</LOCAL_DEPLOYMENT_FILE><REMOTE_DEPLOYMENT_FILE>/r</REMOTE_DEPLOYMENT_FILE>"
    VM (NIC ("dummy")), file);
  g_autoptr (RequestSample) sample = NULL;
  g_autoptr (VmmPlan) self = NULL;
  g_autoptr (GString) before = g_string_new (NULL);
  g_autoptr (GString) after = g_string_new (NULL);

  g_assert_true (g_file_set_contents (file, "<domain/>\n", -1, NULL));
  sample = request_sample_new ("DEPLOY", body, 502, "kvm");
  self = plan (sample);
  append_steps (before, self->steps);
  g_assert_nonnull (strstr (before->str, "/host/vnm/dummy/post LONG NEW\n"));
  vmm_plan_set_deploy_id (self, "new $id");
  append_steps (after, self->steps);
  g_assert_cmpstr (after->str, ==,
                   "h:/host/vnm/dummy/pre LONG\n"
                   "h:/host/vmm/kvm/deploy /r h 5 h <\n"
                   "h:/host/vnm/dummy/post LONG new $id\n"
                   "undo h:/host/vmm/kvm/cancel new $id h 5 h <\n");
  remove (file);
  remove (dir);
}

static void
test_unknown_in_this_release (void)
{
  g_autoptr (RequestSample) sample = request_sample_new ("EXEC", BASE, 502, "kvm");
  g_autoptr (GError) error = NULL;

  g_assert_null (vmm_plan_new (&sample->request, &error));
  g_assert_nonnull (strstr (error->message, "EXEC"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/places", test_places);
  g_test_add_func ("/plan/extra-arguments", test_extra_arguments);
  g_test_add_func ("/plan/network-steps", test_network_steps);
  g_test_add_func ("/plan/input-there", test_input_there);
  g_test_add_func ("/plan/input-here", test_input_here);
  g_test_add_func ("/plan/commands", test_commands);
  g_test_add_func ("/plan/verb-and-system", test_verb_and_system);
  g_test_add_func ("/plan/live-snapshots", test_live_snapshots);
  g_test_add_func ("/plan/refused-snapshots", test_refused_snapshots);
  g_test_add_func ("/plan/attached-kinds", test_attached_kinds);
  g_test_add_func ("/plan/cleanup-at-both-hosts", test_cleanup_at_both_hosts);
  g_test_add_func ("/plan/backup-of-a-vm-that-rests", test_backup_of_a_vm_that_rests);
  g_test_add_func ("/plan/agent", test_agent);
  g_test_add_func ("/plan/deploy-id-is-filled-in", test_deploy_id_is_filled_in);
  g_test_add_func ("/plan/unknown-in-this-release", test_unknown_in_this_release);
  return g_test_run ();
}
