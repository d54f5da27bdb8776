/* SPDX-License-Identifier: Apache-2.0
 *
 * Waiting for a descriptor until a moment or a request to stop, whichever is
 * first. Every wait on the way to a host is made here, so none is without end.
 */
#ifndef VMM_SSH_WAIT_H
#define VMM_SSH_WAIT_H

#include <glib.h>

#include "common/cancel.h"

typedef struct
{
  gint64     deadline_us; /* of g_get_monotonic_time(); G_MAXINT64: none */
  VmmCancel *cancel;      /* or NULL; borrowed */
} VmmWait;

/* The same wait, but for no longer than ms from now. */
VmmWait vmm_wait_at_most (const VmmWait *self, guint ms);

/* TRUE while there is time left and nobody asked to stop; else FALSE with
 * VMM_ERROR_TIMED_OUT or VMM_ERROR_CANCELLED. */
gboolean vmm_wait_goes_on (const VmmWait *self, GError **error);

/* Whether error says that a wait ended so. */
gboolean vmm_wait_is_end (const GError *error);

/* Waits until fd (-1: none, only sleeps) is ready for events of poll(2) or broken. */
gboolean vmm_wait_fd (const VmmWait *self, int fd, short events, GError **error);

/* Sleeps for ms; FALSE when the wait ended before. */
gboolean vmm_wait_sleep (const VmmWait *self, guint ms, GError **error);

#endif
