/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

typedef struct
{
  char    *name;
  GQueue   waiting;    /* of VmmJob, through host_link */
  guint    running;
  gboolean ready;      /* is in the queue's list of ready hosts */
  GList    ready_link;
} Host;

struct _VmmQueue
{
  gboolean    parallel;
  int         idle_fd;

  GMutex      lock;     /* for all below */
  GCond       changed;
  GHashTable *hosts;    /* name -> Host, only those with jobs */
  GQueue      ready;    /* of Host that may start a job, in turn */
  GHashTable *ids;      /* VM id -> GQueue of its jobs, through id_link */
  guint       waiting;
  guint       running;
  guint       poppers;  /* threads that wait in pop() */
  gboolean    closed;
};

static void
host_free (Host *host)
{
  g_free (host->name);
  g_free (host);
}

VmmQueue *
vmm_queue_new (gboolean parallel)
{
  VmmQueue *self = g_new0 (VmmQueue, 1);

  self->parallel = parallel;
  self->idle_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->ready);
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) host_free);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                     (GDestroyNotify) g_queue_free);
  return self;
}

void
vmm_queue_free (VmmQueue *self)
{
  g_assert (self->waiting == 0 && self->running == 0);
  g_hash_table_unref (self->hosts);
  g_hash_table_unref (self->ids);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  close (self->idle_fd);
  g_free (self);
}

/* ---- all of these must hold the lock ---- */

static void
note_idle (VmmQueue *self)
{
  if (self->closed && self->waiting == 0 && self->running == 0)
    eventfd_write (self->idle_fd, 1);
}

static Host *
get_host (VmmQueue *self, const char *name)
{
  Host *host = g_hash_table_lookup (self->hosts, name);

  if (host == NULL)
    {
      host = g_new0 (Host, 1);
      host->name = g_strdup (name);
      host->ready_link.data = host;
      g_hash_table_insert (self->hosts, host->name, host);
    }
  return host;
}

/* Puts the host where it belongs after its jobs changed: at the end of the
 * ready ones, out of them, or away when it has no job at all. */
static void
update_host (VmmQueue *self, Host *host)
{
  gboolean ready = host->waiting.length > 0 && (self->parallel || host->running == 0);

  if (ready && !host->ready)
    g_queue_push_tail_link (&self->ready, &host->ready_link);
  else if (!ready && host->ready)
    g_queue_unlink (&self->ready, &host->ready_link);
  host->ready = ready;
  if (host->waiting.length == 0 && host->running == 0)
    g_hash_table_remove (self->hosts, host->name);
}

static void
add_id (VmmQueue *self, VmmJob *job)
{
  GQueue *jobs = g_hash_table_lookup (self->ids, job->message->id);

  if (jobs == NULL)
    {
      jobs = g_queue_new ();
      g_hash_table_insert (self->ids, g_strdup (job->message->id), jobs);
    }
  g_queue_push_tail_link (jobs, &job->id_link);
}

static void
remove_id (VmmQueue *self, VmmJob *job)
{
  GQueue *jobs = g_hash_table_lookup (self->ids, job->message->id);

  g_queue_unlink (jobs, &job->id_link);
  if (jobs->length == 0)
    g_hash_table_remove (self->ids, job->message->id);
}

static void
forget_waiting (VmmQueue *self, VmmJob *job)
{
  Host *host = g_hash_table_lookup (self->hosts, job->host);

  g_queue_unlink (&host->waiting, &job->host_link);
  self->waiting--;
  remove_id (self, job);
  update_host (self, host);
}

static void
tell_running (VmmJob *job, VmmJobEnd end)
{
  if (vmm_job_end (job) != VMM_JOB_WANTED)
    return;
  g_atomic_int_set (&job->end, end);
  vmm_cancel_trigger (job->cancel);
}

