/* SPDX-License-Identifier: Apache-2.0
 *
 * One deed on one guest: a blocking conversation with libvirt, made to run in a
 * GuestsCall, and what came of it.
 */
#ifndef GUESTS_TASK_H
#define GUESTS_TASK_H

#include "tools/guests/host.h"
#include "tools/guests/state.h"

typedef enum
{
  GUESTS_TASK_SAVE,     /* DONE, GONE, BUSY */
  GUESTS_TASK_SHUTDOWN, /* ASKED, GONE, BUSY, PAUSED */
  GUESTS_TASK_DESTROY,  /* DONE, GONE */
  GUESTS_TASK_ABORT,    /* DONE: the save in progress is given up */
  GUESTS_TASK_PROBE,    /* DONE: how far the save in progress is */
  GUESTS_TASK_START,    /* DONE, ACTIVE, RESTORED */
  GUESTS_TASK_RESUME,   /* DONE: goes on after RESTORED */
} GuestsDeed;

/* Any deed may also end with LOST or FAILED. */
typedef enum
{
  GUESTS_OUTCOME_DONE,
  GUESTS_OUTCOME_GONE,     /* it does not run, or not here */
  /* What comes after this is not the end of it. */
  GUESTS_OUTCOME_ASKED,    /* it said yes; its STOPPED event is the end */
  GUESTS_OUTCOME_ACTIVE,   /* it ran already */
  GUESTS_OUTCOME_RESTORED, /* its memory is back, but it stands still until RESUME */
  GUESTS_OUTCOME_PAUSED,   /* it stands still and cannot hear of a shutdown */
  GUESTS_OUTCOME_BUSY,     /* a migration or another long job has it */
  GUESTS_OUTCOME_LOST,     /* the connection broke: whatever was asked may have happened */
  GUESTS_OUTCOME_FAILED,
} GuestsOutcome;

typedef struct
{
  GuestsDeed deed;
  virConnectPtr conn;    /* NULL: the outcome is LOST */
  char *uuid;
  GuestsPhase phase;
  gboolean transient;
  gboolean paused;       /* START: leave it paused */
  gboolean bypass_cache;
  gboolean sync_time;
  char *image;           /* of a transient guest, for SAVE and START */
  char *xml;             /* of a transient guest, for START; NULL: none is known */

  GuestsOutcome outcome;
  char *reason;          /* LOST, FAILED: why; DONE: NULL, or what went wrong besides */
  guint64 done_mib;      /* PROBE */
  guint64 total_mib;
} GuestsTask;

/* Takes a copy of what it needs of entry. image and xml are still to be set. */
GuestsTask *guests_task_new (GuestsDeed deed, GuestsHost *host, const GuestsEntry *entry,
                             const GuestsConfig *config);

/* Blocks, for as long as libvirt does. data is a GuestsTask. */
void guests_task_run (gpointer data);

void guests_task_free (gpointer data);

#endif
