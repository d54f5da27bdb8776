/* SPDX-License-Identifier: Apache-2.0
 *
 * A run of faults: the driver lives again and again, each time with other
 * options, a hundred hosts and thousands of requests, while what it depends on
 * breaks and is mended. After each wave the books must balance (ledger.h), and
 * nothing may be left running or open. All is drawn from the seed.
 *
 * Usage: faults [--seed N] [--seconds N] [--life N] [--hosts N] [--keep]
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../ssh/sshlab.h"
#include "ledger.h"
#include "world.h"

#define PLACES 5

/* How long a mended world may take to get back to work, and an end to come. */
#define PATIENCE_S 120

/* How often the driver is looked at. */
#define LOOK_US (50 * G_TIME_SPAN_MILLISECOND)

/* What may come and go with the allocator, and the stack of a thread that was new. */
#define MEMORY_SLACK_KB 2048
#define THREAD_KB 64

static int seed = 1, seconds = 60, only_life = -1, n_hosts = 100;
static gboolean keep;
static const char *disk; /* that can be filled, or NULL */

static const GOptionEntry entries[] = {
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "All is drawn from it (1)", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "Begin nothing new after so many (60)", "N" },
  { "life", 0, 0, G_OPTION_ARG_INT, &only_life, "Only this one", "N" },
  { "hosts", 0, 0, G_OPTION_ARG_INT, &n_hosts, "So many (100)", "N" },
  { "keep", 0, 0, G_OPTION_ARG_NONE, &keep, "Keep the tree of a life that fails", NULL },
  { .long_name = NULL },
};

/* Over the whole run. */
static struct
{
  guint  waves, requests, succeeded, failed, cancelled, left_on_broken_hosts;
  guint  faults[N_FAULTS];
  gint64 most_growth_kb;
} total;

/* One life at work. */
typedef struct
{
  World    *world;
  Life     *life;
  Rig      *rig;
  Ledger   *ledger;
  GString  *to_send;
  gboolean  deaf;          /* nobody reads what the driver says */
  gboolean  hosts_broke;   /* a host could not be reached in this wave */
  guint     idle_threads, idle_descriptors;
  gint64    idle_kb;       /* with so many threads: */
  guint     kb_threads;
  gint64    end_us;        /* no new wave after that */
} Play;

/* ---- talking ---- */

static void
send_some (Play *play)
{
  gssize n = write (play->rig->in, play->to_send->str, play->to_send->len);

  if (n > 0)
    g_string_erase (play->to_send, 0, n);
  else if (n < 0 && errno != EAGAIN && errno != EINTR)
    {
      ledger_complain (play->ledger, "the driver does not read: %s", g_strerror (errno));
      g_string_truncate (play->to_send, 0);
    }
}

/* FALSE at the end. */
static gboolean
take_some (Play *play)
{
  char data[65536];
  gssize n = read (play->rig->out, data, sizeof data);
  GString *buffer = play->rig->buffer;
  char *begin, *newline;

  if (n <= 0)
    return n < 0 && (errno == EAGAIN || errno == EINTR);
  g_string_append_len (buffer, data, n);
  for (begin = buffer->str; (newline = strchr (begin, '\n')) != NULL; begin = newline + 1)
    {
      *newline = '\0';
      ledger_take_line (play->ledger, begin);
    }
  g_string_erase (buffer, 0, begin - buffer->str);
  return TRUE;
}

/* One turn of the loop. FALSE when the driver has closed its output. */
static gboolean
turn (Play *play, gint64 until_us)
{
  gint64 left_us = CLAMP (until_us - g_get_monotonic_time (), 0, LOOK_US);
  struct pollfd fds[] = {
    { .fd = play->to_send->len > 0 ? play->rig->in : -1, .events = POLLOUT },
    { .fd = play->deaf ? -1 : play->rig->out, .events = POLLIN },
  };

  poll (fds, G_N_ELEMENTS (fds), (int) (left_us / 1000 + 1));
  if (fds[0].revents != 0)
    send_some (play);
  return fds[1].revents == 0 || take_some (play);
}

/* ---- a wave ---- */

static void
happen (Play *play, const Event *event)
{
  g_autofree char *line = NULL;

  switch (event->kind)
    {
    case SEND:
      line = ledger_send (play->ledger, event->request);
      break;
    case CANCEL:
      line = ledger_cancel (play->ledger, event->request);
      break;
    case BEGIN_FAULT:
      total.faults[event->fault]++;
      play->deaf |= event->fault == NOBODY_READS;
      play->hosts_broke |= event->fault <= SSHD_KILLED;
      world_begin_fault (play->world, play->rig, event->fault, event->place);
      break;
    case END_FAULT:
      play->deaf &= event->fault != NOBODY_READS;
      world_end_fault (play->world, play->rig, event->fault, event->place);
      break;
    }
  if (line != NULL)
    g_string_append (play->to_send, line);
}

