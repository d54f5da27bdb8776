/* SPDX-License-Identifier: Apache-2.0
 *
 * Scripts that misbehave, run here: the answer comes, it is the right one, and
 * the next request is served.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "../lib/rig.h"

#define ALL "--all-local -t 1 "

typedef struct
{
  const char *name;
  const char *body;   /* of the poll script */
  const char *answer; /* to POLL of VM 5 */
} Script;

static const Script simple[] = {
  { "prints nothing", "exit 0", "POLL SUCCESS 5 -" },
  { "standard error without a final newline", "echo out; printf 'no newline' >&2",
    "POLL SUCCESS 5 out" },
  { "standard output without a final newline", "printf out", "POLL SUCCESS 5 out" },
  { "says ExitCode: 0 and exits with 1", "echo 'ExitCode: 0' >&2; exit 1",
    "POLL FAILURE 5 ExitCode: 0" },
  { "says ExitCode: 1 and exits with 0", "echo out; echo 'ExitCode: 1' >&2", "POLL SUCCESS 5 out" },
  { "exits with -1", "exit -1", "POLL FAILURE 5 poll exited with status 255" },
  { "exits with 42", "exit 42", "POLL FAILURE 5 poll exited with status 42" },
  { "prints a failure's reason that begins with a dash", "echo '- no' >&2; exit 1",
    "POLL FAILURE 5 no" },
  { "is killed by a signal", "kill -9 $$", "POLL FAILURE 5 poll was killed by signal 9 (Killed)" },
  { "prints several lines", "printf 'Domain created\\none-5\\n'",
    "POLL SUCCESS 5 Domain created one-5" },
  { "prints lines of the protocol", "printf 'x\\nPOLL SUCCESS 6 forged\\nLOG E 6 forged\\n'",
    "POLL SUCCESS 5 x POLL SUCCESS 6 forged LOG E 6 forged" },
  { "fails with lines of the protocol", "printf 'x\\nPOLL SUCCESS 6 forged\\n' >&2; exit 1",
    "POLL FAILURE 5 x POLL SUCCESS 6 forged" },
  { "prints control characters", "printf 'a\\0b\\rc\\033[1md\\te'", "POLL SUCCESS 5 a b c [1md e" },
  { "prints what is not UTF-8", "printf 'caf\\xe9!'", "POLL SUCCESS 5 caf\xef\xbf\xbd!" },
  { "prints the end of a CDATA section", "printf 'a]]>b'", "POLL SUCCESS 5 a]] >b" },
  { "closes its outputs", "exec 1>&- 2>&-; sleep 0.1; exit 3",
    "POLL FAILURE 5 poll exited with status 3" },
  { "gives its reason between the marks",
    "echo 'noise' >&2; echo 'ERROR MESSAGE --8<------' >&2; echo 'first' >&2; echo 'second' >&2;"
    "echo 'ERROR MESSAGE ------>8--' >&2; echo 'more noise' >&2; exit 1",
    "POLL FAILURE 5 first second" },
  { "gives no reason", "exit 1", "POLL FAILURE 5 poll exited with status 1" },
  { "leaves a child that holds its output", "sleep 1000 & echo $! >child; echo out; exit 0",
    "POLL SUCCESS 5 out" },
  { "leaves a daemon that holds standard error", "setsid sleep 1000 >&- & echo $! >child; echo out",
    "POLL SUCCESS 5 out" },
};

static void
end_child (const Rig *rig)
{
  g_autofree char *text = rig_read (rig, "var/child");
  g_autofree char *path = rig_path (rig, "var/child");

  if (text == NULL)
    return;
  kill ((pid_t) g_ascii_strtoll (text, NULL, 10), SIGKILL);
  g_unlink (path);
}

