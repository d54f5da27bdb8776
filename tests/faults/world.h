/* SPDX-License-Identifier: Apache-2.0
 *
 * The machines of a fault run: real sshd processes behind a hundred names, a
 * disk small enough to be filled, and the driver's own limits. Here faults are
 * made and mended.
 */
#ifndef FAULTS_WORLD_H
#define FAULTS_WORLD_H

#include "../lib/rig.h"
#include "life.h"

typedef struct _World World;

/* disk: where the small one is mounted, or NULL. BUILDDIR names the build. */
World *world_new  (const char *disk, guint hosts, guint places);
void   world_free (World *world);

/* A tree for the driver with its scripts and settings, started and INITed. */
Rig *world_start (World *world, const Life *life);

void world_begin_fault (World *world, Rig *rig, Fault fault, guint place);
void world_end_fault   (World *world, Rig *rig, Fault fault, guint place);

/* How many processes there are, zombies aside, in these sessions (a set of ids). */
guint world_count_sessions (GHashTable *sessions);

/* Ends them. */
void world_kill_sessions (GHashTable *sessions);

#endif
