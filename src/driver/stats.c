/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/stats.h"

#include <string.h>

/* So many hosts with failures are told apart; the names come from outside. */
#define MAX_HOSTS 10000

const guint vmm_latency_bounds_ms[VMM_LATENCY_CLASSES] = {
  1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000, 300000,
};

struct _VmmStats
{
  GMutex      lock;
  GHashTable *actions;  /* verb -> VmmActionStats */
  GHashTable *failures; /* host -> count */
};

VmmStats *
vmm_stats_new (void)
{
  VmmStats *self = g_new0 (VmmStats, 1);

  g_mutex_init (&self->lock);
  self->actions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->failures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
vmm_stats_free (VmmStats *self)
{
  g_hash_table_unref (self->actions);
  g_hash_table_unref (self->failures);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static guint
latency_class (gint64 duration_us)
{
  guint i = 0;

  while (i < VMM_LATENCY_CLASSES && duration_us > vmm_latency_bounds_ms[i] * 1000LL)
    i++;
  return i;
}

void
vmm_stats_add (VmmStats *self, const char *verb, const char *host, VmmDone done,
               gint64 duration_us)
{
  VmmActionStats *action;

  g_mutex_lock (&self->lock);
  action = g_hash_table_lookup (self->actions, verb);
  if (action == NULL)
    {
      char *key = g_strdup (verb);

      action = g_new0 (VmmActionStats, 1);
      action->verb = key;
      g_hash_table_insert (self->actions, key, action);
    }
  action->done[done]++;
  action->latency[latency_class (duration_us)]++;
  action->total_us += duration_us;
  if (done == VMM_DONE_FAILURE)
    {
      guint n = GPOINTER_TO_UINT (g_hash_table_lookup (self->failures, host));

      if (n > 0 || g_hash_table_size (self->failures) < MAX_HOSTS)
        g_hash_table_insert (self->failures, g_strdup (host), GUINT_TO_POINTER (n + 1));
    }
  g_mutex_unlock (&self->lock);
}

static int
compare_actions (gconstpointer a, gconstpointer b)
{
  return strcmp (((const VmmActionStats *) a)->verb, ((const VmmActionStats *) b)->verb);
}

/* Verbs are never removed, so the names of the copies stay valid as long as self. */
GArray *
vmm_stats_actions (VmmStats *self)
{
  GArray *copy = g_array_new (FALSE, FALSE, sizeof (VmmActionStats));
  GHashTableIter iter;
  gpointer value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->actions);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_array_append_vals (copy, value, 1);
  g_mutex_unlock (&self->lock);
  g_array_sort (copy, compare_actions);
  return copy;
}

static void
host_failures_free (gpointer data)
{
  g_free (((VmmHostFailures *) data)->host);
  g_free (data);
}

static int
compare_hosts (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(VmmHostFailures *const *) a)->host, (*(VmmHostFailures *const *) b)->host);
}

GPtrArray *
vmm_stats_failures (VmmStats *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (host_failures_free);
  GHashTableIter iter;
  gpointer key, value;

  g_mutex_lock (&self->lock);
  g_hash_table_iter_init (&iter, self->failures);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      VmmHostFailures *host = g_new (VmmHostFailures, 1);

      host->host = g_strdup (key);
      host->failures = GPOINTER_TO_UINT (value);
      g_ptr_array_add (copy, host);
    }
  g_mutex_unlock (&self->lock);
  g_ptr_array_sort (copy, compare_hosts);
  return copy;
}
