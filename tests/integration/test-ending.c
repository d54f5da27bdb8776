/* SPDX-License-Identifier: Apache-2.0
 *
 * The ends of an action and of the driver: DRIVER_CANCEL, FINALIZE, end of
 * input, SIGTERM, and nobody who reads.
 */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/rig.h"

/* oned kills after a second or two; a busy machine needs some room. */
#define SOON_US (4 * G_TIME_SPAN_SECOND)

/* Says that it runs, and then runs for ever with all kinds of children. */
#define FOREVER \
  "sleep 1000 &\n" \
  "timeout 1000 sleep 1000 &\n" \
  "(sleep 1000; true) &\n" \
  "(trap '' TERM; sleep 1000; sleep 1000) &\n" \
  "touch \"running.$3\"\n" \
  "wait; sleep 1000"

/* Runs until the file "go" is there. */
#define UNTIL_GO "touch \"running.$3\"; until [ -e go ]; do sleep 0.01; done; echo done"

static Rig *
start (const char *arguments, const char *body)
{
  Rig *rig = rig_new ();

  rig_script (rig, "vmm/kvm/poll", body);
  rig_stub (rig, "vmm/kvm/reset");
  rig_start_init (rig, arguments);
  return rig;
}

static void
send_poll (Rig *rig, const char *id, const char *host)
{
  g_autofree char *line = rig_poll_request (id, host, "one-1");

  rig_send (rig, line);
}

static void
send_reset (Rig *rig, const char *id, const char *host)
{
  g_autofree char *xml =
    g_strdup_printf ("<VMM_DRIVER_ACTION_DATA><HOST>%s</HOST><DEPLOY_ID>d</DEPLOY_ID>"
                     "</VMM_DRIVER_ACTION_DATA>", host);
  g_autofree char *line = rig_request ("RESET", id, xml);

  rig_send (rig, line);
}

static void
wait_running (Rig *rig, const char *id)
{
  g_autofree char *name = g_strdup_printf ("var/running.%s", id);

  g_free (rig_wait_file (rig, name));
}

static void
expect_line (Rig *rig, const char *want)
{
  g_autofree char *line = rig_line (rig);

  g_assert_cmpstr (line, ==, want);
}

static void
expect_end (Rig *rig)
{
  g_autofree char *line = rig_line (rig);

  g_assert_null (line);
  g_assert_cmpint (rig_wait (rig), ==, 0);
}

/* ---- DRIVER_CANCEL ---- */

static void
test_cancel_queued (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", UNTIL_GO);
  g_autofree char *ran = NULL;

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  send_poll (rig, "6", "h");
  rig_send (rig, "DRIVER_CANCEL 6");
  expect_line (rig, "LOG I 6 Driver command for 6 cancelled");
  rig_write (rig, "var/go", "");
  rig_expect (rig, "POLL SUCCESS 5 done");
  send_reset (rig, "7", "h");
  rig_expect (rig, "RESET SUCCESS 7 -");
  ran = rig_read (rig, "var/running.6");
  g_assert_null (ran);
  rig_finish (rig);
}

/* All that it started ends, there is no result, and the host is free. */
static void
test_cancel_running (void)
{
  g_autoptr (Rig) rig = start ("--all-local -t 1 kvm", FOREVER);
  gint64 begin;

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  begin = g_get_monotonic_time ();
  rig_send (rig, "DRIVER_CANCEL  5 ");
  send_reset (rig, "5", "h");
  expect_line (rig, "LOG I 5 Driver command for 5 cancelled");
  rig_expect (rig, "RESET SUCCESS 5 -");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, SOON_US);
  rig_wait_no_process (rig);
  rig_finish (rig);
}

/* One and the same VM may have several actions; all of them are meant. */
static void
test_cancel_on_two_hosts (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", "touch \"running.$2\"; sleep 1000");

  send_poll (rig, "5", "a");
  send_poll (rig, "5", "b");
  send_poll (rig, "5", "b");
  wait_running (rig, "a");
  wait_running (rig, "b");
  rig_send (rig, "DRIVER_CANCEL 5");
  expect_line (rig, "LOG I 5 Driver command for 5 cancelled");
  send_reset (rig, "6", "a");
  rig_expect (rig, "RESET SUCCESS 6 -");
  send_reset (rig, "7", "b");
  rig_expect (rig, "RESET SUCCESS 7 -");
  rig_wait_no_process (rig);
  rig_finish (rig);
}

static void
test_cancel_nothing (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", "true");

  rig_send (rig, "DRIVER_CANCEL 99");
  expect_line (rig, "LOG I 99 Driver command for 99 cancelled");
  send_poll (rig, "99", "h");
  rig_expect (rig, "POLL SUCCESS 99 -");
  rig_finish (rig);
}

