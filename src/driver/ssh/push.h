/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying the remotes to a host: one stream, into a temporary place, then moved.
 */
#ifndef VMM_SSH_PUSH_H
#define VMM_SSH_PUSH_H

#include <glib.h>

#include "driver/ssh/link.h"

/* The remotes as they are now; immutable. */
typedef struct _VmmRemotes VmmRemotes;

/* Reads the directory. NULL with an error that names it. */
VmmRemotes *vmm_remotes_read (const char *dir, const VmmWait *wait, GError **error);
void        vmm_remotes_free (VmmRemotes *self);

/* What a copy on a host has in this file. */
#define VMM_REMOTES_MARK ".one-vmm-checksum"
const char *vmm_remotes_checksum (const VmmRemotes *self);

/* Puts them at host_dir on the far side of link. unless_same: leaves a copy
 * alone that carries the same checksum. *pushed (may be NULL): whether anything
 * was copied. shell: as for a script. FALSE with an error; then the link must
 * not be used again. */
gboolean vmm_remotes_push (VmmRemotes *self, VmmLink *link, const char *shell,
                           const char *host_dir, gboolean unless_same, const VmmWait *wait,
                           gboolean *pushed, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmRemotes, vmm_remotes_free)

#endif