static void
test_simple (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");

  rig_start_init (rig, ALL "kvm");
  for (gsize i = 0; i < G_N_ELEMENTS (simple); i++)
    {
      g_autofree char *answer = NULL;

      rig_script (rig, "vmm/kvm/poll", simple[i].body);
      rig_send (rig, poll);
      answer = rig_result (rig);
      end_child (rig);
      if (!g_str_equal (answer, simple[i].answer))
        g_error ("a script that %s: '%s', not '%s'", simple[i].name, answer, simple[i].answer);
    }
  rig_finish (rig);
  rig_wait_no_process (rig);
}

/* ---- much ---- */

static void
test_large_stderr (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");

  rig_script (rig, "vmm/kvm/poll", "head -c 200000 /dev/zero | tr '\\0' x >&2; echo out");
  rig_start_init (rig, ALL "kvm");
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 out");

  rig_script (rig, "vmm/kvm/poll", "yes 'a line of some length, said again and again' | "
                                   "head -c 2000000 >&2; echo out");
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 out");
  rig_finish (rig);
}

/* Kept up to a cap; what was left out is said. */
static void
test_huge_output (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  g_autofree char *dropped = NULL;
  g_autofree char *answer = NULL;

  rig_script (rig, "vmm/kvm/poll", "head -c 104857600 /dev/zero | tr '\\0' x");
  rig_start_init (rig, ALL "kvm");
  rig_send (rig, poll);
  dropped = rig_line_with (rig, "LOG W 5 ");
  g_assert_nonnull (strstr (dropped, "left out"));
  answer = rig_result (rig);
  g_assert_true (g_str_has_prefix (answer, "POLL SUCCESS 5 xxxx"));
  g_assert_cmpint (strlen (answer), <=, 1024 * 1024 + 100);
  if (rig_is_plain_build ())
    g_assert_cmpint (rig_memory_kb (rig, "VmHWM"), <, 32 * 1024);
  rig_finish (rig);
}

/* A script may leave 64 KiB and more of its input where it is. */
static void
test_input_not_read (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *filler = g_strnfill (300 * 1024, 'x');
  g_autofree char *xml =
    g_strdup_printf ("<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID>"
                     "<CHECKPOINT_FILE>c</CHECKPOINT_FILE><VM><ID>5</ID><N>%s</N></VM>"
                     "</VMM_DRIVER_ACTION_DATA>", filler);
  g_autofree char *save = rig_request ("SAVE", "5", xml);
  static const char *const bodies[] = { "echo out", "exec <&-; sleep 0.1; echo out",
                                        "head -c 10 >/dev/null; echo out" };

  rig_start_init (rig, ALL "kvm");
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      rig_script (rig, "vmm/kvm/save", bodies[i]);
      rig_send (rig, save);
      rig_expect (rig, "SAVE SUCCESS 5 out");
    }
  rig_finish (rig);
}

/* A script that reads to the end gets an end, also where there is nothing to read. */
static void
test_input_ends (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  g_autofree char *sg =
    rig_request ("UPDATESG", "5",
                 "<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID>"
                 "<SECURITY_GROUP_ID>7</SECURITY_GROUP_ID><VM><ID>5</ID><TEMPLATE><NIC>"
                 "<VN_MAD>dummy</VN_MAD></NIC></TEMPLATE></VM></VMM_DRIVER_ACTION_DATA>");

  rig_script (rig, "vmm/kvm/poll", "wc -c");
  rig_script (rig, "vnm/dummy/update_sg", "wc -c");
  rig_start_init (rig, ALL "kvm");
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 0");
  rig_send (rig, sg);
  rig_expect (rig, "UPDATESG SUCCESS 5 7 dummy: 0");
  rig_finish (rig);
}

/* ---- what can't be run ---- */

static void
assert_answer_names (Rig *rig, const char *request, const char *part)
{
  g_autofree char *answer = NULL;

  rig_send (rig, request);
  answer = rig_result (rig);
  g_assert_true (g_str_has_prefix (answer, "POLL FAILURE 5 "));
  if (strstr (answer, part) == NULL)
    g_error ("'%s' does not name '%s'", answer, part);
}

