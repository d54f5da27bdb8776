/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/job.h"

VmmJob *
vmm_job_new (VmmMessage *message, char *host)
{
  VmmJob *self = g_new0 (VmmJob, 1);

  self->message = message;
  self->host = host;
  self->queued_us = g_get_monotonic_time ();
  self->host_link.data = self;
  self->id_link.data = self;
  return self;
}

void
vmm_job_free (VmmJob *self)
{
  if (self == NULL)
    return;
  vmm_message_free (self->message);
  g_free (self->host);
  vmm_cancel_free (self->cancel);
  g_free (self);
}
