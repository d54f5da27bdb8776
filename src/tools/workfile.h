/* SPDX-License-Identifier: Apache-2.0
 *
 * A copy of a deployment file in a directory of its own. oned's own file is the
 * driver's and the scripts' to write over and beside; a user's is not.
 */
#ifndef VMM_WORKFILE_H
#define VMM_WORKFILE_H

#include <glib.h>

/* The path of the copy, or NULL with an error. Give it to vmm_workfile_remove(). */
char *vmm_workfile_new (const char *source, GError **error);

/* Removes its directory with all that is in it, and frees path. NULL is fine. */
void vmm_workfile_remove (char *path);

#endif
