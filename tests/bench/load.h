/* SPDX-License-Identifier: Apache-2.0
 *
 * Our side: keeps a number of requests with the driver and measures its answers.
 */
#ifndef LOAD_H
#define LOAD_H

#include "../lib/rig.h"
#include "figures.h"

/* The same action for each host in turn. */
typedef struct
{
  const char *verb;
  char      **base64; /* of each host, NULL at the end */
  guint       hosts;  /* of them that are used */
} Work;

/* in_flight requests are there at any moment, for so long; then the rest is waited for.
 * seconds 0: no more than these. */
Figures load_run (Rig *rig, const Work *work, guint in_flight, double seconds);

/* Sends so many. Returns when the driver has read them all. */
void load_queue (Rig *rig, const Work *work, guint n);

/* For each of the next so many answers sends one more, so that as many wait as before. */
Figures load_replace (Rig *rig, const Work *work, guint answers);

#endif
