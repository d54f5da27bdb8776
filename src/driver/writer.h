/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes back to oned: whole lines, in the order in which they were given,
 * each in one piece. A thread of its own does the writing, so that nobody else
 * ever waits for an oned that does not read.
 *
 * Lines: "ACTION RESULT ID INFO" and "LOG SEVERITY ID text", see one-vmm-protocol(7).
 */
#ifndef VMM_WRITER_H
#define VMM_WRITER_H

#include <glib.h>

#include "vmm-protocol.h"

typedef struct _VmmWriter VmmWriter;

/* Writes to fd, which stays the caller's. */
VmmWriter *vmm_writer_new (int fd);

/* Waits up to timeout_ms until all is written, then frees. What oned has not
 * read by then is lost with it. */
void vmm_writer_close (VmmWriter *self, guint timeout_ms);

/* All of these may be called from any thread and return at once. Texts may
 * hold anything; they are made safe here. */
void vmm_writer_init_answer (VmmWriter *self);
void vmm_writer_log         (VmmWriter *self, VmmSeverity severity, const char *id,
                             const char *text);

/* info is what stands after the id; NULL or "" for none. A failure's is never empty. */
void vmm_writer_result      (VmmWriter *self, const char *verb, gboolean success, const char *id,
                             const char *info);

#endif
