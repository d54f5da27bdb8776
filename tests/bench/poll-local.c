/* SPDX-License-Identifier: Apache-2.0
 *
 * 10,000 local POLLs through the driver against a bare loop of posix_spawn on
 * the same script, in turns in the same run, because machines are never quiet.
 * Also the processor time of both, which other work on the machine changes less,
 * what the driver has resident when idle, and how soon it answers INIT.
 *
 * Usage: poll-local [NUMBER [ROUNDS]]
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/rig.h"

#define INIT_TRIES 21

/* As many at a time as the driver has, so that a busy machine is fair to both. */
#define THREADS 15

static double
since (gint64 begin_us)
{
  return (double) (g_get_monotonic_time () - begin_us) / G_TIME_SPAN_SECOND;
}

/* Rate and processor time of one run. */
typedef struct
{
  double per_second;
  double cpu_ms; /* for one script, with what runs it */
} Figures;

static double
seconds (struct timeval time)
{
  return (double) time.tv_sec + (double) time.tv_usec / G_TIME_SPAN_SECOND;
}

/* ---- the loop ---- */

static double
own_cpu (void)
{
  struct rusage self, children;

  getrusage (RUSAGE_SELF, &self);
  getrusage (RUSAGE_CHILDREN, &children);
  return seconds (self.ru_utime) + seconds (self.ru_stime) + seconds (children.ru_utime)
         + seconds (children.ru_stime);
}

static pid_t
spawn_one (char *const *argv)
{
  posix_spawn_file_actions_t actions;
  pid_t pid;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 2, "/dev/null", O_WRONLY, 0);
  g_assert_cmpint (posix_spawn (&pid, argv[0], &actions, NULL, argv, environ), ==, 0);
  posix_spawn_file_actions_destroy (&actions);
  return pid;
}

/* The script so many times, at_once of them at any moment. */
static Figures
run_loop (const char *script, guint n, guint at_once)
{
  char *argv[] = { (char *) script, (char *) "one-1", (char *) "host", (char *) "1",
                   (char *) "host", NULL };
  gint64 begin = g_get_monotonic_time ();
  double cpu = own_cpu ();
  guint started = 0;

  for (; started < MIN (at_once, n); started++)
    spawn_one (argv);
  for (guint ended = 0; ended < n; ended++)
    {
      g_assert_cmpint (wait (NULL), >, 0);
      if (started++ < n)
        spawn_one (argv);
    }
  return (Figures) { n / since (begin), (own_cpu () - cpu) * 1000 / n };
}

/* ---- the driver ---- */

/* Of the driver and of all its scripts that have ended. */
static double
driver_cpu (const Rig *rig)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) rig->pid);
  g_autofree char *text = NULL;
  long user, system, children_user, children_system;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (sscanf (strrchr (text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u "
                           "%ld %ld %ld %ld", &user, &system, &children_user, &children_system),
                   ==, 4);
  return (double) (user + system + children_user + children_system)
         / (double) sysconf (_SC_CLK_TCK);
}

typedef struct
{
  Rig     *rig;
  GString *requests;
} Sender;

static gpointer
send_all (gpointer data)
{
  Sender *sender = data;

  rig_send_bytes (sender->rig, sender->requests->str, sender->requests->len);
  return NULL;
}

/* A VM as oned describes it: the captured one, some kilobytes. */
static char *
captured_request (void)
{
  g_autofree char *path =
    g_test_build_filename (G_TEST_DIST, "captures", "5.2.1", "POLL.line", NULL);
  char *line;

  if (!g_file_get_contents (path, &line, NULL, NULL))
    g_error ("%s cannot be read", path);
  return g_strchomp (line);
}

static Figures
run_driver (Rig *rig, guint n)
{
  g_autofree char *line = captured_request ();
  Sender sender = { rig, g_string_new (NULL) };
  GThread *thread;
  Figures figures;
  gint64 begin;
  double cpu;

  for (guint i = 0; i < n; i++)
    g_string_append_printf (sender.requests, "%s\n", line);
  begin = g_get_monotonic_time ();
  cpu = driver_cpu (rig);
  thread = g_thread_new ("sender", send_all, &sender);
  for (guint i = 0; i < n; i++)
    g_free (rig_line_with (rig, "POLL SUCCESS "));
  figures.per_second = n / since (begin);
  figures.cpu_ms = (driver_cpu (rig) - cpu) * 1000 / n;
  g_thread_join (thread);
  g_string_free (sender.requests, TRUE);
  return figures;
}

/* ---- figures ---- */

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare);
  return values[n / 2];
}

static void
measure_init (void)
{
  double ms[INIT_TRIES];
  gint64 rss = 0;

  for (guint i = 0; i < INIT_TRIES; i++)
    {
      g_autoptr (Rig) rig = rig_new ();
      gint64 begin = g_get_monotonic_time ();

      rig_start_init (rig, "-t 15 -p kvm");
      ms[i] = since (begin) * 1000;
      rss = MAX (rss, rig_memory_kb (rig, "VmRSS"));
      rig_finish (rig);
    }
  printf ("start to INIT: median %.1f ms\n", median (ms, INIT_TRIES));
  printf ("idle after start: %" G_GINT64_FORMAT " kB resident\n", rss);
}

static void
measure_polls (guint n, guint rounds, const char *what, const char *body)
{
  g_autofree double *ratios = g_new (double, rounds);
  g_autofree double *cpu = g_new (double, rounds);
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *script = rig_path (rig, "var/remotes/vmm/kvm/poll");
  if (body == NULL)
    rig_link (rig, "vmm/kvm/poll", "/bin/true");
  else
    rig_script (rig, "vmm/kvm/poll", body);
  printf ("%u POLLs with %s\n", n, what);
  rig_start_init (rig, "-t 15 -p -l poll kvm");
  for (guint i = 0; i < rounds; i++)
    {
      Figures two = run_loop (script, n, 2);
      Figures many = run_loop (script, n, THREADS);
      Figures ours = run_driver (rig, n);

      ratios[i] = ours.per_second / MAX (two.per_second, many.per_second);
      cpu[i] = MIN (two.cpu_ms, many.cpu_ms) / ours.cpu_ms;
      printf ("%u: loop %.0f/s (2 at a time), %.0f/s (%d); driver %.0f/s: %.0f %%; processor time "
              "%.3f, %.3f; %.3f ms: %.0f %%\n", i + 1, two.per_second, many.per_second, THREADS,
              ours.per_second, 100 * ratios[i], two.cpu_ms, many.cpu_ms, ours.cpu_ms, 100 * cpu[i]);
      fflush (stdout);
    }
  printf ("median: %.0f %% of the loop, %.0f %% by processor time\n",
          100 * median (ratios, rounds), 100 * median (cpu, rounds));
  g_usleep (3 * G_TIME_SPAN_SECOND);
  printf ("idle three seconds later: %" G_GINT64_FORMAT " kB resident\n",
          rig_memory_kb (rig, "VmRSS"));
  rig_finish (rig);
}

int
main (int argc, char **argv)
{
  guint n = argc > 1 ? (guint) atoi (argv[1]) : 10000;
  guint rounds = argc > 2 ? (guint) atoi (argv[2]) : 5;

  g_test_init (&(int) { 1 }, &argv, NULL);
  measure_init ();
  measure_polls (n, rounds, "a script of the shell", "echo 'STATE=a CPU=1.0'");
  measure_polls (n, rounds, "/bin/true", NULL);
  return 0;
}
