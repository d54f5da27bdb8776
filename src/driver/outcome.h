/* SPDX-License-Identifier: Apache-2.0
 *
 * How a command ended. The way it ended is a type of its own beside the exit
 * status: a script that says no, one that was killed and a host that went away
 * are different failures, and none of them is guessed from what was printed.
 */
#ifndef VMM_OUTCOME_H
#define VMM_OUTCOME_H

#include <glib.h>

typedef enum
{
  VMM_ENDED_NOT_STARTED, /* the script never ran: reason says why; safe to repeat */
  VMM_ENDED_EXITED,      /* code: the exit status */
  VMM_ENDED_SIGNALLED,   /* code: the signal's number, 0 when only its name is known (reason) */
  VMM_ENDED_TIMED_OUT,   /* the deadline passed and all of it was ended */
  VMM_ENDED_CANCELLED,   /* somebody asked, and all of it was ended */
  VMM_ENDED_LOST,        /* it ran, but its end is not known: reason says why */
  VMM_ENDED_NO_SCRIPT,   /* there is no such file: the remotes are missing or incomplete */
  VMM_ENDED_NOT_EXECUTABLE,
} VmmEnding;

typedef struct
{
  VmmEnding ending;
  int       code;
  char     *reason;         /* for people, or NULL */
  GString  *output;         /* standard output, at most VMM_MAX_OUTPUT_BYTES */
  guint64   output_dropped; /* bytes of it beyond that */
} VmmOutcome;

/* For a VmmOutcome on the stack. init makes it NOT_STARTED with empty output. */
void vmm_outcome_init  (VmmOutcome *self);
void vmm_outcome_clear (VmmOutcome *self);

/* Sets ending, code and (printf-style, may be NULL) reason. */
void vmm_outcome_set (VmmOutcome *self, VmmEnding ending, int code, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

/* Appends standard output up to the cap and counts the rest. */
void vmm_outcome_append (VmmOutcome *self, const char *data, gsize len);

gboolean vmm_outcome_is_success (const VmmOutcome *self);

/* What happened, in words for a log: "exited with status 1", "was killed by
 * signal 9 (Killed)", "did not end within its limit". Free with g_free(). */
char *vmm_outcome_describe (const VmmOutcome *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VmmOutcome, vmm_outcome_clear)

#endif
