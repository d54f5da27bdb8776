/* SPDX-License-Identifier: Apache-2.0
 *
 * What the benchmark measures, and the table it prints.
 */
#ifndef FIGURES_H
#define FIGURES_H

#include <glib.h>
#include <sys/types.h>

/* Of one run, or the medians of several. */
typedef struct
{
  double per_second;
  double median_ms; /* from asking for an action until its end is known */
  double p99_ms;
  double cpu_ms;    /* of one action: who runs it and what it starts on this machine */
} Figures;

/* Sorts the values. Share 0.5 is the median. */
double figures_percentile (double *values, guint n, double share);

/* Of each figure the median. */
Figures figures_median (const Figures *all, guint n);

/* Counts actions while they run. Not for several threads. */
typedef struct
{
  GArray *ms;       /* of double */
  gint64  begin_us;
  gint64  end_us;   /* later ends are no part of the rate; 0: all count */
  guint   counted;
  double  cpu_s;    /* at the beginning */
} Meter;

void    meter_begin (Meter *self, double cpu_s, double seconds); /* seconds 0: no end */
void    meter_add   (Meter *self, gint64 asked_us);              /* its end is now */
Figures meter_end   (Meter *self, double cpu_s);

/* Processor time in seconds, with children that have ended and were waited for. */
double cpu_of_self    (void);
double cpu_of_process (pid_t pid);

/* ---- the table ---- */

void table_section (const char *text);

/* One figure. floor 0: there is none. most > 0: the largest that is aimed at,
 * in the same unit. */
void table_row (const char *what, const char *unit, double ours, double floor, double most);

/* Throughput, latency and processor time of many actions. ours_busy: with so many
 * waiting that no thread is ever without work; ours_calm: with none waiting. ratio
 * is that of the throughputs, of which the floor's is aimed at, less 15 %. */
void table_load_section (const char *text);
void table_load (const char *what, const Figures *ours_busy, const Figures *ours_calm,
                 const Figures *floor, double ratio);

/* How many aims were missed. */
void table_end (void);

#endif
