/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections to hosts as they were at one moment, for those who look from
 * outside. Plain copies: nothing here changes any more.
 */
#ifndef VMM_CONNECTIONS_H
#define VMM_CONNECTIONS_H

#include <glib.h>

typedef struct
{
  const char *transport; /* "libssh2", "openssh", or "openssh-agent", which lends our agent */
  gboolean    used;      /* an action has it; else it waits for one */
  gint64      open_us;   /* for how long it has been open */
  gint64      since_us;  /* for how long it has been used or unused */
  char       *key;       /* what logged in, in words; NULL: not known */
  char       *host_key;  /* type and fingerprint; NULL: not known */
} VmmConnection;

typedef struct
{
  char      *host;
  GPtrArray *open;      /* of VmmConnection *, the oldest first */
  guint      opening;   /* being opened, or waiting for their turn to be */
  gint64     slowed_us; /* for so long still they are opened one by one, because the host broke
                         * some off; 0: it did not */
  /* How many, since the driver started: */
  guint64    opened;
  guint64    reused;    /* actions' steps that found one open */
  guint64    broken;    /* they broke, or what ran on them had to be ended */
  guint64    failed;    /* could not be opened */
} VmmHostConnections;

#endif
