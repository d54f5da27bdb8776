/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of shell assignments (vmm_execrc), read without a shell: NAME=VALUE or
 * export NAME=VALUE, quoted as the shell quotes, '#' comments, nothing expanded.
 */
#ifndef VMM_ASSIGNMENTS_H
#define VMM_ASSIGNMENTS_H

#include <glib.h>

typedef void (*VmmAssignmentFunc) (const char *name, const char *value, gpointer user_data);

/* Calls func for each assignment in order. What is none is left out with a
 * line "FILE:LINE: ..." added to warnings (of char *). */
void vmm_assignments_parse (const char *text, VmmAssignmentFunc func, GPtrArray *warnings,
                            const char *file, gpointer user_data);

#endif
