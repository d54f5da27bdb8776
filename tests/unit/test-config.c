/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/config.h"

#include <glib/gstdio.h>
#include <string.h>

static char *root;

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  g_autofree char *dir = g_path_get_dirname (path);

  g_mkdir_with_parents (dir, 0755);
  if (text == NULL)
    g_unlink (path);
  else
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static VmmConfig *
load (const char *execrc, const char *config, guint warnings)
{
  VmmConfig *self;

  write_file ("etc/vmm_exec/vmm_execrc", execrc);
  write_file ("var/config", config);
  self = vmm_config_load ();
  for (guint i = 0; i < self->warnings->len; i++)
    g_test_message ("%s", (char *) g_ptr_array_index (self->warnings, i));
  g_assert_cmpint (self->warnings->len, ==, warnings);
  return self;
}

#define GOOD "SCRIPTS_REMOTE_DIR=/var/tmp/one\n"

static void
test_places (void)
{
  g_autoptr (VmmConfig) config = load (NULL, GOOD, 0);
  g_autofree char *etc = g_build_filename (root, "etc", NULL);
  g_autofree char *var = g_build_filename (root, "var", NULL);
  g_autofree char *remotes = g_build_filename (root, "var", "remotes", NULL);

  g_assert_cmpstr (config->etc_dir, ==, etc);
  g_assert_cmpstr (config->var_dir, ==, var);
  g_assert_cmpstr (config->log_dir, ==, var);
  g_assert_cmpstr (config->remotes_dir, ==, remotes);
}

static void
test_classic_places (void)
{
  g_autoptr (VmmConfig) config = NULL;

  g_unsetenv ("ONE_LOCATION");
  config = vmm_config_load ();
  g_setenv ("ONE_LOCATION", root, TRUE);
  g_assert_cmpstr (config->etc_dir, ==, "/etc/one");
  g_assert_cmpstr (config->var_dir, ==, "/var/lib/one");
  g_assert_cmpstr (config->log_dir, ==, "/var/log/one");
  g_assert_cmpstr (config->remotes_dir, ==, "/var/lib/one/remotes");
}

static void
test_defaults (void)
{
  g_autoptr (VmmConfig) config = load (NULL, GOOD, 0);

  g_assert_true (g_strv_contains ((const char *const *) config->live_disk_snapshots, "kvm-qcow2"));
  g_assert_true (g_strv_contains ((const char *const *) config->live_disk_snapshots, "kvm-ceph"));
  g_assert_cmpint (g_strv_length (config->vnm_local_actions), ==, 0);
  g_assert_null (config->release);
  g_assert_null (config->ssh_config);
}

static void
test_settings (void)
{
  g_autoptr (VmmConfig) config =
    load ("export LIVE_DISK_SNAPSHOTS=\"kvm-qcow2  kvm-foo\"\n"
          "VNMAD_LOCAL_ACTIONS='elastic-post elastic-clean'\nVMM_RELEASE=5.2\n"
          "VMM_SSH_CONFIG=/etc/one/ssh_config\nVMM_SSH_IDLE=7\nOTHER=for-scripts\n", GOOD, 0);

  g_assert_cmpint (g_strv_length (config->live_disk_snapshots), ==, 2);
  g_assert_cmpstr (config->live_disk_snapshots[1], ==, "kvm-foo");
  g_assert_cmpint (g_strv_length (config->vnm_local_actions), ==, 2);
  g_assert_cmpstr (config->release, ==, "5.2");
  g_assert_cmpstr (config->ssh_config, ==, "/etc/one/ssh_config");
  g_assert_cmpint (config->ssh_idle_s, ==, 7);
  g_assert_cmpstr (g_getenv ("OTHER"), ==, "for-scripts");
}

/* What is wrong is said and leaves the default. */
static void
test_wrong_settings (void)
{
  g_autoptr (VmmConfig) config =
    load ("VMM_SSH_IDLE=soon\nVMM_SSH_HOST_MAX=0\nVMM_TRANSPORT=pigeon\nVMM_TYPO=1\n"
          "nonsense here\n", GOOD, 5);

  g_assert_cmpint (config->ssh_idle_s, ==, 300);
  g_assert_cmpint (config->ssh_per_host_max, >, 0);
  g_assert_cmpstr (config->transport, ==, "auto");
}

static void
test_host_dir (void)
{
  static const struct
  {
    const char *config;
    const char *want;
    guint       warnings;
  } cases[] = {
    { "SCRIPTS_REMOTE_DIR=/srv/one\n", "/srv/one", 0 },
    { "SCRIPTS_REMOTE_DIR=\"/srv/one\"\n", "/srv/one", 0 },
    { "  SCRIPTS_REMOTE_DIR = /srv/one \n", "/srv/one", 0 },
    { "A=1\nSCRIPTS_REMOTE_DIR=/first\nB=2\nSCRIPTS_REMOTE_DIR=/last\n", "/last", 0 },
    { "SCRIPTS_REMOTE_DIR=/no/newline", "/no/newline", 0 },
    { "SCRIPTS_REMOTE_DIR=relative\n", "/var/tmp/one", 2 },
    { "SCRIPTS_REMOTE_DIR=\n", "/var/tmp/one", 2 },
    { "", "/var/tmp/one", 2 },
    { "a line\n=\n====\n", "/var/tmp/one", 2 },
    { NULL, "/var/tmp/one", 2 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (VmmConfig) config = load (NULL, cases[i].config, cases[i].warnings);

      g_assert_cmpstr (config->host_dir, ==, cases[i].want);
    }
}

/* A directory or a file without end in the place of one of ours stops nothing. */
static void
test_odd_files (void)
{
  g_autofree char *path = g_build_filename (root, "var", "config", NULL);
  g_autoptr (VmmConfig) config = NULL;

  write_file ("etc/vmm_exec/vmm_execrc", NULL);
  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
  config = vmm_config_load ();
  g_rmdir (path);
  g_assert_cmpint (config->warnings->len, ==, 2);
  g_assert_cmpstr (config->host_dir, ==, "/var/tmp/one");
}

static void
remove_tree (void)
{
  static const char *const names[] = {
    "etc/vmm_exec/vmm_execrc", "etc/vmm_exec", "etc", "var/config", "var", "",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (root, names[i], NULL);

      g_remove (path);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  root = g_dir_make_tmp ("one-vmm-config-XXXXXX", NULL);
  g_setenv ("ONE_LOCATION", root, TRUE);
  g_test_add_func ("/config/places", test_places);
  g_test_add_func ("/config/classic-places", test_classic_places);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/settings", test_settings);
  g_test_add_func ("/config/wrong-settings", test_wrong_settings);
  g_test_add_func ("/config/host-dir", test_host_dir);
  g_test_add_func ("/config/odd-files", test_odd_files);
  status = g_test_run ();
  remove_tree ();
  g_free (root);
  return status;
}