/* A later step must not start after the cancel. */
static void
test_cancel_stops_the_action (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", "true");
  g_autofree char *line =
    rig_request ("SHUTDOWN", "5",
                 "<VMM_DRIVER_ACTION_DATA><HOST>h</HOST><DEPLOY_ID>d</DEPLOY_ID><VM><ID>5</ID>"
                 "<TEMPLATE><NIC><VN_MAD>dummy</VN_MAD></NIC></TEMPLATE></VM>"
                 "</VMM_DRIVER_ACTION_DATA>");
  g_autoptr (GPtrArray) calls = NULL;

  rig_script (rig, "vmm/kvm/shutdown", "trap 'exit 0' TERM; touch running.5; sleep 1000 & wait");
  rig_stub (rig, "vnm/dummy/clean");
  rig_send (rig, line);
  wait_running (rig, "5");
  rig_send (rig, "DRIVER_CANCEL 5");
  expect_line (rig, "LOG I 5 Driver command for 5 cancelled");
  send_reset (rig, "6", "h");
  rig_expect (rig, "RESET SUCCESS 6 -");
  calls = rig_calls (rig);
  g_assert_cmpint (calls->len, ==, 1);
  rig_finish (rig);
}

static void
test_cancel_during_retry (void)
{
  g_autoptr (Rig) rig = start ("--all-local -r 1000 kvm", "touch \"running.$3\"; exit 1");

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  rig_send (rig, "DRIVER_CANCEL 5");
  send_reset (rig, "6", "h");
  rig_expect (rig, "RESET SUCCESS 6 -");
  rig_finish (rig);
}

/* ---- FINALIZE ---- */

static void
test_finalize (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", FOREVER);
  gint64 begin;

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  send_poll (rig, "6", "h");
  send_poll (rig, "7", "h");
  begin = g_get_monotonic_time ();
  rig_send (rig, "FINALIZE");
  /* Those that wait are answered at once, before what runs has ended. */
  for (guint id = 6; id <= 7; id++)
    {
      g_autofree char *answer = rig_result (rig);
      g_autofree char *want = g_strdup_printf ("POLL FAILURE %u not started", id);

      g_assert_true (g_str_has_prefix (answer, want));
    }
  g_free (rig_line_with (rig, "POLL FAILURE 5 "));
  expect_end (rig);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, SOON_US);
  rig_wait_no_process (rig);
}

/* What ends well within its second has ended well. */
static void
test_finalize_leaves_time (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", UNTIL_GO);

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  rig_write (rig, "var/go", "");
  rig_send (rig, "FINALIZE");
  rig_expect (rig, "POLL SUCCESS 5 done");
  expect_end (rig);
}

static void
test_finalize_and_end (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", FOREVER);

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  send_poll (rig, "6", "h");
  rig_send (rig, "FINALIZE");
  rig_end_input (rig);
  g_free (rig_line_with (rig, "POLL FAILURE 6 "));
  g_free (rig_line_with (rig, "POLL FAILURE 5 "));
  expect_end (rig);
  rig_wait_no_process (rig);
}

static void
test_finalize_idle (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", "true");
  gint64 begin = g_get_monotonic_time ();

  rig_send (rig, "FINALIZE");
  expect_end (rig);
  /* With nothing to wait for it does not take the second that others get. */
  g_assert_cmpint (g_get_monotonic_time () - begin, <, G_TIME_SPAN_SECOND);
}

/* Whoever asks for the status and then says nothing does not hold up the end. */
static void
test_finalize_with_status_client (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", "true");
  g_autofree char *path = rig_path (rig, "var/one_vmm_kvm.status");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int client = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gint64 begin;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (connect (client, (struct sockaddr *) &address, sizeof address), ==, 0);
  begin = g_get_monotonic_time ();
  rig_send (rig, "FINALIZE");
  expect_end (rig);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 3 * G_TIME_SPAN_SECOND / 2);
  close (client);
}

/* What comes after FINALIZE is answered, too. */
static void
test_request_after_finalize (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", FOREVER);

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  rig_send (rig, "FINALIZE");
  send_poll (rig, "8", "other");
  g_free (rig_line_with (rig, "POLL FAILURE 8 "));
  g_free (rig_line_with (rig, "POLL FAILURE 5 "));
  expect_end (rig);
}

/* oned has stopped reading long before, and the pipe is full. */
static void
test_finalize_while_nobody_reads (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", "yes 'INFO: a log line' | head -c 400000 >&2");
  gint64 begin;

  send_poll (rig, "5", "h");
  send_poll (rig, "6", "h");
  while (rig_is_quiet (rig, 10))
    ;
  begin = g_get_monotonic_time ();
  rig_send (rig, "FINALIZE");
  g_assert_cmpint (rig_wait (rig), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 2 * SOON_US);
  rig_wait_no_process (rig);
}

