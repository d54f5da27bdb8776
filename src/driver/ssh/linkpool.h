/* SPDX-License-Identifier: Apache-2.0
 *
 * Links that are kept open between commands. Here is decided how many there
 * are, how fast new ones are made and when unused ones are closed.
 */
#ifndef VMM_SSH_LINKPOOL_H
#define VMM_SSH_LINKPOOL_H

#include <glib.h>

#include "driver/config.h"
#include "driver/connections.h"
#include "driver/ssh/gate.h"
#include "driver/ssh/link.h"

typedef struct _VmmLinkPool VmmLinkPool;

/* Opens a new link; see vmm_libssh2_open(). */
typedef VmmLink *(*VmmLinkPoolOpen) (VmmHostConfig *config, VmmLinkKind kind, const VmmWait *wait,
                                     gpointer user_data, GError **error);

/* config must outlive the pool. */
VmmLinkPool *vmm_linkpool_new  (const VmmConfig *config, VmmLinkPoolOpen open, gpointer user_data);

/* Closes all unused links. None may be in use. */
void     vmm_linkpool_free (VmmLinkPool *self);

/* A link that belongs to the caller until put() or drop(). An unused one if
 * there is one, else a new one: for that there is a limit on links at a time
 * for one host, one on those that are being opened at a time, one on the time
 * that may take, and patience with a host that breaks off because it is busy.
 * fresh: those unused are suspect; close them and open a new one. */
VmmLink *vmm_linkpool_take (VmmLinkPool *self, VmmHostConfig *config, VmmLinkKind kind,
                            gboolean fresh, const VmmWait *wait, GError **error);

/* One more, past all queues, to end what another one has started. Only to be
 * closed with vmm_link_close(). */
VmmLink *vmm_linkpool_take_urgent (VmmLinkPool *self, VmmHostConfig *config, VmmLinkKind kind,
                                   const VmmWait *wait, GError **error);

/* Gives back one that can be used again, or one that can't. */
void vmm_linkpool_put  (VmmLinkPool *self, VmmLink *link);
void vmm_linkpool_drop (VmmLinkPool *self, VmmLink *link);

/* What there is at this moment: VmmHostConnections *, ordered by host. The
 * caller drops its reference. Links past all queues are not among them. */
GPtrArray *vmm_linkpool_look (VmmLinkPool *self);

#endif
