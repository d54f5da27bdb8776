/* SPDX-License-Identifier: Apache-2.0
 *
 * One URI and the connection to it. Every conversation has an end: opening has a
 * time limit, and once open, libvirt's keepalive breaks the connection to a
 * daemon that has fallen silent.
 */
#ifndef GUESTS_HOST_H
#define GUESTS_HOST_H

#include "tools/guests/call.h"
#include "tools/guests/config.h"

#include <libvirt/libvirt.h>

typedef struct _GuestsHost GuestsHost;

/* Not connected yet. config and mailbox must outlive it. Free with guests_host_free(). */
GuestsHost *guests_host_new (const char *uri, const GuestsConfig *config, GuestsMailbox *mailbox);

/* Leaves the connection alone while calls still run: it might not close. */
void guests_host_free (GuestsHost *host);

const char *guests_host_uri (GuestsHost *host);

/* Connects, or finds itself connected. again: the daemon may be about to come back, so try until
 * CONNECT_TIMEOUT is over. FALSE with VMM_ERROR_CONNECT or VMM_ERROR_CANCELLED. */
gboolean guests_host_open (GuestsHost *host, gboolean again, GError **error);

/* The same without waiting: its mail ends with guests_host_opened(). */
GuestsCall *guests_host_start_open (GuestsHost *host, gboolean again);
gboolean guests_host_opened (GuestsHost *host, GuestsCall *call, GError **error);

/* TRUE while the connection is up, as far as one can tell without asking the daemon. */
gboolean guests_host_is_connected (GuestsHost *host);

/* A reference of the connection, for a thread; NULL when there is none.
 * Free with virConnectClose(). */
virConnectPtr guests_host_connection (GuestsHost *host);

/* The running guests, Domain-0 left out, as GuestsEntry pointers; transient ones with their
 * XML, all in the order of the configuration. NULL with an error. */
GPtrArray *guests_host_list (GuestsHost *host, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestsHost, guests_host_free)

#endif