/* One more closes connections that nobody uses. */
static void
look (Play *play)
{
  guint threads = rig_count_threads (play->rig), most = play->idle_threads + 1 + play->life->threads;

  if (threads > most && play->ledger->problems->len == 0)
    ledger_complain (play->ledger, "%u threads, %u when idle, -t %u", threads, play->idle_threads,
                     play->life->threads);
}

/* Until `stop_ms`: what comes later does not happen. FALSE when the driver has ended. */
static gboolean
play_events (Play *play, const GArray *events, guint stop_ms)
{
  gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < events->len && g_array_index (events, Event, i).at_ms < stop_ms;)
    {
      const Event *event = &g_array_index (events, Event, i);
      gint64 due = begin + event->at_ms * G_TIME_SPAN_MILLISECOND;

      if (g_get_monotonic_time () >= due)
        {
          happen (play, event);
          i++;
        }
      else if (!turn (play, due))
        return FALSE;
    }
  return TRUE;
}

static void
tell_open (Play *play)
{
  for (guint i = 0; i < play->ledger->sent->len; i++)
    {
      const Request *request = play->ledger->sent->pdata[i];

      if (request->answers == 0 && !request->cancelled)
        ledger_complain (play->ledger, "open: %s %u on host%03u, its script %s", request->verb,
                         request->id, request->host,
                         request->begin_ns == 0 ? "did not begin"
                         : request->end_ns == 0 ? "began" : "ended");
    }
}

static gboolean
wait_for_answers (Play *play)
{
  gint64 end = g_get_monotonic_time () + PATIENCE_S * G_TIME_SPAN_SECOND;

  while (play->ledger->open > 0 || play->to_send->len > 0)
    {
      if (!turn (play, end))
        {
          ledger_complain (play->ledger, "the driver ended by itself");
          return FALSE;
        }
      look (play);
      if (g_get_monotonic_time () < end)
        continue;
      ledger_read_record (play->ledger);
      ledger_complain (play->ledger, "%u requests are not answered", play->ledger->open);
      tell_open (play);
      return FALSE;
    }
  return TRUE;
}

static gboolean
nothing_runs (Play *play)
{
  ledger_read_record (play->ledger);
  return world_count_sessions (play->ledger->sessions) == 0
         && (play->life->transport != ALL_LOCAL || rig_count_children (play->rig) == 0);
}

/* Whatever the scripts started has ended; what a broken host keeps can't be helped. */
static void
settle (Play *play)
{
  guint left;

  for (int i = 0; i < 100 && !nothing_runs (play); i++)
    turn (play, g_get_monotonic_time () + 2 * LOOK_US);
  left = world_count_sessions (play->ledger->sessions);
  if (left == 0)
    return;
  if (play->hosts_broke)
    total.left_on_broken_hosts += left;
  else
    ledger_complain (play->ledger, "%u processes of scripts are left", left);
  world_kill_sessions (play->ledger->sessions);
}

static gboolean
is_back (Play *play)
{
  return rig_count_descriptors (play->rig) <= play->idle_descriptors
         && rig_count_children (play->rig) == 0;
}

/* All connections have had their time by then, where that is short. */
static void
check_back (Play *play)
{
  if (play->life->transport != ALL_LOCAL && play->life->idle_s > 1)
    return;
  for (int i = 0; i < 300 && !is_back (play); i++)
    turn (play, g_get_monotonic_time () + 2 * LOOK_US);
  if (!is_back (play))
    ledger_complain (play->ledger, "%u descriptors (%u at first) and %u children are left",
                     rig_count_descriptors (play->rig), play->idle_descriptors,
                     rig_count_children (play->rig));
}

static gboolean
run_wave (Play *play, Weather weather)
{
  g_autoptr (GArray) events = NULL;

  ledger_begin_wave (play->ledger);
  play->hosts_broke = FALSE;
  events = life_draw_wave (play->life, weather, play->ledger->requests);
  total.waves++;
  if (!play_events (play, events, G_MAXUINT))
    {
      ledger_complain (play->ledger, "the driver ended by itself");
      return FALSE;
    }
  if (!wait_for_answers (play))
    return FALSE;
  settle (play);
  ledger_check (play->ledger, weather == CALM, TRUE);
  return play->ledger->problems->len == 0;
}

/* ---- the end of a life ---- */

