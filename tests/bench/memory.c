/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#define THREADS 50

double
memory_kb (pid_t pid, const char *field)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/smaps_rollup", (int) pid);
  g_autofree char *text = NULL;
  const char *found;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (found = strstr (text, field)) == NULL)
    g_error ("%s has no %s", path, field);
  return (double) g_ascii_strtoll (found + strlen (field), NULL, 10);
}

typedef struct
{
  GMutex lock;
  GCond  changed;
  guint  ready;
  gboolean end;
} Crowd;

static gpointer
wait_for_end (gpointer data)
{
  Crowd *crowd = data;

  g_mutex_lock (&crowd->lock);
  crowd->ready++;
  g_cond_broadcast (&crowd->changed);
  while (!crowd->end)
    g_cond_wait (&crowd->changed, &crowd->lock);
  g_mutex_unlock (&crowd->lock);
  return NULL;
}

double
memory_of_thread_kb (void)
{
  Crowd crowd = { .ready = 0 };
  GThread *threads[THREADS];
  double before = memory_kb (getpid (), "Rss:"), after;

  g_mutex_init (&crowd.lock);
  g_cond_init (&crowd.changed);
  for (guint i = 0; i < THREADS; i++)
    threads[i] = g_thread_new ("idle", wait_for_end, &crowd);
  g_mutex_lock (&crowd.lock);
  while (crowd.ready < THREADS)
    g_cond_wait (&crowd.changed, &crowd.lock);
  g_mutex_unlock (&crowd.lock);
  after = memory_kb (getpid (), "Rss:");
  g_mutex_lock (&crowd.lock);
  crowd.end = TRUE;
  g_cond_broadcast (&crowd.changed);
  g_mutex_unlock (&crowd.lock);
  for (guint i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
  g_mutex_clear (&crowd.lock);
  g_cond_clear (&crowd.changed);
  return (after - before) / THREADS;
}
