/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/outcome.h"

#include <string.h>

#include "vmm-limits.h"

void
vmm_outcome_init (VmmOutcome *self)
{
  *self = (VmmOutcome){ .ending = VMM_ENDED_NOT_STARTED, .output = g_string_new (NULL) };
}

void
vmm_outcome_clear (VmmOutcome *self)
{
  g_clear_pointer (&self->reason, g_free);
  if (self->output != NULL)
    g_string_free (self->output, TRUE);
  self->output = NULL;
}

void
vmm_outcome_set (VmmOutcome *self, VmmEnding ending, int code, const char *format, ...)
{
  char *reason = NULL;

  if (format != NULL)
    {
      va_list args;

      va_start (args, format);
      reason = g_strdup_vprintf (format, args);
      va_end (args);
    }
  self->ending = ending;
  self->code = code;
  g_free (self->reason);
  self->reason = reason;
}

void
vmm_outcome_append (VmmOutcome *self, const char *data, gsize len)
{
  gsize room = VMM_MAX_OUTPUT_BYTES - MIN (self->output->len, VMM_MAX_OUTPUT_BYTES);

  g_string_append_len (self->output, data, MIN (len, room));
  self->output_dropped += len - MIN (len, room);
}

gboolean
vmm_outcome_is_success (const VmmOutcome *self)
{
  return self->ending == VMM_ENDED_EXITED && self->code == 0;
}

static char *
with_reason (const char *what, const char *reason)
{
  return reason == NULL ? g_strdup (what) : g_strdup_printf ("%s: %s", what, reason);
}

char *
vmm_outcome_describe (const VmmOutcome *self)
{
  switch (self->ending)
    {
    case VMM_ENDED_NOT_STARTED:
      return with_reason ("could not be started", self->reason);
    case VMM_ENDED_EXITED:
      return g_strdup_printf ("exited with status %d", self->code);
    case VMM_ENDED_SIGNALLED:
      if (self->code == 0)
        return with_reason ("was killed by a signal", self->reason);
      return g_strdup_printf ("was killed by signal %d (%s)", self->code, strsignal (self->code));
    case VMM_ENDED_TIMED_OUT:
      return with_reason ("did not end within its time limit", self->reason);
    case VMM_ENDED_CANCELLED:
      return g_strdup ("was cancelled");
    case VMM_ENDED_LOST:
      return with_reason ("was lost", self->reason);
    case VMM_ENDED_NO_SCRIPT:
      return with_reason ("does not exist", self->reason);
    case VMM_ENDED_NOT_EXECUTABLE:
      return with_reason ("is not executable (chmod +x it)", self->reason);
    }
  g_return_val_if_reached (NULL);
}
