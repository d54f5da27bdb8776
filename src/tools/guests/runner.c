/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/runner.h"

#include "tools/guests/say.h"
#include "tools/guests/task.h"

#include <string.h>

#define TICK_US G_USEC_PER_SEC
/* What destroy and the end of an aborted save may take. */
#define GRACE_US (60 * G_USEC_PER_SEC)
#define SIGNAL_GRACE_US (30 * G_USEC_PER_SEC)
/* libvirt tells of no failed migration, so look again now and then. */
#define BUSY_AGAIN_US (3 * G_USEC_PER_SEC)
#define MAX_RECONNECTS 5
/* QEMU may still be getting over a save that died with the connection. */
#define MAX_SAVES_AFTER_LOSS 10

/*
 *  WAITING --> CALLING --> ENDED     saved, gone, refused
 *                 |------> ASKED     shutdown accepted: its STOPPED event ends it
 *                 |------> BUSY      another job has it: calls again when that changes
 *                 `------> LOST      the connection broke: calls again on the next one
 *
 * Past its limit a job that was asked to shut down calls again to be destroyed or is
 * ENDED; a save is aborted, which ends its call.
 */
typedef enum
{
  WAITING,
  CALLING,
  ASKED,
  BUSY,
  LOST,
  ENDED,
} JobState;

typedef struct
{
  GuestsEntry *entry; /* NULL once it has left the list */
  JobState state;
  GuestsDeed deed;
  GuestsCall *call;   /* CALLING */
  GuestsCall *abort;
  GuestsCall *probe;
  gint64 limit_us;    /* 0: none */
  gint64 again_us;    /* BUSY */
  gint64 said_us;     /* for guests_say_progress() */
  gboolean asked;     /* it has accepted a shutdown at some time, or may have */
  gboolean stopped;   /* its STOPPED event came while CALLING */
  gboolean aborting;
  guint saves_left;   /* how often a save that fails is tried again, after a loss */
} Job;

typedef struct
{
  GuestsService *service;
  GuestsHost *host;
  GPtrArray *jobs;
  guint width;          /* how many at once */
  gint64 limit_us;      /* of parallel shutdown, for all; 0: none */
  gint64 tick_us;       /* when progress is due */
  gint64 said_us;
  GuestsCall *opening;  /* the connection broke; this makes a new one */
  gint64 opening_limit_us;
  guint reconnects;
  gboolean leaving;     /* a signal came */
} Runner;

static void lose_connection (Runner *runner);

static void
job_free (gpointer data)
{
  Job *job = data;

  guests_call_free (job->call);
  guests_call_free (job->abort);
  guests_call_free (job->probe);
  g_free (job);
}

static gint64
seconds_from_now (gint64 seconds)
{
  return seconds == 0 ? 0 : g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
}

static gboolean
suspends (Runner *runner)
{
  return runner->service->config->suspend;
}

static guint
count (Runner *runner, gboolean active_only)
{
  guint n = 0;

  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      n += job->state != ENDED && !(active_only && job->state == WAITING);
    }
  return n;
}

static GuestsCall *
start_task (Runner *runner, Job *job, GuestsDeed deed)
{
  GuestsTask *task
      = guests_task_new (deed, runner->host, job->entry, runner->service->config);

  task->image = guests_state_image_path (runner->service->state, job->entry);
  return guests_call_start (runner->service->mailbox, guests_task_run, task, guests_task_free);
}

static void
call (Runner *runner, Job *job)
{
  job->stopped = FALSE;
  job->state = CALLING;
  g_clear_pointer (&job->call, guests_call_free);
  job->call = start_task (runner, job, job->deed);
}

static void
begin (Runner *runner, Job *job)
{
  GuestsConfig *config = runner->service->config;

  guests_say (suspends (runner) ? "Suspending %s" : "Shutting down %s", job->entry->name);
  if (suspends (runner))
    job->limit_us = seconds_from_now (config->suspend_timeout);
  else if (config->parallel_shutdown < 2)
    job->limit_us = seconds_from_now (config->shutdown_timeout);
  runner->said_us = g_get_monotonic_time ();
  call (runner, job);
}

static void
begin_waiting (Runner *runner)
{
  if (runner->opening != NULL || runner->leaving)
    return;
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state == LOST)
        call (runner, job);
      else if (job->state == WAITING && count (runner, TRUE) < runner->width)
        begin (runner, job);
    }
}

