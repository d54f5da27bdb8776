/* SPDX-License-Identifier: Apache-2.0 */
#include "life.h"

#define HANGS_AT_MOST 6

static const char *const verbs[] = { "POLL", "POLL", "POLL", "RESET", "REBOOT", "SHUTDOWN",
                                     "DEPLOY", "MIGRATE" };

static gboolean
chance (Life *life, guint percent)
{
  return g_rand_int_range (life->rand, 0, 100) < (gint) percent;
}

static guint
below (Life *life, guint n)
{
  return (guint) g_rand_int_range (life->rand, 0, (gint) n);
}

/* Each transport and each end has its turn; the rest is chance. */
void
life_draw (Life *life, guint seed, guint number, guint hosts, guint places, gboolean small_disk)
{
  const guint32 seeds[] = { seed, number };
  static const guint threads[] = { 1, 2, 5, 15, 15, 15, 30, 50 };

  *life = (Life){ .number = number, .hosts = hosts, .places = places, .small_disk = small_disk,
                  .next_serial = 1 };
  life->rand = g_rand_new_with_seed_array (seeds, G_N_ELEMENTS (seeds));
  life->transport = number % N_TRANSPORTS;
  life->end = number % N_ENDS;
  life->threads = threads[below (life, G_N_ELEMENTS (threads))];
  life->parallel = chance (life, 40);
  life->retries = chance (life, 25) ? 1 : 0;
  life->limit_s = chance (life, 75) ? 3 + below (life, 3) : 0;
  life->idle_s = chance (life, 50) ? 1 : 60;
  life->waves = chance (life, 15) ? 8 + below (life, 8) : 1 + below (life, 3);
  /* A short run should have seen every transport. */
  if (number < N_TRANSPORTS)
    {
      life->threads = 15;
      life->waves = 1;
    }
}

void
life_clear (Life *life)
{
  g_rand_free (life->rand);
}

char *
life_describe (const Life *life)
{
  static const char *const transports[] = { "local", "libssh2", "openssh" };
  static const char *const ends[] = { "FINALIZE when idle", "FINALIZE at work",
                                      "end of input at work", "oned gone", "SIGTERM at work" };

  return g_strdup_printf ("%s -t %u%s -r %u -w %u, connections kept %u s, %u waves, then %s",
                          transports[life->transport], life->threads, life->parallel ? " -p" : "",
                          life->retries, life->limit_s, life->idle_s, life->waves,
                          ends[life->end]);
}

const char *
life_fault_name (Fault fault)
{
  static const char *const names[] = { "connections cut", "sshd stopped", "sshd killed",
                                       "disk full", "no descriptors", "no processes",
                                       "nobody reads" };

  return names[fault];
}

char *
life_host_name (guint host)
{
  return g_strdup_printf ("host%03u", host);
}

/* ---- a wave ---- */

static void
add (GArray *events, EventKind kind, guint at_ms, Request *request)
{
  Event event = { .at_ms = at_ms, .kind = kind, .request = request };

  g_array_append_val (events, event);
}

/* Somebody must be there who ends it. */
static gboolean
may_hang (const Life *life, Weather weather)
{
  return weather == STORM
         || (weather == LAST && (life->end != END_OF_INPUT || life->limit_s > 0));
}

static enum behaviour
draw_behaviour (Life *life, Weather weather, guint *hangs)
{
  guint n = below (life, 100);

  if (n < 3 && may_hang (life, weather) && *hangs < HANGS_AT_MOST)
    {
      ++*hangs;
      return HANGS;
    }
  return n < 8 ? FAILS : n < 16 ? IS_SLOW : n < 19 ? FLOODS : n < 24 ? DIES : n < 27 ? FORKS
       : n < 30 ? IS_BAD : SUCCEEDS;
}

static void
draw_requests (Life *life, Weather weather, GPtrArray *requests, GArray *events, guint length_ms)
{
  guint n = weather == STORM ? 100 + below (life, 100 + 20 * life->threads) : 100, hangs = 0;

  for (guint i = 0; i < n; i++)
    {
      Request *request = g_new0 (Request, 1);
      enum behaviour behaviour = draw_behaviour (life, weather, &hangs);
      guint at_ms = below (life, length_ms);

      request->id = life->next_serial++ * BEHAVIOURS + behaviour;
      request->verb = verbs[below (life, G_N_ELEMENTS (verbs))];
      /* Some hosts are busier than others. */
      request->host = chance (life, 20) ? 0 : below (life, life->hosts);
      request->status = -1;
      g_ptr_array_add (requests, request);
      add (events, SEND, at_ms, request);
      /* Without a limit only a cancel ends what hangs. */
      if (weather != CALM
          && ((behaviour == HANGS && life->limit_s == 0 && weather == STORM) || chance (life, 5)))
        add (events, CANCEL, at_ms + below (life, 2 * length_ms), request);
    }
}

static gboolean
can_happen (const Life *life, Fault fault)
{
  if (fault <= SSHD_KILLED)
    return life->transport != ALL_LOCAL;
  return fault != DISK_FULL || life->small_disk;
}

/* No two of one kind and place at a time: they would heal each other. */
static void
draw_faults (Life *life, GArray *events, guint length_ms)
{
  for (Fault fault = 0; fault < N_FAULTS; fault++)
    for (guint place = 0; place < (fault <= SSHD_KILLED ? life->places : 1); place++)
      {
        guint from = below (life, length_ms), to = from + below (life, length_ms);

        if (!chance (life, 35) || !can_happen (life, fault))
          continue;
        add (events, BEGIN_FAULT, from, NULL);
        g_array_index (events, Event, events->len - 1).fault = fault;
        g_array_index (events, Event, events->len - 1).place = place;
        add (events, END_FAULT, to, NULL);
        g_array_index (events, Event, events->len - 1).fault = fault;
        g_array_index (events, Event, events->len - 1).place = place;
      }
}

static int
by_time (gconstpointer a, gconstpointer b)
{
  const Event *x = a, *y = b;

  return x->at_ms != y->at_ms ? (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms)
                              : (x->kind > y->kind) - (x->kind < y->kind);
}

GArray *
life_draw_wave (Life *life, Weather weather, GPtrArray *requests)
{
  GArray *events = g_array_new (FALSE, TRUE, sizeof (Event));
  guint length_ms = weather == STORM ? 500 + below (life, 2000) : 200;

  draw_requests (life, weather, requests, events, length_ms);
  if (weather == STORM)
    draw_faults (life, events, length_ms);
  g_array_sort (events, by_time);
  return events;
}