static void
say_end (Play *play)
{
  switch (play->life->end)
    {
    case FINALIZE_IDLE:
    case FINALIZE:
      g_string_append (play->to_send, "FINALIZE\n");
      break;
    case ONED_GONE:
      close (play->rig->out);
      play->rig->out = -1;
      break;
    case TERMINATE:
      kill (play->rig->pid, SIGTERM);
      break;
    case END_OF_INPUT:
    case N_ENDS:
      break;
    }
  for (gint64 end = g_get_monotonic_time () + PATIENCE_S * G_TIME_SPAN_SECOND;
       play->to_send->len > 0 && g_get_monotonic_time () < end && turn (play, end);)
    ;
  if (play->life->end == END_OF_INPUT || play->life->end == ONED_GONE)
    rig_end_input (play->rig);
}

/* A signal may come before what was sent is read; then there is no answer. */
static void
end_life (Play *play)
{
  g_autoptr (GArray) events = NULL;
  gboolean all_answered = play->life->end != ONED_GONE && play->life->end != TERMINATE;
  int status;

  ledger_begin_wave (play->ledger);
  play->hosts_broke = FALSE;
  if (play->life->end != FINALIZE_IDLE)
    {
      events = life_draw_wave (play->life, LAST, play->ledger->requests);
      play_events (play, events, (guint) g_rand_int_range (play->life->rand, 0, 400));
    }
  say_end (play);
  while (play->rig->out >= 0 && turn (play, G_MAXINT64))
    ;
  if (play->life->end != ONED_GONE && play->rig->buffer->len > 0)
    ledger_complain (play->ledger, "the last line has no end: %.200s", play->rig->buffer->str);
  status = rig_wait (play->rig);
  if (status != 0)
    ledger_complain (play->ledger, "the driver ended with status %d", status);
  ledger_read_record (play->ledger);
  for (int i = 0; i < 100 && (world_count_sessions (play->ledger->sessions) > 0
                              || rig_count_processes (play->rig) > 0); i++)
    g_usleep (2 * LOOK_US);
  if (world_count_sessions (play->ledger->sessions) > 0 || rig_count_processes (play->rig) > 0)
    ledger_complain (play->ledger, "after the end %u processes of scripts and %u others are left",
                     world_count_sessions (play->ledger->sessions),
                     rig_count_processes (play->rig));
  ledger_check (play->ledger, FALSE, all_answered);
}

/* ---- a life ---- */

/* More than in the second wave. */
static gint64
growth_kb (const Play *play)
{
  guint new_threads = rig_count_threads (play->rig) - play->kb_threads;

  return rig_memory_kb (play->rig, "VmRSS") - play->idle_kb - THREAD_KB * (gint64) new_threads;
}

