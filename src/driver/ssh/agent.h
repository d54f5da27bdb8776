/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of ssh-agent (draft-miller-ssh-agent). libssh2 has one too, but it
 * waits for a hung agent for ever.
 */
#ifndef VMM_SSH_AGENT_H
#define VMM_SSH_AGENT_H

#include <glib.h>

#include "driver/ssh/wait.h"

typedef struct _VmmAgent VmmAgent;

/* NULL with an error when nobody answers at the socket. */
VmmAgent *vmm_agent_open  (const char *path, const VmmWait *wait, GError **error);
void      vmm_agent_close (VmmAgent *self);

/* The public keys it holds, in wire format: GBytes *. NULL with an error. */
GPtrArray *vmm_agent_list (VmmAgent *self, const VmmWait *wait, GError **error);

/* Signs data with one of them. The signature proper, without its type's name. */
GBytes *vmm_agent_sign (VmmAgent *self, GBytes *key, const void *data, gsize len,
                        const VmmWait *wait, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmAgent, vmm_agent_close)

#endif
