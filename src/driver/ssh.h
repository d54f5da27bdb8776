/* SPDX-License-Identifier: Apache-2.0
 *
 * The transport to hosts, over SSH: warm connections through libssh2, or the
 * OpenSSH client where libssh2 can't go.
 */
#ifndef VMM_SSH_H
#define VMM_SSH_H

#include "driver/config.h"
#include "driver/connections.h"
#include "driver/transport.h"

/* shell: what runs on the host around a script (-s). config must outlive the
 * transport. Call it before other threads start: libraries are initialised. */
VmmTransport *vmm_ssh_new (const VmmConfig *config, const char *shell);

/* From now on connections through the OpenSSH client tell their keys, too
 * (VmmConnection); that makes the client talkative. Before the first run(). */
void vmm_ssh_explain (VmmTransport *transport);

/* What there is at this moment: VmmHostConnections *, ordered by host. The
 * caller drops its reference. Any thread. */
GPtrArray *vmm_ssh_connections (VmmTransport *transport);

/* Tells of one host of a vmm_ssh_sync(), in the thread that called it. */
typedef void (*VmmSyncProgress) (const char *host, guint done, guint of, const char *what,
                                 gboolean failed, gpointer user_data);

/* Brings the copy of the remotes on each host up to date; one that is so
 * already, told by a checksum, is left alone. Returns how many hosts failed. */
guint vmm_ssh_sync (VmmTransport *transport, const char *const *hosts,
                    VmmSyncProgress progress, gpointer user_data);

#endif
