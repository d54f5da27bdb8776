/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/gate.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How often a thread looks whether it was let in when the system has no
 * descriptor left to be woken by. */
#define LOOK_AGAIN_MS 20

/* A thread that waits, on its own stack. */
typedef struct
{
  int      wake; /* eventfd, or -1 */
  gboolean in;   /* mutex of the gate */
} Waiter;

/* A driver knows thousands of gates: descriptors are for those who wait. */
struct _VmmGate
{
  GMutex mutex;
  guint  limit;
  guint  inside;  /* mutex */
  GQueue waiting; /* of Waiter, longest first; mutex */
};

VmmGate *
vmm_gate_new (guint limit)
{
  VmmGate *self = g_new0 (VmmGate, 1);

  g_mutex_init (&self->mutex);
  g_queue_init (&self->waiting);
  self->limit = MAX (limit, 1);
  return self;
}

void
vmm_gate_free (VmmGate *self)
{
  if (self == NULL)
    return;
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* FALSE: waiter is in the queue. */
static gboolean
try_enter (VmmGate *self, Waiter *waiter)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (self->inside < self->limit)
    {
      self->inside++;
      return TRUE;
    }
  waiter->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  g_queue_push_tail (&self->waiting, waiter);
  return FALSE;
}

static gboolean
is_in (VmmGate *self, const Waiter *waiter)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return waiter->in;
}

/* FALSE when it was let in just now. */
static gboolean
give_up (VmmGate *self, Waiter *waiter)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return !waiter->in && g_queue_remove (&self->waiting, waiter);
}

gboolean
vmm_gate_enter (VmmGate *self, const VmmWait *wait, GError **error)
{
  Waiter waiter = { .wake = -1 };
  g_autoptr (GError) ended = NULL;

  if (try_enter (self, &waiter))
    return TRUE;
  while (ended == NULL && !is_in (self, &waiter))
    if (waiter.wake >= 0)
      vmm_wait_fd (wait, waiter.wake, POLLIN, &ended);
    else
      vmm_wait_sleep (wait, LOOK_AGAIN_MS, &ended);
  if (ended != NULL && give_up (self, &waiter))
    g_propagate_error (error, g_steal_pointer (&ended));
  if (waiter.wake >= 0)
    close (waiter.wake);
  return waiter.in;
}

/* The place goes to the one who waits longest. */
void
vmm_gate_leave (VmmGate *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Waiter *next = g_queue_pop_head (&self->waiting);

  if (next == NULL)
    {
      self->inside--;
      return;
    }
  next->in = TRUE;
  if (next->wake >= 0)
    eventfd_write (next->wake, 1);
}