static VmmJob *
start_next (VmmQueue *self)
{
  Host *host = g_queue_peek_head (&self->ready);
  VmmJob *job = g_queue_peek_head (&host->waiting);

  g_queue_unlink (&host->waiting, &job->host_link);
  job->cancel = vmm_cancel_new ();
  job->started_us = g_get_monotonic_time ();
  self->waiting--;
  self->running++;
  host->running++;
  /* To the end of the line, so that hosts take turns. */
  g_queue_unlink (&self->ready, &host->ready_link);
  host->ready = FALSE;
  update_host (self, host);
  return job;
}

/* ---- the public functions ---- */

gboolean
vmm_queue_push (VmmQueue *self, VmmJob *job)
{
  gboolean short_of_threads;
  Host *host;

  g_mutex_lock (&self->lock);
  host = get_host (self, job->host);
  g_queue_push_tail_link (&host->waiting, &job->host_link);
  add_id (self, job);
  self->waiting++;
  update_host (self, host);
  short_of_threads = (self->parallel ? self->waiting : self->ready.length) > self->poppers;
  if (host->ready)
    g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  return short_of_threads;
}

VmmJob *
vmm_queue_pop (VmmQueue *self)
{
  VmmJob *job = NULL;

  g_mutex_lock (&self->lock);
  self->poppers++;
  while (self->ready.length == 0 && !(self->closed && self->waiting == 0))
    g_cond_wait (&self->changed, &self->lock);
  self->poppers--;
  if (self->ready.length > 0)
    job = start_next (self);
  /* With "parallel" a ready host may have more than one job for more than one thread. */
  if (self->ready.length > 0 || (self->closed && self->waiting == 0))
    g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  return job;
}

void
vmm_queue_done (VmmQueue *self, VmmJob *job)
{
  Host *host;

  g_mutex_lock (&self->lock);
  host = g_hash_table_lookup (self->hosts, job->host);
  host->running--;
  self->running--;
  remove_id (self, job);
  update_host (self, host);
  note_idle (self);
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  vmm_job_free (job);
}

guint
vmm_queue_cancel (VmmQueue *self, const char *vm_id)
{
  g_autoptr (GPtrArray) forgotten =
    g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_job_free);
  GQueue *jobs;
  guint n = 0;

  g_mutex_lock (&self->lock);
  jobs = g_hash_table_lookup (self->ids, vm_id);
  for (GList *link = jobs == NULL ? NULL : jobs->head, *next; link != NULL; link = next)
    {
      VmmJob *job = link->data;

      next = link->next;
      n++;
      if (job->cancel != NULL)
        tell_running (job, VMM_JOB_CANCELLED);
      else
        {
          forget_waiting (self, job);
          g_ptr_array_add (forgotten, job);
        }
    }
  note_idle (self);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return n;
}

GPtrArray *
vmm_queue_take_waiting (VmmQueue *self)
{
  GPtrArray *taken = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->hosts);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (GList *link = ((Host *) value)->waiting.head; link != NULL; link = link->next)
      g_ptr_array_add (taken, link->data);
  for (guint i = 0; i < taken->len; i++)
    forget_waiting (self, g_ptr_array_index (taken, i));
  note_idle (self);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return taken;
}

void
vmm_queue_stop_running (VmmQueue *self)
{
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->ids);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (GList *link = ((GQueue *) value)->head; link != NULL; link = link->next)
      if (((VmmJob *) link->data)->cancel != NULL)
        tell_running (link->data, VMM_JOB_STOPPED);
  g_mutex_unlock (&self->lock);
}

void
vmm_queue_close (VmmQueue *self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  note_idle (self);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

int
vmm_queue_idle_fd (VmmQueue *self)
{
  return self->idle_fd;
}

void
vmm_queue_watch (VmmQueue *self, VmmQueueFunc func, gpointer user_data)
{
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->ids);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (GList *link = ((GQueue *) value)->head; link != NULL; link = link->next)
      func (link->data, user_data);
  g_mutex_unlock (&self->lock);
}

gboolean
vmm_queue_is_parallel (const VmmQueue *self)
{
  return self->parallel;
}

void
vmm_queue_count (VmmQueue *self, guint *waiting, guint *running)
{
  g_mutex_lock (&self->lock);
  *waiting = self->waiting;
  *running = self->running;
  g_mutex_unlock (&self->lock);
}
