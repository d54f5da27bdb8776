/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/wait.h"

#include <errno.h>
#include <poll.h>

#include "common/error.h"

VmmWait
vmm_wait_at_most (const VmmWait *self, guint ms)
{
  gint64 limit_us = g_get_monotonic_time () + (gint64) ms * 1000;

  return (VmmWait){ MIN (self->deadline_us, limit_us), self->cancel };
}

gboolean
vmm_wait_goes_on (const VmmWait *self, GError **error)
{
  if (vmm_cancel_is_triggered (self->cancel))
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_CANCELLED, "cancelled");
  else if (g_get_monotonic_time () >= self->deadline_us)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_TIMED_OUT, "no answer within the time limit");
  else
    return TRUE;
  return FALSE;
}

gboolean
vmm_wait_is_end (const GError *error)
{
  return g_error_matches (error, VMM_ERROR, VMM_ERROR_TIMED_OUT)
         || g_error_matches (error, VMM_ERROR, VMM_ERROR_CANCELLED);
}

static int
timeout_ms (const VmmWait *self)
{
  gint64 left_us;

  if (self->deadline_us == G_MAXINT64)
    return -1;
  left_us = self->deadline_us - g_get_monotonic_time ();
  return left_us <= 0 ? 0 : (int) MIN (left_us / 1000 + 1, G_MAXINT);
}

gboolean
vmm_wait_fd (const VmmWait *self, int fd, short events, GError **error)
{
  struct pollfd fds[] = {
    { .fd = fd, .events = events },
    { .fd = vmm_cancel_fd (self->cancel), .events = POLLIN },
  };

  while (vmm_wait_goes_on (self, error))
    if (poll (fds, G_N_ELEMENTS (fds), vmm_cancel_timeout_ms (self->cancel, timeout_ms (self))) > 0
        && fds[0].revents != 0)
      return TRUE;
  return FALSE;
}

gboolean
vmm_wait_sleep (const VmmWait *self, guint ms, GError **error)
{
  VmmWait nap = vmm_wait_at_most (self, ms);

  vmm_wait_fd (&nap, -1, 0, NULL);
  return vmm_wait_goes_on (self, error);
}
