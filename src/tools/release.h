/* SPDX-License-Identifier: Apache-2.0
 *
 * Which release of OpenNebula the scripts around a helper program belong to. OpenNebula keeps
 * it in the file VERSION at the root of the remotes, on the front-end and on each host.
 */
#ifndef VMM_RELEASE_H
#define VMM_RELEASE_H

#include <glib.h>

/* The text of the first VERSION that there is, as in "5.2.1"; NULL when it cannot be told:
 * the environment's ONE_VMM_RELEASE (a release) or ONE_VMM_REMOTES (a remotes root), the root
 * that program (a path, remotes/bin/ARCH/NAME) lies in, and the usual places. g_free(). */
char *vmm_release_find (const char *program);

/* Whether text names a release after major.minor.patch. NULL and what is no release do not. */
gboolean vmm_release_is_after (const char *text, guint major, guint minor, guint patch);

#endif
