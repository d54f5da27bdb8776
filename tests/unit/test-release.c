/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/release.h"

#include <glib/gstdio.h>

static void
test_is_after (void)
{
  static const char *const later[] = { "7.0.1", "7.1", "7.4.0", "8.0.0", "10.0", "7.0.1\n" };
  static const char *const not_later[]
      = { "7.0.0", "7.0", "6.10.0.1", "5.12.0.4", "4.14.2", "3.8.0", "", "7", "x.y", "-7.9.9" };

  for (gsize i = 0; i < G_N_ELEMENTS (later); i++)
    g_assert_true (vmm_release_is_after (later[i], 7, 0, 0));
  for (gsize i = 0; i < G_N_ELEMENTS (not_later); i++)
    g_assert_false (vmm_release_is_after (not_later[i], 7, 0, 0));
  g_assert_false (vmm_release_is_after (NULL, 7, 0, 0));
}

static void
assert_found (const char *program, const char *want)
{
  g_autofree char *got = vmm_release_find (program);

  g_assert_cmpstr (got, ==, want);
}

/* The nearer answer wins: what the environment says, then the remotes around the program. */
static void
test_find (void)
{
  g_autofree char *root = g_dir_make_tmp ("vmm-release-XXXXXX", NULL);
  g_autofree char *bin = g_build_filename (root, "bin", NULL);
  g_autofree char *arch = g_build_filename (bin, "arch", NULL);
  g_autofree char *program = g_build_filename (arch, "xpath", NULL);
  g_autofree char *version = g_build_filename (root, "VERSION", NULL);

  g_assert_cmpint (g_mkdir_with_parents (arch, 0700), ==, 0);
  g_assert_true (g_file_set_contents (version, "7.2.0\n", -1, NULL));
  g_unsetenv ("ONE_VMM_RELEASE");
  g_unsetenv ("ONE_VMM_REMOTES");
  assert_found (program, "7.2.0");
  g_setenv ("ONE_VMM_REMOTES", root, TRUE);
  assert_found ("/nowhere/at/all", "7.2.0");
  g_setenv ("ONE_VMM_RELEASE", "5.2.1", TRUE);
  assert_found (program, "5.2.1");

  g_unlink (version);
  g_rmdir (arch);
  g_rmdir (bin);
  g_rmdir (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/release/is-after", test_is_after);
  g_test_add_func ("/release/find", test_find);
  return g_test_run ();
}
