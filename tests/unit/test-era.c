/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/era.h"

#include <glib/gstdio.h>
#include <string.h>

#include "request-sample.h"

/* Every captured line shows which recipes it needs, without help. */
static void
test_captures (void)
{
  static const struct
  {
    const char *captures;
    const char *release;
  } cases[] = {
    { "4.14.2", "4.14" }, { "5.2.1", "5.0 to 5.4" }, { "5.12.0.4", "5.10 to 5.12" },
    { "7.4.0", "7.0 to 7.4" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path =
        g_test_build_filename (G_TEST_DIST, "captures", cases[i].captures, NULL);
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *name;

      g_assert_nonnull (dir);
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *verb = g_strndup (name, strcspn (name, "."));
          static const char *const other[] = { "INIT", "FINALIZE", "DRIVER_CANCEL", "deployment",
                                               NULL };

          if (!g_strv_contains (other, verb))
            {
              g_autoptr (RequestSample) sample =
                request_sample_captured (cases[i].captures, verb, 502, "kvm");
              guint era = vmm_era_of_request (sample->message, sample->payload);

              g_test_message ("%s of %s", verb, cases[i].captures);
              g_assert_cmpstr (vmm_release_find (era)->name, ==, cases[i].release);
              g_assert_nonnull (vmm_recipe_find (sample->message->verb, era, 0));
            }
        }
    }
}

static void
assert_era (const char *line_verb, const char *body, guint want_from)
{
  g_autoptr (RequestSample) sample = request_sample_new (line_verb, body, 502, "kvm");
  guint era = vmm_era_of_request (sample->message, sample->payload);

  g_assert_cmpint (vmm_release_find (era)->from, ==, want_from);
  g_assert_nonnull (vmm_recipe_find (sample->message->verb, era, 0));
}

/* A request written by hand, which shows little or nothing. */
static void
test_bare (void)
{
  assert_era ("POLL", "<HOST>h</HOST>", 500);
  assert_era ("UPDATECONF", "<HOST>h</HOST>", 510);
  assert_era ("RESIZE", "<HOST>h</HOST>", 600);
  assert_era ("EXEC", "<HOST>h</HOST>", 700);
  assert_era ("POLL ", "<HOST>h</HOST>", 600);
  assert_era ("EXEC ", "<HOST>h</HOST>", 700);
  assert_era ("POLL", "<HOST>h</HOST><NET_DRV/>", 0);
}

static void
write_version (const char *root, const char *text)
{
  g_autofree char *path = g_build_filename (root, "VERSION", NULL);

  if (text == NULL)
    g_unlink (path);
  else
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_fixed (void)
{
  g_autofree char *root = g_dir_make_tmp ("one-vmm-era-XXXXXX", NULL);
  VmmConfig config = { .remotes_dir = root };
  static const struct
  {
    const char *setting, *version;
    guint       want;
    const char *why;
  } cases[] = {
    { NULL, NULL, 0, "each request" },
    { NULL, "5.12.0.4\n", 512, "VERSION" },
    { NULL, "nonsense\n", 0, "each request" },
    { NULL, "", 0, "each request" },
    { "5.2", NULL, 502, "VMM_RELEASE" },
    { "5.2", "7.4.0", 502, "VMM_RELEASE" },
    { "nonsense", "7.4.0", 704, "VERSION" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *why = NULL;

      config.release = (char *) cases[i].setting;
      write_version (root, cases[i].version);
      g_assert_cmpint (vmm_era_fixed (&config, &why), ==, cases[i].want);
      g_assert_nonnull (strstr (why, cases[i].why));
    }
  write_version (root, NULL);
  g_rmdir (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/era/captures", test_captures);
  g_test_add_func ("/era/bare", test_bare);
  g_test_add_func ("/era/fixed", test_fixed);
  return g_test_run ();
}
