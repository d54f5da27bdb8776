/* SPDX-License-Identifier: Apache-2.0
 *
 * One action from the moment it is queued to its answer. A job has its own
 * identity: a VM may have several, on several hosts.
 */
#ifndef VMM_JOB_H
#define VMM_JOB_H

#include "common/cancel.h"
#include "driver/message.h"

/* Why a running job was told to end. */
typedef enum
{
  VMM_JOB_WANTED,    /* it was not */
  VMM_JOB_CANCELLED, /* DRIVER_CANCEL: there is no answer */
  VMM_JOB_STOPPED,   /* the driver ends: the answer is FAILURE */
} VmmJobEnd;

typedef struct
{
  VmmMessage *message;
  char       *host;      /* for the queue: one at a time per host */
  VmmCancel  *cancel;    /* triggered once end is not WANTED; NULL while queued */
  int         end;       /* VmmJobEnd, atomic; set under the queue's lock */
  gint64      queued_us; /* g_get_monotonic_time() */
  gint64      started_us; /* the same; 0 while queued; set under the queue's lock */
  const char *step;      /* what it is at, for those who watch; atomic; a constant or NULL */

  /* The queue's own. */
  GList       host_link;
  GList       id_link;
} VmmJob;

/* Takes both. */
VmmJob *vmm_job_new  (VmmMessage *message, char *host);
void    vmm_job_free (VmmJob *self);

static inline VmmJobEnd
vmm_job_end (VmmJob *self)
{
  return (VmmJobEnd) g_atomic_int_get (&self->end);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmJob, vmm_job_free)

#endif