/* ---- end of input ---- */

/* printf 'INIT\n...' | one_vmm_exec */
static void
test_end_of_input (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *first = rig_poll_request ("5", "h", "one-5");
  g_autofree char *second = rig_poll_request ("6", "h", "one-6");
  g_autofree char *all = g_strdup_printf ("INIT\n%s\n%s", first, second);

  rig_script (rig, "vmm/kvm/poll", "sleep 0.2; echo done");
  rig_start (rig, "--all-local kvm");
  rig_send_bytes (rig, all, strlen (all));
  rig_end_input (rig);
  expect_line (rig, "INIT SUCCESS - -");
  rig_expect (rig, "POLL SUCCESS 5 done");
  /* Also the last line, which has no newline. */
  rig_expect (rig, "POLL SUCCESS 6 done");
  expect_end (rig);
}

static void
test_end_of_input_in_mid_action (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", UNTIL_GO);

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  rig_end_input (rig);
  g_assert_true (rig_is_quiet (rig, 100));
  rig_write (rig, "var/go", "");
  rig_expect (rig, "POLL SUCCESS 5 done");
  expect_end (rig);
}

static void
test_end_of_input_at_once (void)
{
  g_autoptr (Rig) rig = rig_new ();

  rig_start (rig, "kvm");
  rig_end_input (rig);
  expect_end (rig);
}

/* ---- signals ---- */

static void
test_term (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", FOREVER);
  gint64 begin;

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  send_poll (rig, "6", "h");
  send_reset (rig, "7", "other");
  rig_expect (rig, "RESET SUCCESS 7 -");
  begin = g_get_monotonic_time ();
  kill (rig->pid, SIGTERM);
  g_free (rig_line_with (rig, "POLL FAILURE 6 "));
  g_free (rig_line_with (rig, "POLL FAILURE 5 "));
  expect_end (rig);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, SOON_US);
  rig_wait_no_process (rig);
}

static void
test_term_idle (void)
{
  static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      g_autoptr (Rig) rig = start ("--all-local kvm", "true");

      kill (rig->pid, signals[i]);
      expect_end (rig);
    }
}

/* ---- nobody reads ---- */

static void
test_reader_gone (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", FOREVER);
  gint64 begin;

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  send_poll (rig, "6", "h");
  begin = g_get_monotonic_time ();
  close (rig->out);
  rig->out = -1;
  g_assert_cmpint (rig_wait (rig), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, SOON_US);
  rig_wait_no_process (rig);
}

static void
test_reader_and_writer_gone (void)
{
  g_autoptr (Rig) rig = start ("--all-local kvm", FOREVER);

  send_poll (rig, "5", "h");
  wait_running (rig, "5");
  rig_end_input (rig);
  close (rig->out);
  rig->out = -1;
  g_assert_cmpint (rig_wait (rig), ==, 0);
  rig_wait_no_process (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/ending/cancel-queued", test_cancel_queued);
  g_test_add_func ("/ending/cancel-running", test_cancel_running);
  g_test_add_func ("/ending/cancel-on-two-hosts", test_cancel_on_two_hosts);
  g_test_add_func ("/ending/cancel-nothing", test_cancel_nothing);
  g_test_add_func ("/ending/cancel-stops-the-action", test_cancel_stops_the_action);
  g_test_add_func ("/ending/cancel-during-retry", test_cancel_during_retry);
  g_test_add_func ("/ending/finalize", test_finalize);
  g_test_add_func ("/ending/finalize-leaves-time", test_finalize_leaves_time);
  g_test_add_func ("/ending/finalize-and-end-of-input", test_finalize_and_end);
  g_test_add_func ("/ending/finalize-idle", test_finalize_idle);
  g_test_add_func ("/ending/finalize-with-status-client", test_finalize_with_status_client);
  g_test_add_func ("/ending/request-after-finalize", test_request_after_finalize);
  g_test_add_func ("/ending/finalize-while-nobody-reads", test_finalize_while_nobody_reads);
  g_test_add_func ("/ending/end-of-input", test_end_of_input);
  g_test_add_func ("/ending/end-of-input-in-mid-action", test_end_of_input_in_mid_action);
  g_test_add_func ("/ending/end-of-input-at-once", test_end_of_input_at_once);
  g_test_add_func ("/ending/term", test_term);
  g_test_add_func ("/ending/term-idle", test_term_idle);
  g_test_add_func ("/ending/reader-gone", test_reader_gone);
  g_test_add_func ("/ending/reader-and-writer-gone", test_reader_and_writer_gone);
  return g_test_run ();
}
