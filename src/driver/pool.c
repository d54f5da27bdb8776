/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/pool.h"

struct _VmmPool
{
  VmmQueue   *queue;
  guint       max_threads;
  VmmPoolFunc func;
  gpointer    user_data;
  GPtrArray  *threads;   /* of GThread; used by the pushing thread only */
  guint       missing;   /* so many the system did not give when there was work for them; the same */
};

VmmPool *
vmm_pool_new (VmmQueue *queue, guint max_threads, VmmPoolFunc func, gpointer user_data)
{
  VmmPool *self = g_new0 (VmmPool, 1);

  self->queue = queue;
  self->max_threads = max_threads;
  self->func = func;
  self->user_data = user_data;
  self->threads = g_ptr_array_new ();
  return self;
}

static gpointer
work (gpointer user_data)
{
  VmmPool *self = user_data;
  VmmJob *job;

  while ((job = vmm_queue_pop (self->queue)) != NULL)
    {
      self->func (job, self->user_data);
      vmm_queue_done (self->queue, job);
    }
  return NULL;
}

gboolean
vmm_pool_grow (VmmPool *self)
{
  for (; self->missing > 0; self->missing--)
    {
      GThread *thread = g_thread_try_new ("worker", work, self, NULL);

      if (thread == NULL)
        return FALSE;
      g_ptr_array_add (self->threads, thread);
    }
  return TRUE;
}

gboolean
vmm_pool_push (VmmPool *self, VmmJob *job)
{
  if (vmm_queue_push (self->queue, job)
      && self->threads->len + self->missing < self->max_threads)
    self->missing++;
  return vmm_pool_grow (self);
}

void
vmm_pool_free (VmmPool *self)
{
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (g_ptr_array_index (self->threads, i));
  g_ptr_array_unref (self->threads);
  g_free (self);
}
