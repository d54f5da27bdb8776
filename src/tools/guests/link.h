/* SPDX-License-Identifier: Apache-2.0
 *
 * An open connection with what we want to hear from it: its end, and what becomes
 * of its guests, both as mail. These functions block: they belong into a GuestsCall,
 * but for closing.
 */
#ifndef GUESTS_LINK_H
#define GUESTS_LINK_H

#include "tools/guests/mailbox.h"

#include <libvirt/libvirt.h>

typedef struct _GuestsLink GuestsLink;

/* uri "default" is libvirt's own choice. A daemon that is silent for timeout_s ends the
 * connection. from is what mail names as its sender. NULL: see guests_link_reason(). */
GuestsLink *guests_link_open (const char *uri, gint64 timeout_s, GuestsMailbox *mailbox,
                              gpointer from);

/* No mail comes from it afterwards. NULL is fine. */
void guests_link_close (GuestsLink *link);

/* Belongs to the link. */
virConnectPtr guests_link_connection (GuestsLink *link);

/* libvirt's last error in this thread. Free with g_free(). */
char *guests_link_reason (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virConnect, virConnectClose)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, virDomainFree)

#endif
