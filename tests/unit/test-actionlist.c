/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/actionlist.h"

static VmmActionList *
parse (const char *text, guint want_warnings)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  VmmActionList *list = vmm_action_list_parse (text, warnings);

  g_assert_cmpint (warnings->len, ==, want_warnings);
  return list;
}

static void
test_names (void)
{
  g_autoptr (VmmActionList) list = parse (" Deploy ,snapshot_create,ATTACHDISK,, migrate", 0);

  g_assert_true (vmm_action_list_has (list, "deploy"));
  g_assert_true (vmm_action_list_has (list, "SNAPSHOTCREATE"));
  g_assert_true (vmm_action_list_has (list, "snapshotcreate"));
  g_assert_true (vmm_action_list_has (list, "attach_disk"));
  g_assert_true (vmm_action_list_has (list, "MIGRATE"));
  g_assert_false (vmm_action_list_has (list, "poll"));
  g_assert_false (vmm_action_list_has (list, ""));
  g_assert_null (vmm_action_list_script (list, "deploy"));
}

static void
test_scripts (void)
{
  g_autoptr (VmmActionList) list =
    parse ("deploy=deploy-tweaks,attach_disk = attach_disk.storpool , save=,poll=a,poll=b", 0);

  g_assert_cmpstr (vmm_action_list_script (list, "deploy"), ==, "deploy-tweaks");
  g_assert_cmpstr (vmm_action_list_script (list, "attachdisk"), ==, "attach_disk.storpool");
  g_assert_true (vmm_action_list_has (list, "save"));
  g_assert_null (vmm_action_list_script (list, "save"));
  g_assert_cmpstr (vmm_action_list_script (list, "poll"), ==, "b");
}

static void
test_oddities (void)
{
  g_autoptr (VmmActionList) nothing = parse ("", 0);
  g_autoptr (VmmActionList) commas = parse (" , ,,", 0);
  g_autoptr (VmmActionList) unknown = parse ("frobnicate,poll", 1);
  g_autoptr (VmmActionList) path = parse ("poll=../x/poll,save=/bin/sh,reset=..", 3);
  g_autoptr (VmmActionList) nameless = parse ("=script", 1);

  g_assert_false (vmm_action_list_has (nothing, "poll"));
  g_assert_false (vmm_action_list_has (commas, "poll"));
  g_assert_true (vmm_action_list_has (unknown, "poll"));
  /* A script outside of the driver's directory is never run. */
  g_assert_true (vmm_action_list_has (path, "poll"));
  g_assert_null (vmm_action_list_script (path, "poll"));
  g_assert_null (vmm_action_list_script (path, "save"));
  g_assert_null (vmm_action_list_script (path, "reset"));
  g_assert_false (vmm_action_list_has (nameless, ""));
  g_assert_false (vmm_action_list_has (NULL, "poll"));
  g_assert_null (vmm_action_list_script (NULL, "poll"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/actionlist/names", test_names);
  g_test_add_func ("/actionlist/scripts", test_scripts);
  g_test_add_func ("/actionlist/oddities", test_oddities);
  return g_test_run ();
}
