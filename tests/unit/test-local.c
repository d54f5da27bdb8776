/* SPDX-License-Identifier: Apache-2.0
 *
 * One child and its ends; what oned sees of them is in tests/integration/test-scripts.c.
 */
#include "driver/local.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vmm-limits.h"

typedef struct
{
  VmmOutcome outcome;
  GString   *errors;
} Result;

static void
on_stderr (const char *data, gsize len, gpointer user_data)
{
  g_string_append_len (user_data, data, len);
}

static Result
run_argv (char **argv, const char *input, gsize input_len, guint limit_ms, VmmCancel *cancel)
{
  Result result = { .errors = g_string_new (NULL) };
  VmmRunContext context = {
    .deadline_us = limit_ms == 0 ? G_MAXINT64
                                 : g_get_monotonic_time () + limit_ms * G_TIME_SPAN_MILLISECOND,
    .cancel = cancel, .on_stderr = on_stderr, .user_data = result.errors,
  };
  g_autoptr (VmmCommand) command =
    vmm_command_new (NULL, argv, g_bytes_new (input, input_len), NULL);

  vmm_outcome_init (&result.outcome);
  vmm_local_spawn (command, &context, &result.outcome);
  return result;
}

static Result
run (const char *body, const char *input, guint limit_ms, VmmCancel *cancel)
{
  const char *const argv[] = { "/bin/bash", "-c", body, NULL };

  return run_argv (g_strdupv ((char **) argv), input, strlen (input), limit_ms, cancel);
}

