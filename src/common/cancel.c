/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cancel.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* How often to look without a descriptor. */
#define LOOK_AGAIN_MS 20

struct _VmmCancel
{
  int triggered; /* atomic */
  int fd;        /* eventfd, or -1 */
};

VmmCancel *
vmm_cancel_new (void)
{
  VmmCancel *self = g_new0 (VmmCancel, 1);

  self->fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  return self;
}

void
vmm_cancel_free (VmmCancel *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  g_free (self);
}

void
vmm_cancel_trigger (VmmCancel *self)
{
  g_atomic_int_set (&self->triggered, 1);
  if (self->fd >= 0)
    eventfd_write (self->fd, 1);
}

gboolean
vmm_cancel_is_triggered (VmmCancel *self)
{
  return self != NULL && g_atomic_int_get (&self->triggered) != 0;
}

int
vmm_cancel_fd (VmmCancel *self)
{
  return self == NULL ? -1 : self->fd;
}

int
vmm_cancel_timeout_ms (VmmCancel *self, int timeout_ms)
{
  if (self == NULL || self->fd >= 0 || (timeout_ms >= 0 && timeout_ms < LOOK_AGAIN_MS))
    return timeout_ms;
  return LOOK_AGAIN_MS;
}
