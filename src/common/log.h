/* SPDX-License-Identifier: Apache-2.0
 *
 * The program's own messages: one line each on standard error, for the person
 * who runs it. What belongs to a VM goes to oned instead (driver/writer.h).
 */
#ifndef VMM_LOG_H
#define VMM_LOG_H

#include <glib.h>

/* Stamps lines with the time when they go to a file rather than to a person. */
void vmm_log_to_file (const char *path, GError **error);

void vmm_log (const char *format, ...) G_GNUC_PRINTF (1, 2);

#endif
