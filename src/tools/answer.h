/* SPDX-License-Identifier: Apache-2.0
 *
 * A line that a driver writes, split into its parts: "ACTION RESULT ID INFO" or
 * "LOG SEVERITY ID text". See one-vmm-protocol(7).
 */
#ifndef VMM_ANSWER_H
#define VMM_ANSWER_H

#include <glib.h>

#include "vmm-protocol.h"

typedef enum
{
  VMM_ANSWER_OTHER,  /* not of the protocol: all of it is in text */
  VMM_ANSWER_LOG,    /* severity, id, text */
  VMM_ANSWER_RESULT, /* verb, success, id, text */
} VmmAnswerKind;

typedef struct
{
  VmmAnswerKind kind;
  VmmSeverity   severity;
  char         *verb;
  gboolean      success;
  char         *id;
  char         *text; /* fit for a terminal: one line, no control characters */
} VmmAnswer;

/* line has no newline. Never fails. */
VmmAnswer *vmm_answer_parse (const char *line);
void       vmm_answer_free  (VmmAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmAnswer, vmm_answer_free)

#endif