static void
result_clear (Result *result)
{
  vmm_outcome_clear (&result->outcome);
  g_string_free (result->errors, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static void
assert_ended (const Result *result, VmmEnding ending, int code)
{
  g_assert_cmpint (result->outcome.ending, ==, ending);
  g_assert_cmpint (result->outcome.code, ==, code);
}

static void
test_streams (void)
{
  g_auto (Result) result = run ("cat; echo err >&2; exit 3", "in\n", 0, NULL);

  assert_ended (&result, VMM_ENDED_EXITED, 3);
  g_assert_cmpstr (result.outcome.output->str, ==, "in\n");
  g_assert_cmpstr (result.errors->str, ==, "err\n");
}

/* Both ways at once, each larger than any pipe. */
static void
test_large_streams (void)
{
  gsize len = 5 * 1024 * 1024;
  g_autofree char *input = g_strnfill (len, 'x');
  g_auto (Result) result = run ("tee /dev/stderr", input, 0, NULL);

  assert_ended (&result, VMM_ENDED_EXITED, 0);
  g_assert_cmpint (result.errors->len, ==, len);
  g_assert_cmpint (result.outcome.output->len, ==, VMM_MAX_OUTPUT_BYTES);
  g_assert_cmpint (result.outcome.output_dropped, ==, len - VMM_MAX_OUTPUT_BYTES);
}

static void
test_input_not_read (void)
{
  g_autofree char *input = g_strnfill (1024 * 1024, 'x');
  g_auto (Result) unread = run ("exit 0", input, 0, NULL);
  g_auto (Result) closed = run ("exec <&-; sleep 0.05; exit 4", input, 0, NULL);

  assert_ended (&unread, VMM_ENDED_EXITED, 0);
  assert_ended (&closed, VMM_ENDED_EXITED, 4);
}

static void
test_signal (void)
{
  g_auto (Result) killed = run ("kill -9 $$", "", 0, NULL);
  g_auto (Result) stopped = run ("kill -SEGV $$", "", 0, NULL);

  assert_ended (&killed, VMM_ENDED_SIGNALLED, SIGKILL);
  assert_ended (&stopped, VMM_ENDED_SIGNALLED, SIGSEGV);
}

/* The first line of what it said is the pid of something that was left behind. */
static void
end_left_over (const GString *said)
{
  pid_t pid = (pid_t) g_ascii_strtoll (said->str, NULL, 10);

  g_assert_cmpint (pid, >, 1);
  kill (pid, SIGKILL);
}

static void
test_child_holds_output (void)
{
  g_auto (Result) result = run ("sleep 1000 & echo $!; echo err >&2", "", 60000, NULL);

  end_left_over (result.outcome.output);
  assert_ended (&result, VMM_ENDED_EXITED, 0);
  g_assert_cmpstr (result.errors->str, ==, "err\n");
}

/* It goes on writing, but not into our answer for ever. */
static void
test_child_goes_on_writing (void)
{
  g_auto (Result) result = run ("yes & echo $! >&2", "", 60000, NULL);

  end_left_over (result.errors);
  assert_ended (&result, VMM_ENDED_EXITED, 0);
}

static gboolean
is_gone (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *stat = NULL;

  return !g_file_get_contents (path, &stat, NULL, NULL) || strstr (stat, ") Z ") != NULL;
}

static void
assert_gone (const Result *result)
{
  g_auto (GStrv) pids = g_strsplit_set (result->outcome.output->str, " \n", -1);
  gint64 end = g_get_monotonic_time () + 60 * G_TIME_SPAN_SECOND;

  for (char **pid = pids; *pid != NULL; pid++)
    while (**pid != '\0' && !is_gone (*pid))
      {
        g_assert_cmpint (g_get_monotonic_time (), <, end);
        g_usleep (1000);
      }
}

#define TREE "sleep 1000 & a=$!; timeout 1000 sleep 1000 & b=$!; " \
             "(trap '' TERM; exec sleep 1000) & echo $$ $a $b $!; "

static void
test_limit (void)
{
  g_auto (Result) obedient = run (TREE "wait", "", 200, NULL);
  g_auto (Result) stubborn = run ("trap '' TERM; " TREE "while :; do wait; done", "", 200, NULL);

  assert_ended (&obedient, VMM_ENDED_TIMED_OUT, 0);
  assert_ended (&stubborn, VMM_ENDED_TIMED_OUT, 0);
  assert_gone (&obedient);
  assert_gone (&stubborn);
}

/* The child gets a moment, and its last words are kept. */
static void
test_limit_keeps_last_words (void)
{
  g_auto (Result) result =
    run ("trap 'echo bye; exit 0' TERM; echo here; sleep 1000 & wait", "", 200, NULL);

  assert_ended (&result, VMM_ENDED_TIMED_OUT, 0);
  g_assert_cmpstr (result.outcome.output->str, ==, "here\nbye\n");
}

static gpointer
cancel_later (gpointer cancel)
{
  g_usleep (100 * 1000);
  vmm_cancel_trigger (cancel);
  return NULL;
}

static void
test_cancel (void)
{
  g_autoptr (VmmCancel) cancel = vmm_cancel_new ();
  GThread *thread = g_thread_new ("cancel", cancel_later, cancel);
  g_auto (Result) result = run (TREE "wait", "", 0, cancel);
  g_auto (Result) next = run ("echo never", "", 0, cancel);

  g_thread_join (thread);
  assert_ended (&result, VMM_ENDED_CANCELLED, 0);
  assert_gone (&result);
  assert_ended (&next, VMM_ENDED_CANCELLED, 0);
  g_assert_cmpint (next.outcome.output->len, ==, 0);
}

/* A request to stop that came to be when there was no descriptor for it. */
static void
test_cancel_without_descriptor (void)
{
  struct rlimit most;
  g_autoptr (VmmCancel) cancel = NULL;
  GThread *thread;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &most), ==, 0);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &(struct rlimit){ 0, most.rlim_max }), ==, 0);
  cancel = vmm_cancel_new ();
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &most), ==, 0);
  g_assert_cmpint (vmm_cancel_fd (cancel), ==, -1);

  thread = g_thread_new ("cancel", cancel_later, cancel);
  {
    g_auto (Result) result = run ("sleep 1000", "", 0, cancel);

    assert_ended (&result, VMM_ENDED_CANCELLED, 0);
  }
  g_thread_join (thread);
}

