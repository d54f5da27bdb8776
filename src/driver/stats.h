/* SPDX-License-Identifier: Apache-2.0
 *
 * What has been done so far: counts and latencies per action, failures per
 * host. All functions may be called from any thread.
 */
#ifndef VMM_STATS_H
#define VMM_STATS_H

#include <glib.h>

typedef enum
{
  VMM_DONE_SUCCESS,
  VMM_DONE_FAILURE,
  VMM_DONE_CANCELLED,
  VMM_DONE_KINDS,
} VmmDone;

/* Upper bounds of the latency classes, in milliseconds; a last class has none. */
#define VMM_LATENCY_CLASSES 12
extern const guint vmm_latency_bounds_ms[VMM_LATENCY_CLASSES];

typedef struct
{
  const char *verb;
  guint64     done[VMM_DONE_KINDS];
  guint64     latency[VMM_LATENCY_CLASSES + 1]; /* how many in each class, queueing left out */
  gint64      total_us;
} VmmActionStats;

typedef struct _VmmStats VmmStats;

VmmStats *vmm_stats_new  (void);
void      vmm_stats_free (VmmStats *self);

/* One action has ended after duration_us. Costs a few table look-ups. */
void vmm_stats_add (VmmStats *self, const char *verb, const char *host, VmmDone done,
                    gint64 duration_us);

typedef struct
{
  char *host;
  guint failures;
} VmmHostFailures;

/* Copies at this moment, ordered by name: of VmmActionStats, of VmmHostFailures *.
 * The caller drops its reference. */
GArray    *vmm_stats_actions  (VmmStats *self);
GPtrArray *vmm_stats_failures (VmmStats *self);

#endif
