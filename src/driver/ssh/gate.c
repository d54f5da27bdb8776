/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/gate.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct _VmmGate
{
  GMutex mutex;
  guint  limit;
  guint  inside;  /* mutex */
  guint  waiting; /* mutex */
  int    wake;    /* eventfd, one count for each that left while others waited */
};

VmmGate *
vmm_gate_new (guint limit)
{
  VmmGate *self = g_new0 (VmmGate, 1);

  g_mutex_init (&self->mutex);
  self->limit = MAX (limit, 1);
  self->wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
  return self;
}

void
vmm_gate_free (VmmGate *self)
{
  if (self == NULL)
    return;
  if (self->wake >= 0)
    close (self->wake);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/* Counts a thread that did not get in as waiting, before it looks away. */
static gboolean
try_enter (VmmGate *self, gboolean *counted)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (self->inside >= self->limit)
    {
      if (!*counted)
        self->waiting++;
      *counted = TRUE;
      return FALSE;
    }
  self->inside++;
  if (*counted)
    self->waiting--;
  *counted = FALSE;
  return TRUE;
}

gboolean
vmm_gate_enter (VmmGate *self, const VmmWait *wait, GError **error)
{
  gboolean counted = FALSE;

  while (!try_enter (self, &counted))
    {
      eventfd_t count;

      if (!vmm_wait_fd (wait, self->wake, POLLIN, error))
        {
          g_mutex_lock (&self->mutex);
          self->waiting--;
          /* The wake-up that may have been meant for this thread is another's now. */
          if (self->waiting > 0 && self->inside < self->limit)
            eventfd_write (self->wake, 1);
          g_mutex_unlock (&self->mutex);
          return FALSE;
        }
      eventfd_read (self->wake, &count);
    }
  return TRUE;
}

void
vmm_gate_leave (VmmGate *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  self->inside--;
  if (self->waiting > 0)
    eventfd_write (self->wake, 1);
}
