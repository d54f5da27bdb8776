/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/statusview.h"

#include "common/text.h"
#include "driver/ssh.h"

/* More jobs than these are counted but not told one by one. */
#define MAX_JOBS 2000

typedef struct
{
  VmmStatusView *view;
  gint64         now_us;
} Look;

static void
job_view_free (gpointer data)
{
  VmmJobView *job = data;

  g_free (job->verb);
  g_free (job->id);
  g_free (job->host);
  g_free (job->waits_for);
  g_free (job);
}

static void
take_job (VmmJob *job, gpointer user_data)
{
  Look *look = user_data;
  VmmStatusView *view = look->view;
  gboolean runs = job->started_us != 0;
  GPtrArray *to = runs ? view->running : view->waiting;
  VmmJobView *copy;

  (*(runs ? &view->n_running : &view->n_waiting))++;
  if (to->len == MAX_JOBS)
    return;
  copy = g_new0 (VmmJobView, 1);
  copy->verb = g_strdup (job->message->verb);
  copy->id = g_strdup (job->message->id);
  copy->host = vmm_text_one_line (job->host, -1, 0);
  copy->step = runs ? g_atomic_pointer_get (&job->step) : NULL;
  copy->since_us = look->now_us - (runs ? job->started_us : job->queued_us);
  g_ptr_array_add (to, copy);
}

static int
longest_first (gconstpointer a, gconstpointer b)
{
  gint64 x = (*(VmmJobView *const *) a)->since_us, y = (*(VmmJobView *const *) b)->since_us;

  return x < y ? 1 : x > y ? -1 : 0;
}

/* A host that is taken holds up its own; else it is threads that are short. */
static void
find_reasons (VmmStatusView *view, gboolean parallel)
{
  g_autoptr (GHashTable) by_host = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; !parallel && i < view->running->len; i++)
    {
      VmmJobView *job = view->running->pdata[i];

      g_hash_table_insert (by_host, job->host, job);
    }
  for (guint i = 0; i < view->waiting->len; i++)
    {
      VmmJobView *job = view->waiting->pdata[i];
      const VmmJobView *first = g_hash_table_lookup (by_host, job->host);

      job->waits_for = first == NULL ? g_strdup ("a free thread")
                                     : g_strdup_printf ("%s %s", first->verb, first->id);
    }
}

void
vmm_statusview_take (VmmStatusView *view, const VmmStatusSource *source)
{
  Look look = { view, g_get_monotonic_time () };

  view->driver = source->driver;
  view->running = g_ptr_array_new_with_free_func (job_view_free);
  view->waiting = g_ptr_array_new_with_free_func (job_view_free);
  view->n_running = view->n_waiting = 0;
  vmm_queue_watch (source->queue, take_job, &look);
  g_ptr_array_sort (view->running, longest_first);
  g_ptr_array_sort (view->waiting, longest_first);
  find_reasons (view, vmm_queue_is_parallel (source->queue));
  view->actions = vmm_stats_actions (source->stats);
  view->failures = vmm_stats_failures (source->stats);
  view->hosts = vmm_ssh_connections (source->remote);
}

void
vmm_statusview_clear (VmmStatusView *view)
{
  g_ptr_array_unref (view->running);
  g_ptr_array_unref (view->waiting);
  g_array_unref (view->actions);
  g_ptr_array_unref (view->failures);
  g_ptr_array_unref (view->hosts);
}
