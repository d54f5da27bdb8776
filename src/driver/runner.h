/* SPDX-License-Identifier: Apache-2.0
 *
 * Does one job from its message to its answer: payload, plan, one step after
 * the other, what is undone when one fails, and exactly one result.
 */
#ifndef VMM_RUNNER_H
#define VMM_RUNNER_H

#include "driver/config.h"
#include "driver/job.h"
#include "driver/options.h"
#include "driver/stats.h"
#include "driver/transport.h"
#include "driver/writer.h"

/* What all jobs share. Filled by main, immutable while jobs run. */
typedef struct
{
  const VmmConfig  *config;
  const VmmOptions *options;
  guint             release;  /* 0: each request tells */
  VmmTransport     *local;
  VmmTransport     *remote;
  VmmWriter        *writer;
  VmmStats         *stats;
} VmmRunner;

/* Called from any number of threads at once. */
void vmm_runner_run (const VmmRunner *self, VmmJob *job);

#endif
