/* SPDX-License-Identifier: Apache-2.0
 *
 * Host keys as sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT", has them: hashed and
 * plain names, wildcards, "[host]:port" and markers. libssh2's own reader knows
 * neither wildcards nor markers.
 */
#ifndef VMM_SSH_KNOWNHOSTS_H
#define VMM_SSH_KNOWNHOSTS_H

#include <glib.h>

#include "driver/ssh/hostconfig.h"

/* The lines that concern one host, from all its files. One thread at a time. */
typedef struct _VmmKnownHosts VmmKnownHosts;

/* Files that can't be read count as empty. Never NULL. */
VmmKnownHosts *vmm_knownhosts_load (const VmmHostConfig *config);
void           vmm_knownhosts_free (VmmKnownHosts *self);

/* The key types on record for the host, comma-separated, in order of preference
 * and of those in `supported` (NULL-terminated); NULL when there is no line at
 * all. Empty: there are lines, but of other types only (or of an authority). */
char *vmm_knownhosts_types (const VmmKnownHosts *self, const char *const *supported);

/* Decides about the key (in wire format) that the host has shown, as the client
 * would. An accepted new key is added to the user's file. Returns FALSE with an
 * error that names host, file, line and remedy. *notice: what should be known
 * although it was accepted, or NULL. */
gboolean vmm_knownhosts_check (const VmmKnownHosts *self, const void *key, gsize len,
                               char **notice, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmKnownHosts, vmm_knownhosts_free)

#endif
