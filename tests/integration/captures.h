/* SPDX-License-Identifier: Apache-2.0
 *
 * The captured lines of every release, run here or on hosts.
 */
#ifndef CAPTURES_H
#define CAPTURES_H

#include "../lib/rig.h"

typedef struct
{
  const char *name;
  const char *arguments;      /* put before those of the release */
  gboolean    local;          /* scripts run here */
  gboolean    calls_only;     /* no runs with failing calls */
  void      (*prepare) (Rig *rig); /* before the driver starts, or NULL */
} CapturesWay;

void captures_add_tests (const CapturesWay *way);

/* What does not depend on where scripts run. */
void captures_add_other_tests (const CapturesWay *way);

#endif