static void
test_not_runnable (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  g_autofree char *path = rig_path (rig, "var/remotes/vmm/kvm/poll");

  rig_start_init (rig, ALL "kvm");
  assert_answer_names (rig, poll, "does not exist");

  rig_script (rig, "vmm/kvm/poll", "echo out");
  g_chmod (path, 0644);
  assert_answer_names (rig, poll, "not executable");

  g_unlink (path);
  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
  assert_answer_names (rig, poll, "not executable");
  g_rmdir (path);

  rig_write (rig, "var/remotes/vmm/kvm/poll", "#!/no/such/interpreter\n");
  g_chmod (path, 0755);
  assert_answer_names (rig, poll, "poll");

  /* Without "#!" it is the shell's. */
  rig_write (rig, "var/remotes/vmm/kvm/poll", "echo out $1\n");
  g_chmod (path, 0755);
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 out one-5");

  rig_script (rig, "vmm/kvm/poll", "echo out");
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 out");
  rig_finish (rig);
}

/* ---- what a script finds ---- */

static void
test_environment (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  g_autoptr (GPtrArray) calls = NULL;
  RigCall *call;

  rig_write (rig, "etc/vmm_exec/vmm_execrc", "export FROM_EXECRC='a b'\nPLAIN=1\n");
  rig_stub (rig, "vmm/kvm/poll");
  rig_start_init (rig, ALL "kvm");
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 -");
  calls = rig_calls (rig);
  call = g_ptr_array_index (calls, 0);
  g_assert_cmpstr (g_environ_getenv (call->environment, "ONE_LOCATION"), ==, rig->root);
  g_assert_cmpstr (g_environ_getenv (call->environment, "FROM_EXECRC"), ==, "a b");
  g_assert_cmpstr (g_environ_getenv (call->environment, "PLAIN"), ==, "1");
  rig_finish (rig);
}

/* Nothing inherited but 0, 1 and 2; a clean signal state; a session of its own. */
static void
test_clean_start (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  g_autoptr (GPtrArray) calls = NULL;

  rig_stub (rig, "vmm/kvm/poll");
  rig_start_init (rig, ALL "kvm");
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 -");
  calls = rig_calls (rig);
  g_assert_cmpstr (((RigCall *) g_ptr_array_index (calls, 0))->state, ==,
                   "fds: 0 1 2 blocked: 0 ignored: 0 session: own");
  rig_finish (rig);
}

/* What a script says is in the log while it runs, with its severities. */
static void
test_log_while_running (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  static const char *const lines[] = {
    "LOG I 5 plain", "LOG E 5 bad", "LOG I 5 good", "LOG D 5 deep", "LOG I 5 [x]]",
  };

  rig_script (rig, "vmm/kvm/poll",
              "echo plain >&2; echo 'ERROR: bad' >&2; echo 'INFO: good' >&2\n"
              "echo 'DEBUG: deep' >&2; printf '[x]]\\r\\n' >&2\n"
              "until [ -e go ]; do sleep 0.01; done; echo out");
  rig_start_init (rig, ALL "kvm");
  rig_send (rig, poll);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *line = rig_line (rig);

      g_assert_cmpstr (line, ==, lines[i]);
    }
  /* Only now may it end. */
  rig_write (rig, "var/go", "");
  rig_expect (rig, "POLL SUCCESS 5 out");
  rig_finish (rig);
}

/* ---- -r and -w ---- */

static void
test_retries (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  gint64 begin;

  rig_script (rig, "vmm/kvm/poll", "echo x >>tries; [ $(wc -l <tries) -ge 3 ] && echo out");
  rig_start_init (rig, ALL "-r 2 kvm");
  begin = g_get_monotonic_time ();
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 out");
  /* A second between two tries. */
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 2 * G_TIME_SPAN_SECOND - 1000);

  rig_script (rig, "vmm/kvm/poll", "echo x >>more; exit 1");
  rig_send (rig, poll);
  rig_expect (rig, "POLL FAILURE 5 poll exited with status 1");
  {
    g_autofree char *tries = rig_read (rig, "var/more");

    g_assert_cmpstr (tries, ==, "x\nx\nx\n");
  }
  rig_finish (rig);
}

