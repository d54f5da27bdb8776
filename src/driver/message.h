/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of oned, split into its words: ACTION ID BASE64, from 6.0 with an
 * empty field (two blanks) between ACTION and ID.
 */
#ifndef VMM_MESSAGE_H
#define VMM_MESSAGE_H

#include <glib.h>

typedef enum
{
  VMM_MESSAGE_EMPTY,    /* a blank line: nothing to do */
  VMM_MESSAGE_INIT,
  VMM_MESSAGE_FINALIZE,
  VMM_MESSAGE_CANCEL,   /* DRIVER_CANCEL: id is set */
  VMM_MESSAGE_ACTION,   /* verb, id and base64 are set */
  VMM_MESSAGE_BAD,      /* problem is set; verb and id when they could be told */
} VmmMessageKind;

typedef struct
{
  VmmMessageKind kind;
  char    *verb;         /* upper case, [A-Z0-9_] only */
  char    *id;           /* decimal digits */
  char    *base64;       /* not decoded */
  gsize    base64_len;
  gboolean double_blank; /* the form of 6.0 and later */
  char    *problem;      /* for people */
} VmmMessage;

/* Parses the len bytes of a line without its newline. Never fails: what can't
 * be read is a message of kind BAD. */
VmmMessage *vmm_message_parse (const char *line, gsize len);

/* The message for a line that was longer than VMM_MAX_LINE_BYTES, of which only the start is left. */
VmmMessage *vmm_message_too_long (const char *start, gsize len);

void vmm_message_free (VmmMessage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmMessage, vmm_message_free)

#endif