static void
test_not_started (void)
{
  const char *const missing[] = { "/no/such/program", NULL };
  g_autofree char *word = g_strnfill (4 * 1024 * 1024, 'x');
  const char *const too_long[] = { "/bin/true", word, NULL };
  g_auto (Result) first = run_argv (g_strdupv ((char **) missing), "", 0, 0, NULL);
  g_auto (Result) second = run_argv (g_strdupv ((char **) too_long), "", 0, 0, NULL);

  g_assert_cmpint (first.outcome.ending, ==, VMM_ENDED_NOT_STARTED);
  g_assert_nonnull (strstr (first.outcome.reason, "/no/such/program"));
  g_assert_cmpint (second.outcome.ending, ==, VMM_ENDED_NOT_STARTED);
  g_assert_nonnull (strstr (second.outcome.reason, "Argument list too long"));
}

/* ---- as a transport ---- */

static void
test_transport (void)
{
  g_autofree char *dir = g_dir_make_tmp ("one-vmm-local-XXXXXX", NULL);
  g_autofree char *script = g_build_filename (dir, "script", NULL);
  g_autofree char *file = g_build_filename (dir, "sub", "file", NULL);
  g_autofree char *sub = g_build_filename (dir, "sub", NULL);
  const char *const argv[] = { script, file, NULL };
  g_autoptr (GBytes) data = g_bytes_new ("data", 4);
  GPtrArray *files = g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_file_free);
  g_autoptr (VmmCommand) command = NULL;
  VmmTransport *local = vmm_local_new ();
  VmmRunContext context = { .deadline_us = G_MAXINT64 };
  VmmEnding endings[3];

  g_ptr_array_add (files, vmm_file_new (file, data));
  command = vmm_command_new (NULL, g_strdupv ((char **) argv), g_bytes_new ("", 0), files);
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      g_auto (VmmOutcome) outcome;

      if (i == 1)
        g_assert_true (g_file_set_contents (script, "#!/bin/sh\nexec cat \"$1\"\n", -1, NULL));
      if (i == 2)
        g_chmod (script, 0755);
      vmm_outcome_init (&outcome);
      vmm_transport_run (local, command, &context, &outcome);
      endings[i] = outcome.ending;
      /* The file is there before the script starts. */
      if (i == 2)
        g_assert_cmpstr (outcome.output->str, ==, "data");
    }
  g_assert_cmpint (endings[0], ==, VMM_ENDED_NO_SCRIPT);
  g_assert_cmpint (endings[1], ==, VMM_ENDED_NOT_EXECUTABLE);
  g_assert_cmpint (endings[2], ==, VMM_ENDED_EXITED);
  vmm_transport_free (local);
  g_unlink (file);
  g_rmdir (sub);
  g_unlink (script);
  g_rmdir (dir);
}

static gpointer
run_some (gpointer data G_GNUC_UNUSED)
{
  for (guint i = 0; i < 20; i++)
    {
      g_auto (Result) result = run ("cat; exit 7", "text", 0, NULL);

      assert_ended (&result, VMM_ENDED_EXITED, 7);
      g_assert_cmpstr (result.outcome.output->str, ==, "text");
    }
  return NULL;
}

/* Each thread waits for its own child; no descriptor of one reaches another's. */
static void
test_threads (void)
{
  GThread *threads[8];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("runner", run_some, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/local/streams", test_streams);
  g_test_add_func ("/local/large-streams", test_large_streams);
  g_test_add_func ("/local/input-not-read", test_input_not_read);
  g_test_add_func ("/local/signal", test_signal);
  g_test_add_func ("/local/child-holds-output", test_child_holds_output);
  g_test_add_func ("/local/child-goes-on-writing", test_child_goes_on_writing);
  g_test_add_func ("/local/limit", test_limit);
  g_test_add_func ("/local/limit-keeps-last-words", test_limit_keeps_last_words);
  g_test_add_func ("/local/cancel", test_cancel);
  g_test_add_func ("/local/cancel-without-descriptor", test_cancel_without_descriptor);
  g_test_add_func ("/local/not-started", test_not_started);
  g_test_add_func ("/local/transport", test_transport);
  g_test_add_func ("/local/threads", test_threads);
  return g_test_run ();
}
