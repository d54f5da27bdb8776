/* SPDX-License-Identifier: Apache-2.0
 *
 * How the driver starts: its options and files, what is wrong with them, and
 * the answer to INIT.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/rig.h"

#define WORDS(...) (const char *const[]) { __VA_ARGS__, NULL }

static void
send_poll (Rig *rig)
{
  g_autofree char *line = rig_poll_request ("5", "h", "one-5");

  rig_send (rig, line);
}

/* ---- options ---- */

typedef struct
{
  const char *const *words;
  const char *message; /* part of it */
} Bad;

static void
test_bad_options (void)
{
  const Bad bad[] = {
    { WORDS (""), "missing" },
    { WORDS ("-t 15"), "missing" },
    { WORDS ("-t 0 kvm"), "-t" },
    { WORDS ("-t abc kvm"), "-t" },
    { WORDS ("-t kvm"), "-t" },
    { WORDS ("-t -1 kvm"), "-t" },
    { WORDS ("-t 15x kvm"), "-t" },
    { WORDS ("-t 99999999999999999999 kvm"), "-t" },
    { WORDS ("-r -1 kvm"), "-r" },
    { WORDS ("-r x kvm"), "-r" },
    { WORDS ("-w x kvm"), "-w" },
    { WORDS ("-s '' kvm"), "-s" },
    { WORDS ("-s 'bash -l' kvm"), "-s" },
    { WORDS ("-Z kvm"), "-Z" },
    { WORDS ("--no-such-option kvm"), "--no-such-option" },
    { WORDS ("kvm xen4"), "xen4" },
    { WORDS ("../kvm"), "../kvm" },
    { WORDS ("vmm/kvm"), "vmm/kvm" },
    { WORDS ("."), "'.'" },
    { WORDS ("-l 'poll kvm"), "ARGUMENTS" },
    { WORDS ("kvm -l"), "-l" },
    { WORDS ("nosuchdriver"), "nosuchdriver" },
    { WORDS ("-t", "0", "kvm"), "-t" },
    { WORDS ("kvm", "xen4"), "xen4" },
    { WORDS ("-t", "15"), "missing" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      g_autofree char *line = NULL;
      g_autofree char *message = NULL;

      rig_start_argv (rig, bad[i].words, "messages");
      line = rig_line (rig);
      g_assert_null (line);
      g_assert_cmpint (rig_wait (rig), ==, 2);
      message = rig_read (rig, "messages");
      if (strstr (message, bad[i].message) == NULL || strstr (message, "one_vmm_exec") == NULL)
        g_error ("%s: '%s'", bad[i].words[0], message);
    }
}

static void
test_no_arguments (void)
{
  g_autoptr (Rig) rig = rig_new ();
  const char *const none[] = { NULL };

  rig_start_argv (rig, none, NULL);
  g_assert_cmpint (rig_wait (rig), ==, 2);
}

static void
test_good_options (void)
{
  const char *const *const good[] = {
    WORDS ("kvm --all-local"),
    WORDS ("--all-local -t 15 -r 0 kvm"),
    WORDS ("--all-local -t 15 -r 0 -i kvm"),
    WORDS ("-t 15 -r 0 kvm -p --all-local"),
    WORDS ("  -t15   -r0 kvm\t-p --all-local "),
    WORDS ("-t 15 -r 0 kvm -p -l poll=poll.other,deploy"),
    WORDS ("-l 'poll = poll.other , save' -s sh -w 100 \"kvm\""),
    WORDS ("--threads 15 --retries=0 --parallel --shell=bash --timeout 5 --local poll kvm"),
    WORDS ("-d migrate,save --all-local kvm"),
    WORDS ("-d suspend --all-local kvm"),
    WORDS ("--default-snapshots detach --live-snapshots --all-local kvm"),
    WORDS ("--delegate migrate --all-local kvm"),
    WORDS ("-t", "15", "kvm", "--all-local"),
    WORDS ("kvm", "-p", "--all-local"),
    WORDS ("-l", "poll, save", "kvm"),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      g_autofree char *init = NULL;

      rig_link (rig, "vmm/kvm/poll", "/bin/true");
      rig_link (rig, "vmm/kvm/poll.other", "/bin/true");
      rig_start_argv (rig, good[i], NULL);
      rig_send (rig, "INIT");
      init = rig_line (rig);
      if (g_strcmp0 (init, "INIT SUCCESS - -") != 0)
        g_error ("with '%s': %s", good[i][0], init);
      send_poll (rig);
      rig_expect (rig, "POLL SUCCESS 5 -");
      rig_finish (rig);
    }
}

static void
test_help_and_version (void)
{
  static const struct
  {
    const char *option;
    const char *begin;
  } cases[] = {
    { "--help", "Usage:" }, { "-h", "Usage:" }, { "--version", "one_vmm_exec" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      g_autofree char *line = NULL;

      rig_start (rig, cases[i].option);
      line = rig_line (rig);
      g_assert_true (g_str_has_prefix (line, cases[i].begin));
      rig_finish (rig);
    }
}

/* ---- -l ---- */

/* Each of them makes poll local; what it names is run in its place. */
static void
test_local_spellings (void)
{
  static const struct
  {
    const char *list;
    const char *script;
  } cases[] = {
    { "poll", "poll" }, { "POLL", "poll" }, { " poll ", "poll" }, { "deploy , poll", "poll" },
    { "poll=poll.other", "poll.other" }, { "poll = poll.other", "poll.other" },
    { "poll=", "poll" }, { "poll,,deploy,", "poll" }, { "poll=a,poll=poll.other", "poll.other" },
    { "poll=../other/poll", "poll" }, { "nonsense,poll", "poll" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      g_autofree char *arguments = g_strdup_printf ("-t 1 -l '%s' kvm", cases[i].list);
      g_autofree char *want = g_strdup_printf ("vmm/kvm/%s", cases[i].script);
      g_autoptr (GPtrArray) calls = NULL;

      rig_stub (rig, "vmm/kvm/poll");
      rig_stub (rig, "vmm/kvm/poll.other");
      rig_stub (rig, "vmm/other/poll");
      rig_start_init (rig, arguments);
      send_poll (rig);
      rig_expect (rig, "POLL SUCCESS 5 -");
      calls = rig_calls (rig);
      g_assert_cmpint (calls->len, ==, 1);
      g_assert_cmpstr (((RigCall *) g_ptr_array_index (calls, 0))->script, ==, want);
      rig_finish (rig);
    }
}

static void
test_local_both_names (void)
{
  static const char *const lists[] = {
    "snapshotcreate", "snapshot_create", "SNAPSHOTCREATE", "Snapshot_Create",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      g_autofree char *arguments = g_strdup_printf ("kvm -l %s", lists[i]);
      g_autofree char *line =
        rig_request ("SNAPSHOTCREATE", "5",
                     "<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM><TEMPLATE>"
                     "<SNAPSHOT><ACTIVE>YES</ACTIVE><SNAPSHOT_ID>3</SNAPSHOT_ID></SNAPSHOT>"
                     "</TEMPLATE></VM></VMM_DRIVER_ACTION_DATA>");

      rig_stub (rig, "vmm/kvm/snapshot_create");
      rig_stub_prints (rig, "snapshot_create", "snap-3");
      rig_start_init (rig, arguments);
      rig_send (rig, line);
      rig_expect (rig, "SNAPSHOTCREATE SUCCESS 5 snap-3");
      rig_finish (rig);
    }
}

/* ---- files ---- */

static void
start_with_log (Rig *rig)
{
  rig_link (rig, "vmm/kvm/poll", "/bin/true");
  rig_start_init (rig, "--all-local kvm");
  send_poll (rig);
  rig_expect (rig, "POLL SUCCESS 5 -");
  rig_finish (rig);
}

/* With standard error closed, what is odd stands in the log and nowhere else. */
static void
test_config_missing (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *config = rig_path (rig, "var/config");
  g_autofree char *log = NULL;

  g_unlink (config);
  start_with_log (rig);
  log = rig_read (rig, "var/one_vmm_kvm.log");
  g_assert_nonnull (log);
  g_assert_nonnull (strstr (log, "var/config"));
  g_assert_nonnull (strstr (log, "/var/tmp/one"));
}

static void
test_config_empty (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *log = NULL;

  rig_write (rig, "var/config", "");
  start_with_log (rig);
  log = rig_read (rig, "var/one_vmm_kvm.log");
  g_assert_nonnull (log);
  g_assert_nonnull (strstr (log, "SCRIPTS_REMOTE_DIR"));
}

static void
test_odd_execrc (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *log = NULL;

  rig_write (rig, "etc/vmm_exec/vmm_execrc",
             "# a comment\nexport A=1\nif true; then\nVMM_NOSUCH=1\nB='open\n");
  start_with_log (rig);
  log = rig_read (rig, "var/one_vmm_kvm.log");
  g_assert_nonnull (log);
  g_assert_nonnull (strstr (log, "VMM_NOSUCH"));
  g_assert_nonnull (strstr (log, "vmm_execrc:3"));
  g_assert_nonnull (strstr (log, "vmm_execrc:5"));
}

/* A setting, else remotes/VERSION, else the request: which one is in the log. */
static void
test_release_chosen (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *log = NULL;

  rig_write (rig, "var/remotes/VERSION", "5.12.0.4\n");
  start_with_log (rig);
  log = rig_read (rig, "var/one_vmm_kvm.log");
  g_assert_nonnull (strstr (log, "5.12"));
  g_clear_pointer (&log, g_free);

  rig_write (rig, "etc/vmm_exec/vmm_execrc", "VMM_RELEASE=7.4\n");
  start_with_log (rig);
  log = rig_read (rig, "var/one_vmm_kvm.log");
  g_assert_nonnull (strstr (log, "VMM_RELEASE=7.4"));
}

/* The fixed release decides, whatever the request looks like: 7.4 hands poll
 * the action, 5.2 nothing. */
static void
test_release_decides (void)
{
  static const struct
  {
    const char *version;
    gboolean    reads;
  } cases[] = { { "5.2.1", FALSE }, { "5.12.0.4", TRUE }, { "7.4.0", TRUE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      g_autoptr (GPtrArray) calls = NULL;

      rig_write (rig, "var/remotes/VERSION", cases[i].version);
      rig_stub (rig, "vmm/kvm/poll");
      rig_start_init (rig, "--all-local kvm");
      send_poll (rig);
      rig_expect (rig, "POLL SUCCESS 5 -");
      calls = rig_calls (rig);
      g_assert_cmpint (((RigCall *) g_ptr_array_index (calls, 0))->input_len > 0, ==,
                       cases[i].reads);
      rig_finish (rig);
    }
}

/* ---- INIT ---- */

/* Modern oned takes what one read of 31 bytes gives, and nothing may stand before it. */
static void
test_init_is_alone (void)
{
  g_autoptr (Rig) rig = rig_new ();
  char answer[31];
  gssize n;

  rig_start (rig, "--all-local kvm");
  g_assert_true (rig_is_quiet (rig, 50));
  rig_send (rig, "INIT");
  n = read (rig->out, answer, sizeof answer);
  g_assert_cmpmem (answer, n, "INIT SUCCESS - -\n", 17);
  g_assert_true (rig_is_quiet (rig, 50));
  rig_finish (rig);
}

/* Every line goes out in one piece: with as many writers as there can be, none is torn. */
static void
test_lines_are_whole (void)
{
  g_autoptr (Rig) rig = rig_new ();

  rig_script (rig, "vmm/kvm/poll",
              "for i in 1 2 3 4 5 6 7 8; do echo \"INFO: ${3}-0123456789\" >&2; done; echo \"$3\"");
  rig_start_init (rig, "--all-local -p -t 15 kvm");
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autofree char *line = rig_poll_request (id, "h", "d");

      rig_send (rig, line);
    }
  for (guint answers = 0, logs = 0; answers < 60 || logs < 60 * 9;)
    {
      g_autofree char *line = rig_line (rig);
      g_auto (GStrv) words = g_strsplit (line, " ", -1);
      const char *id = words[2];
      g_autofree char *log = g_strdup_printf ("LOG I %s %s-0123456789", id, id);
      g_autofree char *step =
        g_strdup_printf ("LOG I %s Successfully execute virtualization driver operation: poll.",
                         id);
      g_autofree char *answer = g_strdup_printf ("POLL SUCCESS %s %s", id, id);

      if (g_str_equal (line, answer))
        answers++;
      else if (g_str_equal (line, log) || g_str_equal (line, step))
        logs++;
      else
        g_error ("'%s'", line);
    }
  rig_finish (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/start/bad-options", test_bad_options);
  g_test_add_func ("/start/no-arguments", test_no_arguments);
  g_test_add_func ("/start/good-options", test_good_options);
  g_test_add_func ("/start/help-and-version", test_help_and_version);
  g_test_add_func ("/start/local-spellings", test_local_spellings);
  g_test_add_func ("/start/local-by-both-names", test_local_both_names);
  g_test_add_func ("/start/config-missing", test_config_missing);
  g_test_add_func ("/start/config-empty", test_config_empty);
  g_test_add_func ("/start/odd-execrc", test_odd_execrc);
  g_test_add_func ("/start/release-chosen", test_release_chosen);
  g_test_add_func ("/start/release-decides", test_release_decides);
  g_test_add_func ("/start/init-is-alone", test_init_is_alone);
  g_test_add_func ("/start/lines-are-whole", test_lines_are_whole);
  return g_test_run ();
}