/* The driver gives memory back when it has been idle for a while. */
static void
check_memory (Play *play, guint wave)
{
  if (!rig_is_plain_build () || (play->life->transport != ALL_LOCAL && play->life->idle_s > 1)
      || wave == 0)
    return;
  if (wave == 1)
    {
      play->idle_kb = rig_memory_kb (play->rig, "VmRSS");
      play->kb_threads = rig_count_threads (play->rig);
    }
  for (int i = 0; i < 100 && growth_kb (play) > MEMORY_SLACK_KB; i++)
    turn (play, g_get_monotonic_time () + 2 * LOOK_US);
  total.most_growth_kb = MAX (total.most_growth_kb, growth_kb (play));
  if (growth_kb (play) > MEMORY_SLACK_KB)
    ledger_complain (play->ledger, "memory went from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                     " KB in %u waves", play->idle_kb, rig_memory_kb (play->rig, "VmRSS"), wave);
}

static gboolean
play_life (Play *play)
{
  fcntl (play->rig->in, F_SETFL, O_NONBLOCK);
  fcntl (play->rig->out, F_SETFL, O_NONBLOCK);
  play->idle_threads = rig_count_threads (play->rig);
  play->idle_descriptors = rig_count_descriptors (play->rig);
  for (guint wave = 0; wave < play->life->waves
                       && (wave == 0 || g_get_monotonic_time () < play->end_us); wave++)
    {
      if (!run_wave (play, STORM) || !run_wave (play, CALM))
        return FALSE;
      check_back (play);
      check_memory (play, wave);
      if (play->ledger->problems->len > 0)
        return FALSE;
    }
  end_life (play);
  return play->ledger->problems->len == 0;
}

static void
show_problems (const Ledger *ledger)
{
  g_auto (GStrv) lines = g_strsplit (ledger->problems->str, "\n", -1);

  for (char **line = lines; *line != NULL && **line != '\0'; line++)
    printf ("#   %s\n", *line);
}

static gboolean
run_life (World *world, guint number, gboolean small_disk, gint64 end_us)
{
  Life life;
  Play play = { .world = world, .life = &life, .to_send = g_string_new (NULL),
                .end_us = end_us };
  g_autofree char *what = NULL, *record = NULL;
  gint64 begin = g_get_monotonic_time ();
  gboolean ok;

  life_draw (&life, (guint) seed, number, (guint) n_hosts, PLACES, small_disk);
  what = life_describe (&life);
  play.rig = world_start (world, &life);
  record = rig_path (play.rig, "record");
  play.ledger = ledger_new (&life, record);
  ok = play_life (&play);

  printf ("%sok %u - %s: %u requests, %u succeeded, %u cancelled, %.1f s\n", ok ? "" : "not ",
          number + 1, what, play.ledger->requests->len, play.ledger->succeeded,
          play.ledger->cancelled, (double) (g_get_monotonic_time () - begin) / G_TIME_SPAN_SECOND);
  show_problems (play.ledger);
  if (!ok)
    printf ("#   again: --seed %d --life %u\n", seed, number);
  fflush (stdout);
  total.requests += play.ledger->requests->len;
  total.succeeded += play.ledger->succeeded;
  total.failed += play.ledger->answered - play.ledger->succeeded;
  total.cancelled += play.ledger->cancelled;
  ledger_free (play.ledger);
  g_string_free (play.to_send, TRUE);
  life_clear (&life);
  if (!ok && keep)
    {
      printf ("# kept: %s, process %d\n", play.rig->root, (int) play.rig->pid);
      fflush (stdout);
      pause ();
    }
  rig_free (play.rig);
  return ok;
}

static void
show_total (guint lives)
{
  printf ("# seed %d: %u lives, %u waves, %u requests: %u succeeded, %u failed, %u cancelled\n",
          seed, lives, total.waves, total.requests, total.succeeded, total.failed,
          total.cancelled);
  for (Fault fault = 0; fault < N_FAULTS; fault++)
    printf ("# %s: %u times\n", life_fault_name (fault), total.faults[fault]);
  printf ("# processes left on hosts that broke: %u; most growth of memory in a life: %"
          G_GINT64_FORMAT " KB\n", total.left_on_broken_hosts, total.most_growth_kb);
}

static int
run (int argc, char **argv, const char *problem)
{
  gint64 end = g_get_monotonic_time () + seconds * G_TIME_SPAN_SECOND;
  World *world;
  guint lives = 0, failed = 0;

  if (problem != NULL)
    {
      printf ("1..0 # SKIP %s\n", problem);
      return 0;
    }
  g_test_init (&argc, &argv, NULL);
  world = world_new (disk, (guint) n_hosts, PLACES);
  printf ("# seed %d\n", seed);
  if (disk == NULL)
    printf ("# without a full disk, which needs root\n");
  for (guint number = only_life >= 0 ? (guint) only_life : 0;
       lives == 0 || (only_life < 0 && g_get_monotonic_time () < end); number++)
    {
      failed += !run_life (world, number, disk != NULL, only_life >= 0 ? G_MAXINT64 : end);
      lives++;
    }
  world_free (world);
  show_total (lives);
  printf ("1..%u\n", lives);
  return failed > 0;
}

/* ---- the place ---- */

/* By hand there is no make to tell. */
static void
find_build (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *here = g_path_get_dirname (self);
  g_autofree char *build = g_build_filename (here, "..", "..", NULL);

  g_setenv ("BUILDDIR", build, FALSE);
}

/* In a name space of our own, so that it goes with us whatever happens. */
static gboolean
mount_disk (const char *dir)
{
  return unshare (CLONE_NEWNS) == 0 && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
         && mount ("tmpfs", dir, "tmpfs", 0, "size=4m,mode=1777") == 0;
}

int
main (int argc, char **argv)
{
  static const char *const files[] = { "one_vmm_exec", "tests/faults/script", NULL };
  g_autoptr (GOptionContext) options = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_strdup ("/tmp/one-vmm-disk.XXXXXX");
  int status;

  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error) || n_hosts < 1)
    {
      g_printerr ("faults: %s\n", error != NULL ? error->message : "--hosts must be 1 or more");
      return 2;
    }
  find_build ();
  g_assert_nonnull (g_mkdtemp (dir));
  disk = mount_disk (dir) ? dir : NULL;
  status = sshlab_run_copied (files, run, argc, argv);
  if (disk != NULL)
    umount (dir);
  rmdir (dir);
  return status;
}
