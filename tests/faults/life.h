/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens in a fault run, drawn from its seed and nothing else: the options
 * of each life of the driver, its requests, and the faults with their times.
 */
#ifndef FAULTS_LIFE_H
#define FAULTS_LIFE_H

#include <glib.h>

#include "script.h"

typedef enum
{
  ALL_LOCAL,
  OVER_LIBSSH2,
  OVER_OPENSSH,
  N_TRANSPORTS
} Transport;

/* How the driver is told to go. All but the first while it is at work. */
typedef enum
{
  FINALIZE_IDLE,
  FINALIZE,
  END_OF_INPUT,
  ONED_GONE, /* both pipes are closed */
  TERMINATE, /* a signal */
  N_ENDS
} End;

typedef enum
{
  /* of connections: not where all is local */
  CONNECTIONS_CUT,
  SSHD_STOPPED,
  SSHD_KILLED,
  /* of the front-end */
  DISK_FULL,
  NO_DESCRIPTORS,
  NO_PROCESSES,
  NOBODY_READS,
  N_FAULTS
} Fault;

/* One request, and what became of it. */
typedef struct
{
  guint          id;      /* id % BEHAVIOURS is what its script does */
  const char    *verb;
  guint          host;
  gboolean       cancelled;
  guint          answers;
  gboolean       success; /* of the last answer */
  gint64         begin_ns, end_ns; /* its main script, the first time; 0 when there was none */
  int            status;  /* of the last end that was noted, -1 when none was */
} Request;

typedef enum
{
  SEND,
  CANCEL,
  BEGIN_FAULT,
  END_FAULT,
} EventKind;

typedef struct
{
  guint     at_ms;   /* from the begin of the wave */
  EventKind kind;
  Request  *request; /* SEND, CANCEL; belongs to the ledger */
  Fault     fault;
  guint     place;   /* which sshd */
} Event;

typedef struct
{
  GRand    *rand;
  guint     number;
  guint     hosts, places;  /* names of hosts, and how many sshd they lead to */
  Transport transport;
  guint     threads, retries;
  guint     limit_s, idle_s; /* 0: no limit */
  gboolean  parallel;
  guint     waves;
  End       end;
  gboolean  small_disk;      /* whether DISK_FULL can be had */
  guint     next_serial;
} Life;

/* A wave with faults or one without, in which nothing but the scripts fails. */
typedef enum
{
  STORM,
  CALM,
  LAST, /* the driver is told to go in the midst of it */
} Weather;

void life_draw  (Life *life, guint seed, guint number, guint hosts, guint places,
                 gboolean small_disk);
void life_clear (Life *life);

/* Free with g_free(). */
char *life_describe (const Life *life);

/* The events of a wave in order of time, with its requests, which are added to
 * `requests` (of Request *). Free with g_array_unref(). */
GArray *life_draw_wave (Life *life, Weather weather, GPtrArray *requests);

const char *life_fault_name (Fault fault);

/* "host017". Free with g_free(). */
char *life_host_name (guint host);

#endif
