/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/writer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "vmm-limits.h"

typedef struct
{
  int        fds[2];
  VmmWriter *writer;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (pipe (fixture->fds), ==, 0);
  fixture->writer = vmm_writer_new (fixture->fds[1]);
}

/* Everything that was written, after the end. */
static char *
finish (Fixture *fixture)
{
  GString *text = g_string_new (NULL);
  char buffer[65536];
  gssize n;

  vmm_writer_close (fixture->writer, 60000);
  close (fixture->fds[1]);
  while ((n = read (fixture->fds[0], buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, n);
  close (fixture->fds[0]);
  return g_string_free (text, FALSE);
}

static void
test_lines (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *text = NULL;

  vmm_writer_init_answer (fixture->writer);
  vmm_writer_log (fixture->writer, VMM_SEVERITY_INFO, "5", "hello");
  vmm_writer_log (fixture->writer, VMM_SEVERITY_ERROR, VMM_NO_ID, "two\nlines\t]]>");
  vmm_writer_result (fixture->writer, "POLL", TRUE, "5", "STATE=a");
  vmm_writer_result (fixture->writer, "CLEANUP", TRUE, "5", "");
  vmm_writer_result (fixture->writer, "CLEANUP", TRUE, "6", NULL);
  vmm_writer_result (fixture->writer, "SAVE", FALSE, "5", "- why\nnot");
  vmm_writer_result (fixture->writer, "SAVE", FALSE, "6", "");
  vmm_writer_result (fixture->writer, "SAVE", FALSE, "7", NULL);
  text = finish (fixture);
  g_assert_cmpstr (text, ==,
                   "INIT SUCCESS - -\n"
                   "LOG I 5 hello\n"
                   "LOG E -1 two lines ]] >\n"
                   "POLL SUCCESS 5 STATE=a\n"
                   "CLEANUP SUCCESS 5 \n"
                   "CLEANUP SUCCESS 6 \n"
                   "SAVE FAILURE 5 why not\n"
                   "SAVE FAILURE 6 no reason given\n"
                   "SAVE FAILURE 7 no reason given\n");
}

static void
test_long_reason_is_cut (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *reason = g_strnfill (10 * VMM_MAX_REASON_BYTES, 'x');
  g_autofree char *text = NULL;

  vmm_writer_result (fixture->writer, "SAVE", FALSE, "5", reason);
  text = finish (fixture);
  g_assert_cmpint (strlen (text), <, VMM_MAX_REASON_BYTES + 100);
  g_assert_true (g_str_has_suffix (text, "\n"));
}

/* Nobody reads: logs have their limit, results have not, and nobody waits. */
static void
test_nobody_reads (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *line = g_strnfill (VMM_MAX_LOG_LINE_BYTES - 100, 'x');
  const guint n = 3 * (VMM_MAX_WAITING_LOG_BYTES / VMM_MAX_LOG_LINE_BYTES);
  GString *text = g_string_new (NULL);
  char buffer[65536];
  guint results = 0;
  struct pollfd fd = { .fd = fixture->fds[0], .events = POLLIN };

  for (guint i = 0; i < n; i++)
    {
      vmm_writer_log (fixture->writer, VMM_SEVERITY_INFO, "5", line);
      vmm_writer_result (fixture->writer, "POLL", TRUE, "5", "x");
    }
  /* Now somebody does. */
  while (results < n)
    {
      gssize got;

      g_assert_cmpint (poll (&fd, 1, 60000), ==, 1);
      got = read (fixture->fds[0], buffer, sizeof buffer);
      g_assert_cmpint (got, >, 0);
      for (gssize i = 0; i < got; i++)
        if (buffer[i] == '\n')
          {
            results += g_str_has_prefix (text->str, "POLL SUCCESS 5 x");
            g_string_truncate (text, 0);
          }
        else if (text->len < 100)
          g_string_append_c (text, buffer[i]);
    }
  g_string_free (text, TRUE);
  vmm_writer_log (fixture->writer, VMM_SEVERITY_INFO, "5", "after");
  {
    g_autofree char *rest = finish (fixture);

    g_assert_nonnull (strstr (rest, "were dropped"));
    g_assert_true (g_str_has_suffix (rest, "LOG I 5 after\n"));
  }
}

/* oned may be gone in the middle of a write: that does not hold up the end. */
static void
test_reader_gone (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *much = g_strnfill (VMM_MAX_REASON_BYTES - 100, 'x');
  struct pollfd fd = { .fd = fixture->fds[0], .events = POLLIN };

  /* More than a pipe holds: a write is under way when the reader goes. */
  for (int i = 0; i < 100; i++)
    vmm_writer_result (fixture->writer, "POLL", TRUE, "5", much);
  g_assert_cmpint (poll (&fd, 1, 60000), ==, 1);
  close (fixture->fds[0]);
  vmm_writer_result (fixture->writer, "POLL", TRUE, "5", "x");
  vmm_writer_close (fixture->writer, G_MAXUINT);
  close (fixture->fds[1]);
}

#define PER_THREAD 2000

static gpointer
write_some (gpointer user_data)
{
  for (guint i = 0; i < PER_THREAD; i++)
    vmm_writer_log (user_data, VMM_SEVERITY_INFO, "5", "0123456789012345678901234567890123456789");
  return NULL;
}

static gpointer
count_lines (gpointer user_data)
{
  char buffer[65536];
  gssize n;
  guint lines = 0;

  while ((n = read (GPOINTER_TO_INT (user_data), buffer, sizeof buffer)) > 0)
    for (gssize i = 0; i < n; i++)
      lines += buffer[i] == '\n';
  return GUINT_TO_POINTER (lines);
}

static void
test_threads (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  GThread *threads[4];
  GThread *reader = g_thread_new ("reader", count_lines, GINT_TO_POINTER (fixture->fds[0]));

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("writer", write_some, fixture->writer);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  vmm_writer_close (fixture->writer, 60000);
  close (fixture->fds[1]);
  g_assert_cmpint (GPOINTER_TO_UINT (g_thread_join (reader)), ==,
                   G_N_ELEMENTS (threads) * PER_THREAD);
  close (fixture->fds[0]);
}

#define ADD(name, func) g_test_add ("/writer/" name, Fixture, NULL, set_up, func, NULL)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  signal (SIGPIPE, SIG_IGN);
  ADD ("lines", test_lines);
  ADD ("long-reason-is-cut", test_long_reason_is_cut);
  ADD ("nobody-reads", test_nobody_reads);
  ADD ("reader-gone", test_reader_gone);
  ADD ("threads", test_threads);
  return g_test_run ();
}
