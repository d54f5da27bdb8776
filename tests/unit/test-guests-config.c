/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/config.h"

#include "common/error.h"

#include <glib/gstdio.h>

static GuestsConfig *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GuestsConfig *config = guests_config_parse (text, "test", &error);

  g_assert_no_error (error);
  return config;
}

static void
assert_refused (const char *text, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guests_config_parse (text, "test", &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "test"));
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_defaults (void)
{
  g_autoptr (GuestsConfig) config = parse ("# nothing but a comment, and don't mind the quote\n\n");

  g_assert_cmpstr (config->uris[0], ==, "default");
  g_assert_null (config->uris[1]);
  g_assert_true (config->start_on_boot);
  g_assert_cmpint (config->start_delay, ==, 0);
  g_assert_true (config->suspend);
  g_assert_cmpint (config->parallel_shutdown, ==, 0);
  g_assert_cmpint (config->shutdown_timeout, ==, 300);
  g_assert_false (config->bypass_cache);
  g_assert_false (config->sync_time);
  g_assert_cmpint (config->persistent, ==, GUESTS_PERSISTENT_DEFAULT);
  g_assert_cmpint (config->parallel_suspend, ==, 0);
  g_assert_cmpint (config->suspend_timeout, ==, 0);
  g_assert_false (config->destroy);
  g_assert_cmpint (config->order, ==, GUESTS_ORDER_NONE);
  g_assert_false (config->keep_list);
  g_assert_cmpint (config->connect_timeout, ==, 30);
}

static void
test_all (void)
{
  g_autoptr (GuestsConfig) config
      = parse ("URIS='default xen:///system\n\tlxc:///system'\nexport ON_BOOT=ignore\n"
               "START_DELAY=\"5\" # seconds\n  ON_SHUTDOWN=shut\"down\"\nPARALLEL_SHUTDOWN=4\n"
               "SHUTDOWN_TIMEOUT=-1\nBYPASS_CACHE=1\nSYNC_TIME=yes\nPERSISTENT_ONLY=false\n"
               "PARALLEL_SUSPEND=3\nSUSPEND_TIMEOUT=9\nON_TIMEOUT=destroy\nORDER=metadata\n"
               "KEEP_LIST=1\nCONNECT_TIMEOUT=0\n#ON_BOOT=start\nLANG=C\n");

  g_assert_cmpuint (g_strv_length (config->uris), ==, 3);
  g_assert_cmpstr (config->uris[1], ==, "xen:///system");
  g_assert_cmpstr (config->uris[2], ==, "lxc:///system");
  g_assert_false (config->start_on_boot);
  g_assert_cmpint (config->start_delay, ==, 5);
  g_assert_false (config->suspend);
  g_assert_cmpint (config->parallel_shutdown, ==, 4);
  g_assert_cmpint (config->shutdown_timeout, ==, -1);
  g_assert_true (config->bypass_cache);
  g_assert_true (config->sync_time);
  g_assert_cmpint (config->persistent, ==, GUESTS_PERSISTENT_FALSE);
  g_assert_cmpint (config->parallel_suspend, ==, 3);
  g_assert_cmpint (config->suspend_timeout, ==, 9);
  g_assert_true (config->destroy);
  g_assert_cmpint (config->order, ==, GUESTS_ORDER_METADATA);
  g_assert_true (config->keep_list);
  /* Some limit there must be. */
  g_assert_cmpint (config->connect_timeout, ==, 1);
}

static void
test_last_wins (void)
{
  g_autoptr (GuestsConfig) config = parse ("ON_BOOT=ignore\nURIS=a\nON_BOOT=start\nURIS=\n");

  g_assert_true (config->start_on_boot);
  g_assert_cmpuint (g_strv_length (config->uris), ==, 0);
}

static void
test_no_shell (void)
{
  g_autoptr (GuestsConfig) config = parse ("URIS='$(touch /tmp/x)'\nX=`id`\n");

  g_assert_cmpstr (config->uris[0], ==, "$(touch");
}

static void
test_refused (void)
{
  assert_refused ("ON_SHUTDOWN=sleep", "suspend or shutdown");
  assert_refused ("ON_BOOT=", "ON_BOOT");
  assert_refused ("START_DELAY=-1", "START_DELAY");
  assert_refused ("SHUTDOWN_TIMEOUT=5m", "5m");
  assert_refused ("SHUTDOWN_TIMEOUT=99999999999999999999", "SHUTDOWN_TIMEOUT");
  assert_refused ("PERSISTENT_ONLY=maybe", "default, true or false");
  assert_refused ("ORDER=size", "ORDER");
  assert_refused ("URIS='default", "test");
}

static void
test_files (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "guests-config-XXXXXX", NULL);
  int fd = g_mkstemp (path);
  g_autoptr (GError) error = NULL;
  GuestsConfig *config;

  g_close (fd, NULL);
  g_file_set_contents (path, "ON_BOOT=ignore\n\0ON_BOOT=start", 29, NULL);
  g_assert_null (guests_config_load (path, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
  g_clear_error (&error);
  g_file_set_contents (path, "ON_BOOT=ignore\n", -1, NULL);
  config = guests_config_load (path, &error);
  g_assert_no_error (error);
  g_assert_false (config->start_on_boot);
  guests_config_free (config);

  /* No file is no trouble; a file that is no file is. */
  g_unlink (path);
  config = guests_config_load (path, &error);
  g_assert_no_error (error);
  g_assert_true (config->start_on_boot);
  guests_config_free (config);
  g_assert_null (guests_config_load (g_get_tmp_dir (), &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_SYSTEM);
  guests_config_free (NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guests-config/defaults", test_defaults);
  g_test_add_func ("/guests-config/all", test_all);
  g_test_add_func ("/guests-config/last-wins", test_last_wins);
  g_test_add_func ("/guests-config/no-shell", test_no_shell);
  g_test_add_func ("/guests-config/refused", test_refused);
  g_test_add_func ("/guests-config/files", test_files);
  return g_test_run ();
}
