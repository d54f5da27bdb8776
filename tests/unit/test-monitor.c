/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/monitor.h"

#include <glib/gstdio.h>
#include <string.h>

#include "monitor-grammar.h"

#define UUID "c7943fa2-9787-4883-8865-b4d4e65acb2d"

static void
assert_grammar (const char *text, gboolean want)
{
  gsize at = 0;

  if (monitor_grammar_accepts (text, &at) != want)
    g_error ("'%s': the grammar says otherwise at %" G_GSIZE_FORMAT, text, at);
}

/* The check is worth as much as what it refuses. */
static void
test_grammar (void)
{
  static const char *const good[]
      = { "", "STATE=a", "STATE=a ", "STATE=- ", "A=1 B=\"x y, [z]\"", "A=1.5",
          "STATE=a D=[ID=0,SIZE=24] D=[ ID=1, SIZE=\"2 4\" ]", "A=\"\"" };
  static const char *const bad[]
      = { "word", "STATE=", "STATE= A=1", "CPU=1,5", "A=1 word", "A==1", "A=[", "A=[]", "A=[X]",
          "A=[X=1", "A=[X=1]]", "A=[X=1]B=2", "A=#", "A=\"x", "=1", "A=1\n", "A=[X=[Y=1]]",
          "A=b\"" };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    assert_grammar (good[i], TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_grammar (bad[i], FALSE);
}

static VmmDomstats *
domain_with (const char *name, int state, int reason, const char *const *paths)
{
  virTypedParameter *params = NULL;
  int n = 0;
  int max = 0;
  VmmDomstats *domain;

  virTypedParamsAddInt (&params, &n, &max, "state.state", state);
  virTypedParamsAddInt (&params, &n, &max, "state.reason", reason);
  virTypedParamsAddULLong (&params, &n, &max, "cpu.time", 1);
  virTypedParamsAddULLong (&params, &n, &max, "balloon.rss", 46080);
  virTypedParamsAddUInt (&params, &n, &max, "block.count", 0);
  virTypedParamsAddULLong (&params, &n, &max, "net.0.rx.bytes", 7);
  virTypedParamsAddULLong (&params, &n, &max, "net.0.tx.bytes", 8);
  for (gsize i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      g_autofree char *path = g_strdup_printf ("block.%zu.path", i);
      g_autofree char *physical = g_strdup_printf ("block.%zu.physical", i);
      g_autofree char *bytes = g_strdup_printf ("block.%zu.rd.bytes", i);

      virTypedParamsAddString (&params, &n, &max, path, paths[i]);
      virTypedParamsAddULLong (&params, &n, &max, physical, (i + 1) * 1024 * 1024 + i);
      virTypedParamsAddULLong (&params, &n, &max, bytes, 512);
    }
  domain = vmm_domstats_new (name, UUID, 3, params, n);
  virTypedParamsFree (params, n);
  return domain;
}

static void
assert_string (VmmDomstats *domain, const char *want)
{
  g_autofree char *got = vmm_monitor_string (domain);

  g_assert_cmpstr (got, ==, want);
  assert_grammar (got, TRUE);
}

static void
test_string (void)
{
  static const char *const paths[]
      = { "/nowhere/7/disk.0", "/nowhere/7/disk.1.snap/4", "/dev/sdx", NULL };
  g_autoptr (VmmDomstats) domain = domain_with ("one-7", VIR_DOMAIN_RUNNING, 1, paths);

  domain->cpu_percent = 12.345;
  assert_string (domain,
                 "STATE=a CPU=12.3 MEMORY=46080 NETRX=7 NETTX=8 DISKRDBYTES=1536"
                 " DISK_SIZE=[ID=0,SIZE=1] DISK_SIZE=[ID=1,SIZE=3]");
}

static void
test_what_is_not_known_is_left_out (void)
{
  g_autoptr (VmmDomstats) domain = vmm_domstats_new ("one-7", UUID, 3, NULL, 0);

  assert_string (domain, VMM_MONITOR_UNKNOWN);
}

static void
test_gone (void)
{
  g_autoptr (VmmDomstats) domain
      = domain_with ("one-7", VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_DESTROYED, NULL);

  assert_string (domain, VMM_MONITOR_GONE);
  assert_grammar (VMM_MONITOR_UNKNOWN, TRUE);
  g_assert_true (g_str_has_prefix (VMM_MONITOR_GONE, "STATE=d "));
  g_assert_true (g_str_has_prefix (VMM_MONITOR_UNKNOWN, "STATE=- "));
}

static void
test_snapshots (void)
{
  g_autofree char *dir = g_dir_make_tmp ("vmm-monitor-XXXXXX", NULL);
  g_autofree char *disk = g_build_filename (dir, "disk.0", NULL);
  g_autofree char *snaps = g_strconcat (disk, ".snap", NULL);
  const char *const paths[] = { disk, NULL };
  static const char *const names[] = { "10", "2" };
  g_autoptr (VmmDomstats) domain = domain_with ("one-7", VIR_DOMAIN_RUNNING, 1, paths);
  g_autofree char *filler = g_strnfill (3000, 'x');
  g_autofree char *got = NULL;

  g_assert_cmpint (g_mkdir (snaps, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (snaps, names[i], NULL);

      g_assert_true (g_file_set_contents (path, filler, -1, NULL));
    }
  got = vmm_monitor_string (domain);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (snaps, names[i], NULL);

      g_unlink (path);
    }
  g_rmdir (snaps);
  g_rmdir (dir);

  assert_grammar (got, TRUE);
  g_assert_true (g_str_has_suffix (got, " DISK_SIZE=[ID=0,SIZE=1]"
                                        " SNAPSHOT_SIZE=[ID=2,DISK_ID=0,SIZE=1]"
                                        " SNAPSHOT_SIZE=[ID=10,DISK_ID=0,SIZE=1]"));
}

static void
assert_entry (const char *name, const char *import_template, const char *want)
{
  g_autoptr (VmmDomstats) domain = domain_with (name, VIR_DOMAIN_CRASHED, 0, NULL);
  g_autoptr (GString) out = g_string_new ("VM_POLL=YES\n");
  g_autofree char *all = g_strconcat (
      "VM_POLL=YES\n", want,
      "  POLL=\"STATE=e MEMORY=46080 NETRX=7 NETTX=8 DISKRDBYTES=0 DISKWRBYTES=0 DISKRDIOPS=0"
      " DISKWRIOPS=0\" ]\n",
      NULL);

  vmm_monitor_append_vm (out, domain, import_template);
  g_assert_cmpstr (out->str, ==, all);
}

static void
test_entries (void)
{
  assert_entry ("one-7", NULL, "VM=[\n  ID=7,\n  DEPLOY_ID=one-7,\n");
  assert_entry ("web \"1\"\\\t]", "NAME=\"x\"\n",
                "VM=[\n  ID=-1,\n  DEPLOY_ID=" UUID ",\n  VM_NAME=\"web _1__ ]\",\n"
                "  IMPORT_TEMPLATE=\"TkFNRT0ieCIK\",\n");
  assert_entry ("one-x", NULL,
                "VM=[\n  ID=-1,\n  DEPLOY_ID=" UUID ",\n  VM_NAME=\"one-x\",\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  virInitialize ();
  g_test_add_func ("/monitor/grammar", test_grammar);
  g_test_add_func ("/monitor/string", test_string);
  g_test_add_func ("/monitor/what-is-not-known-is-left-out", test_what_is_not_known_is_left_out);
  g_test_add_func ("/monitor/gone", test_gone);
  g_test_add_func ("/monitor/snapshots", test_snapshots);
  g_test_add_func ("/monitor/entries", test_entries);
  return g_test_run ();
}
