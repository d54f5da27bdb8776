/* SPDX-License-Identifier: Apache-2.0
 *
 * What the driver is doing and has done at one moment, copied from where it is
 * known, so that nobody is held up while it is written out.
 */
#ifndef VMM_STATUSVIEW_H
#define VMM_STATUSVIEW_H

#include "driver/connections.h"
#include "driver/queue.h"
#include "driver/stats.h"
#include "driver/transport.h"

/* Where it is known; all of it must outlive those who look. */
typedef struct
{
  const char   *driver; /* "kvm" */
  VmmQueue     *queue;
  VmmStats     *stats;
  VmmTransport *remote; /* of vmm_ssh_new() */
} VmmStatusSource;

typedef struct
{
  char       *verb, *id, *host;
  const char *step;      /* NULL while it waits */
  char       *waits_for; /* "DEPLOY 7", which has its host, or "a free thread"; NULL while it runs */
  gint64      since_us;  /* how long it runs, or waits */
} VmmJobView;

typedef struct
{
  const char *driver;
  GPtrArray  *running;  /* of VmmJobView *, the longest first; only so many are copied */
  GPtrArray  *waiting;
  guint       n_running, n_waiting; /* all of them */
  GArray     *actions;  /* of VmmActionStats */
  GPtrArray  *failures; /* of VmmHostFailures * */
  GPtrArray  *hosts;    /* of VmmHostConnections * */
} VmmStatusView;

/* Fills view. Any thread. */
void vmm_statusview_take  (VmmStatusView *view, const VmmStatusSource *source);
void vmm_statusview_clear (VmmStatusView *view);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VmmStatusView, vmm_statusview_clear)

#endif
