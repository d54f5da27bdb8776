/* SPDX-License-Identifier: Apache-2.0
 *
 * The books of one life of the driver: what was asked, what was answered, what
 * the scripts noted, and whether all of that fits together.
 */
#ifndef FAULTS_LEDGER_H
#define FAULTS_LEDGER_H

#include "life.h"

typedef struct
{
  const Life *life;
  GPtrArray  *requests;  /* of Request, in the order in which they were drawn */
  GPtrArray  *sent;      /* the same of this wave, in the order of sending */
  GHashTable *by_id;
  guint       open;      /* sent in this wave, not cancelled, without an answer */
  char       *record;    /* the file of the scripts */
  gsize       read;      /* so many bytes of it */
  GHashTable *sessions;  /* of all scripts that began */
  GString    *problems;  /* a line each */
  guint       answered, succeeded, cancelled;
} Ledger;

Ledger *ledger_new  (const Life *life, const char *record);
void    ledger_free (Ledger *ledger);

/* Forgets the last wave but for its late answers. The requests drawn from now on are the wave's. */
void ledger_begin_wave (Ledger *ledger);

/* The line that asks for it, with its newline; it counts as sent. Free with g_free(). */
char *ledger_send   (Ledger *ledger, Request *request);
char *ledger_cancel (Ledger *ledger, Request *request);

/* One line of the driver. */
void ledger_take_line (Ledger *ledger, const char *line);

/* Reads what the scripts have noted. */
void ledger_read_record (Ledger *ledger);

/* Once a wave has ended: one answer each; no success without a script that
 * succeeded; the order of each host; and, where nothing else can have failed
 * (exact), the right verdict, one at a time on a host and no more than -t at all. */
void ledger_check (Ledger *ledger, gboolean exact, gboolean all_answered);

void ledger_complain (Ledger *ledger, const char *format, ...) G_GNUC_PRINTF (2, 3);

#endif