/* The job is over. The entry's phase says how, and stays on the list with it. */
static void
end (Job *job)
{
  job->state = ENDED;
  g_clear_pointer (&job->call, guests_call_free);
}

static void
end_well (Runner *runner, Job *job, GuestsPhase phase)
{
  job->entry->phase = phase;
  guests_service_write (runner->service);
  if (phase == GUESTS_PHASE_SAVED)
    guests_say ("Suspending %s: done", job->entry->name);
  else if (job->deed == GUESTS_TASK_DESTROY)
    guests_say ("%s was destroyed", job->entry->name);
  else
    guests_say ("%s is shut down", job->entry->name);
  end (job);
}

static void
end_badly (Runner *runner, Job *job, const char *why)
{
  guests_service_fail (runner->service, "%s %s: it is left as it is", job->entry->name, why);
  end (job);
}

/* It went by somebody else's hand: the next start has nothing to do with it. */
static void
end_gone (Runner *runner, Job *job, gboolean migrated)
{
  guests_say (migrated ? "%s has migrated to another host" : "%s has ended by itself",
              job->entry->name);
  guests_service_drop (runner->service, g_steal_pointer (&job->entry));
  end (job);
}

static void
end_stopped (Runner *runner, Job *job, int detail)
{
  if (detail == VIR_DOMAIN_EVENT_STOPPED_MIGRATED)
    end_gone (runner, job, TRUE);
  else if (job->asked || job->deed == GUESTS_TASK_DESTROY)
    end_well (runner, job, GUESTS_PHASE_OFF);
  else
    end_gone (runner, job, FALSE);
}

static void
destroy_job (Runner *runner, Job *job, const char *why)
{
  guests_say ("%s %s: destroying it", job->entry->name, why);
  job->deed = GUESTS_TASK_DESTROY;
  job->limit_us = g_get_monotonic_time () + GRACE_US;
  call (runner, job);
}

static void
give_up (Runner *runner, Job *job, const char *why)
{
  if (runner->service->config->destroy && !suspends (runner) && job->deed != GUESTS_TASK_DESTROY)
    destroy_job (runner, job, why);
  else
    end_badly (runner, job, why);
}

static void
wait_while_busy (Runner *runner, Job *job)
{
  job->state = BUSY;
  job->again_us = g_get_monotonic_time () + BUSY_AGAIN_US;
  if (job->limit_us == 0)
    job->limit_us = seconds_from_now (runner->service->config->shutdown_timeout);
  guests_say_progress (&job->said_us, "%s is being migrated or otherwise busy: waiting for that",
                       job->entry->name);
}

static void
on_failure (Runner *runner, Job *job, const char *reason)
{
  const char *what = job->deed == GUESTS_TASK_SAVE       ? "suspended"
                     : job->deed == GUESTS_TASK_SHUTDOWN ? "asked to shut down"
                                                         : "destroyed";
  g_autofree char *why = g_strdup_printf ("could not be %s (%s)", what, reason);

  if (job->deed != GUESTS_TASK_SAVE || job->saves_left == 0)
    {
      end_badly (runner, job, why);
      return;
    }
  job->saves_left--;
  job->state = BUSY;
  job->again_us = g_get_monotonic_time () + BUSY_AGAIN_US;
  guests_say ("%s %s: trying again", job->entry->name, why);
}

static void
on_outcome (Runner *runner, Job *job)
{
  GuestsTask *task = guests_call_data (job->call);

  if (runner->leaving && task->outcome > GUESTS_OUTCOME_GONE)
    {
      end (job);
      return;
    }
  switch (task->outcome)
    {
    case GUESTS_OUTCOME_DONE:
      end_well (runner, job,
                job->deed == GUESTS_TASK_SAVE ? GUESTS_PHASE_SAVED : GUESTS_PHASE_OFF);
      break;
    case GUESTS_OUTCOME_GONE:
      end_stopped (runner, job, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
      break;
    case GUESTS_OUTCOME_ASKED:
      job->asked = TRUE;
      job->state = ASKED;
      if (job->stopped)
        end_stopped (runner, job, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
      break;
    case GUESTS_OUTCOME_PAUSED:
      give_up (runner, job, "is paused and cannot shut down");
      break;
    case GUESTS_OUTCOME_BUSY:
      wait_while_busy (runner, job);
      break;
    case GUESTS_OUTCOME_LOST:
      job->state = LOST;
      job->asked |= job->deed == GUESTS_TASK_SHUTDOWN;
      job->saves_left = MAX_SAVES_AFTER_LOSS;
      if (!guests_host_is_connected (runner->host))
        lose_connection (runner);
      break;
    default:
      on_failure (runner, job, task->reason);
    }
}

static void
on_probe (Job *job)
{
  GuestsTask *task = guests_call_data (job->probe);

  if (job->state == CALLING && task->outcome == GUESTS_OUTCOME_DONE && task->total_mib > 0)
    guests_say_progress (&job->said_us,
                         "Suspending %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " MiB",
                         job->entry->name, task->done_mib, task->total_mib);
  g_clear_pointer (&job->probe, guests_call_free);
}

static void
fail_all (Runner *runner, const char *why)
{
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state != ENDED)
        end_badly (runner, job, why);
    }
}

