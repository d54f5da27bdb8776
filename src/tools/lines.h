/* SPDX-License-Identifier: Apache-2.0
 *
 * Captured lines of oned, checked, with errors that name the place.
 */
#ifndef VMM_LINES_H
#define VMM_LINES_H

#include "driver/message.h"
#include "driver/payload.h"

typedef struct
{
  char       *text;    /* with its newline */
  VmmMessage *message; /* never of kind EMPTY or BAD */
  VmmPayload *payload; /* of kind ACTION, else NULL */
} VmmLine;

/* where ("FILE:3") stands before an error. text has no newline. NULL with an error. */
VmmLine *vmm_line_new  (const char *text, const char *where, GError **error);
void     vmm_line_free (VmmLine *self);

/* All lines of a file but blank ones, "-" for standard input; at least one. Of VmmLine *. */
GPtrArray *vmm_lines_read (const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmLine, vmm_line_free)

#endif
