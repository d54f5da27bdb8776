/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to a machine. There is one for this machine and there are several
 * for hosts; nothing above knows what a channel, a socket or a child is.
 */
#ifndef VMM_TRANSPORT_H
#define VMM_TRANSPORT_H

#include "common/cancel.h"
#include "driver/command.h"
#include "driver/outcome.h"

/* What a run is bounded by and whom it tells. */
typedef struct
{
  gint64     deadline_us; /* of g_get_monotonic_time(), connecting included; G_MAXINT64: none */
  VmmCancel *cancel;      /* or NULL */

  /* Standard error as it comes, in the thread that called run(). */
  void     (*on_stderr) (const char *data, gsize len, gpointer user_data);

  /* What a person should know of the way there ("remotes pushed to host01"), or NULL. */
  void     (*on_notice) (const char *text, gpointer user_data);
  gpointer   user_data;
} VmmRunContext;

typedef struct _VmmTransport VmmTransport;

typedef struct
{
  const char *name;

  /* Runs command until it ended, its deadline passed or it was cancelled; in
   * the two last cases all it started has ended, there as well as here, as far
   * as the machine can be reached. Always sets outcome, which the caller has
   * initialised. Any number of threads may be in here at once. */
  void (*run) (VmmTransport *self, const VmmCommand *command, const VmmRunContext *context,
               VmmOutcome *outcome);

  /* Closes what is kept open. No run() is under way or comes later. */
  void (*free) (VmmTransport *self);
} VmmTransportOps;

/* The first member of every transport. */
struct _VmmTransport
{
  const VmmTransportOps *ops;
};

static inline void
vmm_transport_run (VmmTransport *self, const VmmCommand *command, const VmmRunContext *context,
                   VmmOutcome *outcome)
{
  self->ops->run (self, command, context, outcome);
}

static inline void
vmm_transport_free (VmmTransport *self)
{
  if (self != NULL)
    self->ops->free (self);
}

#endif