static void
on_opened (Runner *runner)
{
  g_autoptr (GuestsCall) opening = g_steal_pointer (&runner->opening);
  g_autoptr (GError) error = NULL;
  g_autofree char *why = NULL;

  if (guests_host_opened (runner->host, opening, &error))
    {
      guests_say ("Connected to %s again", guests_host_uri (runner->host));
      return;
    }
  why = g_strdup_printf ("cannot be reached any more (%s)", error->message);
  fail_all (runner, why);
}

/* Jobs with a call hear of it through its outcome. */
static void
lose_connection (Runner *runner)
{
  if (runner->opening != NULL)
    return;
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state == ASKED || job->state == BUSY)
        job->state = LOST;
    }
  if (runner->reconnects++ == MAX_RECONNECTS)
    {
      fail_all (runner, "cannot be reached: the connection breaks again and again");
      return;
    }
  guests_say ("The connection to %s broke: trying for %" G_GINT64_FORMAT " seconds to get it back",
              guests_host_uri (runner->host), runner->service->config->connect_timeout);
  runner->opening = guests_host_start_open (runner->host, TRUE);
  runner->opening_limit_us = seconds_from_now (runner->service->config->connect_timeout);
}

static void
on_call (Runner *runner, const GuestsMail *mail)
{
  if (guests_call_is (runner->opening, mail))
    on_opened (runner);
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state == CALLING && guests_call_is (job->call, mail))
        on_outcome (runner, job);
      else if (guests_call_is (job->probe, mail))
        on_probe (job);
    }
}

static void
on_domain (Runner *runner, const GuestsMail *mail)
{
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state == ENDED || strcmp (job->entry->uuid, mail->uuid) != 0)
        continue;
      if (mail->kind == GUESTS_MAIL_STOPPED && job->state == CALLING)
        job->stopped = TRUE;
      else if (mail->kind == GUESTS_MAIL_STOPPED && job->state != WAITING)
        end_stopped (runner, job, mail->detail);
      else if (mail->kind == GUESTS_MAIL_CHANGED && job->state == BUSY)
        job->again_us = g_get_monotonic_time ();
    }
}

/* What is being saved is given back to its owner, the rest is left alone. */
static void
leave (Runner *runner)
{
  runner->leaving = TRUE;
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state != CALLING)
        {
          end (job);
          continue;
        }
      job->limit_us = g_get_monotonic_time () + SIGNAL_GRACE_US;
      if (job->deed == GUESTS_TASK_SAVE && !job->aborting)
        job->abort = start_task (runner, job, GUESTS_TASK_ABORT);
      job->aborting = TRUE;
    }
}

static void
on_mail (Runner *runner, const GuestsMail *mail)
{
  gboolean ours = mail->from == runner->host;

  switch (mail->kind)
    {
    case GUESTS_MAIL_CALL:
      on_call (runner, mail);
      break;
    case GUESTS_MAIL_STOPPED:
    case GUESTS_MAIL_CHANGED:
      if (ours)
        on_domain (runner, mail);
      break;
    case GUESTS_MAIL_CLOSED:
      if (ours && !guests_host_is_connected (runner->host))
        lose_connection (runner);
      break;
    case GUESTS_MAIL_SIGNAL:
    case GUESTS_MAIL_NONE:
      break;
    }
}

