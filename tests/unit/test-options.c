/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/options.h"

#include <string.h>

#include "common/error.h"

#define WORDS(...) (const char *const[]) { "one_vmm_exec", __VA_ARGS__, NULL }

static VmmOptions *
parse (const char *const *words, GError **error)
{
  return vmm_options_parse ((int) g_strv_length ((char **) words), (char **) words, error);
}

static VmmOptions *
parse_good (const char *arguments)
{
  g_autoptr (GError) error = NULL;
  VmmOptions *options = parse (WORDS (arguments), &error);

  g_assert_no_error (error);
  g_assert_nonnull (options);
  return options;
}

static void
test_defaults (void)
{
  g_autoptr (VmmOptions) options = parse_good ("kvm");

  g_assert_cmpint (options->mode, ==, VMM_MODE_DRIVER);
  g_assert_cmpstr (options->driver, ==, "kvm");
  g_assert_cmpint (options->threads, ==, 15);
  g_assert_cmpint (options->retries, ==, 0);
  g_assert_cmpint (options->timeout_s, ==, 0);
  g_assert_cmpstr (options->shell, ==, "bash");
  g_assert_false (options->parallel);
  g_assert_false (options->live_snapshots);
  g_assert_false (options->all_local);
  g_assert_cmpint (options->snapshots, ==, VMM_SNAPSHOT_SUSPEND);
  g_assert_false (vmm_options_is_local (options, "deploy"));
  g_assert_true (vmm_action_list_has (options->delegate, "migrate"));
  g_assert_false (vmm_action_list_has (options->delegate, "deploy"));
}

/* oned's way: all in one argument. */
static void
test_single_argument (void)
{
  g_autoptr (VmmOptions) options =
    parse_good ("-t 3 -r 2 -p -l 'deploy=deploy-tweaks, save' -w 60 -s sh -i kvm");

  g_assert_cmpint (options->threads, ==, 3);
  g_assert_cmpint (options->retries, ==, 2);
  g_assert_cmpint (options->timeout_s, ==, 60);
  g_assert_true (options->parallel);
  g_assert_true (options->live_snapshots);
  g_assert_cmpstr (options->shell, ==, "sh");
  g_assert_cmpstr (options->driver, ==, "kvm");
  g_assert_cmpstr (vmm_options_local_script (options, "deploy"), ==, "deploy-tweaks");
  g_assert_true (vmm_options_is_local (options, "SAVE"));
  g_assert_false (vmm_options_is_local (options, "poll"));
}

static void
test_separate_arguments (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmOptions) options =
    parse (WORDS ("kvm", "-t", "7", "--parallel", "-l", "poll , save", "--retries=1"), &error);

  g_assert_no_error (error);
  g_assert_cmpint (options->threads, ==, 7);
  g_assert_cmpint (options->retries, ==, 1);
  g_assert_true (options->parallel);
  g_assert_true (vmm_options_is_local (options, "save"));
}

static void
test_attached_values (void)
{
  g_autoptr (VmmOptions) options = parse_good ("-t7 -r1 -lpoll kvm");

  g_assert_cmpint (options->threads, ==, 7);
  g_assert_cmpint (options->retries, ==, 1);
  g_assert_true (vmm_options_is_local (options, "poll"));
}

/* 4.14's snapshots, and since 5.12 the actions that get the agent. */
static void
test_both_meanings_of_d (void)
{
  g_autoptr (VmmOptions) suspend = parse_good ("-d suspend kvm");
  g_autoptr (VmmOptions) detach = parse_good ("-d DETACH kvm");
  g_autoptr (VmmOptions) named = parse_good ("--default-snapshots detach kvm");
  g_autoptr (VmmOptions) list = parse_good ("-d deploy,save kvm");
  g_autoptr (VmmOptions) delegate = parse_good ("--delegate save kvm");

  g_assert_cmpint (suspend->snapshots, ==, VMM_SNAPSHOT_SUSPEND);
  g_assert_true (vmm_action_list_has (suspend->delegate, "migrate"));
  g_assert_cmpint (detach->snapshots, ==, VMM_SNAPSHOT_DETACH);
  g_assert_true (vmm_action_list_has (detach->delegate, "migrate"));
  g_assert_cmpint (named->snapshots, ==, VMM_SNAPSHOT_DETACH);
  g_assert_true (vmm_action_list_has (list->delegate, "deploy"));
  g_assert_false (vmm_action_list_has (list->delegate, "migrate"));
  g_assert_true (vmm_action_list_has (delegate->delegate, "save"));
}

static void
test_all_local (void)
{
  g_autoptr (VmmOptions) options = parse_good ("--all-local -l poll=p kvm");

  g_assert_true (vmm_options_is_local (options, "deploy"));
  g_assert_true (vmm_options_is_local (options, "pre"));
  g_assert_cmpstr (vmm_options_local_script (options, "poll"), ==, "p");
}

static void
test_errors (void)
{
  static const char *const bad[] = {
    "", " ", "-t 15", "-t 0 kvm", "-t abc kvm", "-t kvm", "-t -1 kvm", "-t '' kvm", "-t 1.5 kvm",
    "-t 1000000 kvm", "-r -1 kvm", "-w x kvm", "-s '' kvm", "-s 'a b' kvm", "-Z kvm", "--nope kvm",
    "kvm xen4", "../kvm", "a/b", ".", ".hidden", "kvm -l", "-l 'a kvm", "-l \"a kvm", "--sync",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VmmOptions) options = parse (WORDS (bad[i]), &error);

      g_test_message ("'%s'", bad[i]);
      g_assert_null (options);
      g_assert_nonnull (error);
      g_assert_cmpint (strlen (error->message), >, 0);
    }
}

static void
test_help_and_version (void)
{
  g_autoptr (VmmOptions) help = parse_good ("--help");
  g_autoptr (VmmOptions) version = parse_good ("--version");

  g_assert_cmpint (help->mode, ==, VMM_MODE_HELP);
  g_assert_nonnull (strstr (help->message, "--threads"));
  g_assert_cmpint (version->mode, ==, VMM_MODE_HELP);
  g_assert_nonnull (strstr (version->message, PACKAGE_VERSION));
}

static void
test_modes (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmOptions) sync = parse (WORDS ("--sync", "host01", "host02"), &error);
  g_autoptr (VmmOptions) check = parse (WORDS ("--check"), &error);

  g_assert_no_error (error);
  g_assert_cmpint (sync->mode, ==, VMM_MODE_SYNC);
  g_assert_cmpint (g_strv_length (sync->hosts), ==, 2);
  g_assert_cmpint (check->mode, ==, VMM_MODE_CHECK);
  g_assert_cmpint (g_strv_length (check->hosts), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/defaults", test_defaults);
  g_test_add_func ("/options/single-argument", test_single_argument);
  g_test_add_func ("/options/separate-arguments", test_separate_arguments);
  g_test_add_func ("/options/attached-values", test_attached_values);
  g_test_add_func ("/options/both-meanings-of-d", test_both_meanings_of_d);
  g_test_add_func ("/options/all-local", test_all_local);
  g_test_add_func ("/options/errors", test_errors);
  g_test_add_func ("/options/help-and-version", test_help_and_version);
  g_test_add_func ("/options/modes", test_modes);
  return g_test_run ();
}