static void
test_only_vmm_steps_are_retried (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *sg =
    rig_request ("UPDATESG", "5",
                 "<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID>"
                 "<SECURITY_GROUP_ID>7</SECURITY_GROUP_ID><VM><ID>5</ID><TEMPLATE><NIC>"
                 "<VN_MAD>dummy</VN_MAD></NIC></TEMPLATE></VM></VMM_DRIVER_ACTION_DATA>");
  g_autofree char *tries = NULL;

  rig_script (rig, "vnm/dummy/update_sg", "echo x >>tries; exit 1");
  rig_start_init (rig, ALL "-r 2 kvm");
  rig_send (rig, sg);
  rig_expect (rig, "UPDATESG FAILURE 5 7 dummy: update_sg exited with status 1");
  tries = rig_read (rig, "var/tries");
  g_assert_cmpstr (tries, ==, "x\n");
  rig_finish (rig);
}

/* The limit ends all that the script started, also what ignores TERM. */
static void
test_time_limit (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *poll = rig_poll_request ("5", "h", "one-5");
  static const char *const bodies[] = {
    "sleep 1000",
    "trap '' TERM; sleep 1000 & while :; do wait; done",
    "timeout 1000 sleep 1000",
    "(trap '' TERM; sleep 1000) & timeout 1000 sleep 1000 & wait",
  };

  rig_start_init (rig, ALL "-w 1 kvm");
  for (gsize i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      rig_script (rig, "vmm/kvm/poll", bodies[i]);
      rig_send (rig, poll);
      rig_expect (rig, "POLL FAILURE 5 poll did not end within its time limit");
      rig_wait_no_process (rig);
    }
  /* A try that ran into the limit is not made again. */
  rig_script (rig, "vmm/kvm/poll", "echo out");
  rig_send (rig, poll);
  rig_expect (rig, "POLL SUCCESS 5 out");
  rig_finish (rig);
}

static void
test_time_limit_of_other_steps (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *detach =
    rig_request ("DETACHDISK", "5",
                 "<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><TM_COMMAND>DELETE "
                 "qcow2 x</TM_COMMAND><DISK_TARGET_PATH>/d</DISK_TARGET_PATH><VM><ID>5</ID>"
                 "<TEMPLATE><DISK><ATTACH>YES</ATTACH><TARGET>vda</TARGET></DISK></TEMPLATE></VM>"
                 "</VMM_DRIVER_ACTION_DATA>");

  rig_stub (rig, "vmm/kvm/detach_disk");
  rig_script (rig, "tm/qcow2/delete", "sleep 1000");
  rig_start_init (rig, ALL "-w 1 kvm");
  rig_send (rig, detach);
  rig_expect (rig, "DETACHDISK FAILURE 5 delete did not end within its time limit");
  rig_wait_no_process (rig);
  rig_finish (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scripts/one-answer-each", test_simple);
  g_test_add_func ("/scripts/much-on-standard-error", test_large_stderr);
  g_test_add_func ("/scripts/print-100-megabytes", test_huge_output);
  g_test_add_func ("/scripts/input-not-read", test_input_not_read);
  g_test_add_func ("/scripts/input-ends", test_input_ends);
  g_test_add_func ("/scripts/not-runnable", test_not_runnable);
  g_test_add_func ("/scripts/environment", test_environment);
  g_test_add_func ("/scripts/clean-start", test_clean_start);
  g_test_add_func ("/scripts/log-while-running", test_log_while_running);
  g_test_add_func ("/scripts/retries", test_retries);
  g_test_add_func ("/scripts/only-vmm-steps-are-retried", test_only_vmm_steps_are_retried);
  g_test_add_func ("/scripts/time-limit", test_time_limit);
  g_test_add_func ("/scripts/time-limit-of-other-steps", test_time_limit_of_other_steps);
  return g_test_run ();
}