static void
expire (Runner *runner, Job *job)
{
  if (job->stopped)
    end_stopped (runner, job, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN);
  else if (job->deed == GUESTS_TASK_SAVE && job->state == CALLING && !job->aborting)
    {
      job->aborting = TRUE;
      job->limit_us = g_get_monotonic_time () + GRACE_US;
      job->abort = start_task (runner, job, GUESTS_TASK_ABORT);
    }
  else if (runner->leaving || job->deed == GUESTS_TASK_DESTROY || job->aborting)
    end_badly (runner, job, "does not answer");
  else
    give_up (runner, job, suspends (runner) ? "could not be suspended in time"
                                            : "did not shut down in time");
}

static void
look_at_clock (Runner *runner)
{
  gint64 now = g_get_monotonic_time ();

  if (runner->opening != NULL && now >= runner->opening_limit_us)
    {
      g_clear_pointer (&runner->opening, guests_call_free);
      fail_all (runner, "cannot be reached any more (no answer)");
    }
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state == ENDED)
        continue;
      if (job->limit_us != 0 && now >= job->limit_us)
        expire (runner, job);
      else if (job->state == BUSY && now >= job->again_us)
        call (runner, job);
    }
}

static void
tell_waiting (Runner *runner)
{
  Job *job = NULL;
  guint asked = 0;
  gint64 left;

  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *other = g_ptr_array_index (runner->jobs, i);

      if (other->state != ASKED)
        continue;
      asked++;
      job = other;
    }
  if (asked == 0)
    return;
  left = MAX (0, (job->limit_us - g_get_monotonic_time () + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
  if (job->limit_us == 0)
    guests_say_progress (&runner->said_us, "Waiting for %u guests to shut down",
                         count (runner, FALSE));
  else
    guests_say_progress (&runner->said_us,
                         "Waiting for %u guests to shut down, %" G_GINT64_FORMAT " seconds left",
                         count (runner, FALSE), left);
}

static void
tell_progress (Runner *runner)
{
  if (g_get_monotonic_time () < runner->tick_us)
    return;
  runner->tick_us = g_get_monotonic_time () + TICK_US;
  if (!suspends (runner))
    {
      tell_waiting (runner);
      return;
    }
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state == CALLING && job->probe == NULL)
        job->probe = start_task (runner, job, GUESTS_TASK_PROBE);
    }
}

static gint64
sooner (gint64 a, gint64 b)
{
  return b != 0 && b < a ? b : a;
}

static gint64
next_wake (Runner *runner)
{
  gint64 wake = runner->tick_us;

  if (runner->opening != NULL)
    wake = sooner (wake, runner->opening_limit_us);
  for (guint i = 0; i < runner->jobs->len; i++)
    {
      Job *job = g_ptr_array_index (runner->jobs, i);

      if (job->state != ENDED)
        wake = sooner (wake, job->limit_us);
      if (job->state == BUSY)
        wake = sooner (wake, job->again_us);
    }
  return wake;
}

static void
add_jobs (Runner *runner, GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      Job *job = g_new0 (Job, 1);

      job->entry = g_ptr_array_index (entries, i);
      job->deed = suspends (runner) ? GUESTS_TASK_SAVE : GUESTS_TASK_SHUTDOWN;
      job->limit_us = runner->limit_us;
      g_ptr_array_add (runner->jobs, job);
    }
}

static void
plan (Runner *runner)
{
  GuestsConfig *config = runner->service->config;
  gint64 width = suspends (runner) ? config->parallel_suspend : config->parallel_shutdown;

  runner->width = CLAMP (width, 1, G_MAXUINT16);
  if (!suspends (runner) && width > 1)
    runner->limit_us = seconds_from_now (config->shutdown_timeout);
  runner->tick_us = g_get_monotonic_time () + TICK_US;
}

void
guests_runner_stop_guests (GuestsService *service, GuestsHost *host, GPtrArray *entries)
{
  g_autoptr (GPtrArray) jobs = g_ptr_array_new_with_free_func (job_free);
  Runner runner = { .service = service, .host = host, .jobs = jobs };

  plan (&runner);
  add_jobs (&runner, entries);
  while (count (&runner, FALSE) > 0)
    {
      GuestsMail mail;

      begin_waiting (&runner);
      mail = guests_mailbox_take (service->mailbox, next_wake (&runner));
      on_mail (&runner, &mail);
      if (guests_mailbox_signal (service->mailbox) != 0 && !runner.leaving)
        leave (&runner);
      look_at_clock (&runner);
      tell_progress (&runner);
    }
  guests_call_free (runner.opening);
}
