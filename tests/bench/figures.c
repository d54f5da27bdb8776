/* SPDX-License-Identifier: Apache-2.0 */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define RATE_AIM 0.85

static guint over, aims;

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

double
figures_percentile (double *values, guint n, double share)
{
  if (n == 0)
    return 0;
  qsort (values, n, sizeof *values, compare);
  return values[MIN ((guint) (n * share), n - 1)];
}

static double
median_at (const Figures *all, guint n, gsize offset)
{
  g_autofree double *values = g_new (double, n);

  for (guint i = 0; i < n; i++)
    values[i] = *(const double *) ((const char *) &all[i] + offset);
  return figures_percentile (values, n, 0.5);
}

Figures
figures_median (const Figures *all, guint n)
{
  return (Figures) {
    .per_second = median_at (all, n, G_STRUCT_OFFSET (Figures, per_second)),
    .median_ms = median_at (all, n, G_STRUCT_OFFSET (Figures, median_ms)),
    .p99_ms = median_at (all, n, G_STRUCT_OFFSET (Figures, p99_ms)),
    .cpu_ms = median_at (all, n, G_STRUCT_OFFSET (Figures, cpu_ms)),
  };
}

/* ---- meter ---- */

void
meter_begin (Meter *self, double cpu_s, double seconds)
{
  self->ms = g_array_new (FALSE, FALSE, sizeof (double));
  self->counted = 0;
  self->cpu_s = cpu_s;
  self->begin_us = g_get_monotonic_time ();
  self->end_us = seconds > 0 ? self->begin_us + (gint64) (seconds * G_USEC_PER_SEC) : 0;
}

void
meter_add (Meter *self, gint64 asked_us)
{
  gint64 now_us = g_get_monotonic_time ();
  double ms = (double) (now_us - asked_us) / 1000;

  g_array_append_val (self->ms, ms);
  if (self->end_us == 0 || now_us <= self->end_us)
    self->counted++;
}

Figures
meter_end (Meter *self, double cpu_s)
{
  gint64 end_us = self->end_us == 0 ? g_get_monotonic_time () : self->end_us;
  double *values = (double *) (void *) self->ms->data;
  guint n = self->ms->len;
  Figures figures = {
    .per_second = (double) self->counted * G_USEC_PER_SEC / (double) (end_us - self->begin_us),
    .median_ms = figures_percentile (values, n, 0.5),
    .p99_ms = figures_percentile (values, n, 0.99),
    .cpu_ms = (cpu_s - self->cpu_s) * 1000 / MAX (n, 1),
  };

  g_array_unref (self->ms);
  return figures;
}

/* ---- processor time ---- */

static double
seconds (struct timeval time)
{
  return (double) time.tv_sec + (double) time.tv_usec / G_USEC_PER_SEC;
}

double
cpu_of_self (void)
{
  struct rusage self, children;

  getrusage (RUSAGE_SELF, &self);
  getrusage (RUSAGE_CHILDREN, &children);
  return seconds (self.ru_utime) + seconds (self.ru_stime) + seconds (children.ru_utime)
         + seconds (children.ru_stime);
}

/* Of the children the kernel tells hundredths of seconds only, of the process itself all. */
double
cpu_of_process (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  long user, system;
  struct timespec own;
  clockid_t clock;

  if (!g_file_get_contents (path, &text, NULL, NULL)
      || sscanf (strrchr (text, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*d %*d "
                 "%ld %ld", &user, &system) != 2
      || clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &own) != 0)
    g_error ("process %d has no times", (int) pid);
  return (double) own.tv_sec + (double) own.tv_nsec / 1e9
         + (double) (user + system) / (double) sysconf (_SC_CLK_TCK);
}

/* ---- the table ---- */

static const char *
verdict (gboolean ok)
{
  aims++;
  over += !ok;
  return ok ? "ok" : "OVER";
}

void
table_section (const char *text)
{
  printf ("\n%-46s %10s %10s %7s   %s\n", text, "ours", "floor", "ratio", "aim");
  fflush (stdout);
}

void
table_row (const char *what, const char *unit, double ours, double floor, double most)
{
  g_autofree char *name = g_strdup_printf ("%s, %s", what, unit);
  int digits = ours < 10 ? 3 : ours < 1000 ? 1 : 0;

  printf ("%-52s %10.*f ", name, digits, ours);
  if (floor > 0)
    printf ("%10.*f %7.2f", digits, floor, ours / floor);
  else
    printf ("%10s %7s", "-", "-");
  if (most > 0)
    printf ("   %s (at most %g)", verdict (ours <= most), most);
  putchar ('\n');
  fflush (stdout);
}

void
table_load_section (const char *text)
{
  printf ("\n%s\n", text);
  printf ("%-25s %21s %15s %15s %13s\n%-25s %7s %7s %5s %7s %7s %7s %7s %6s %6s   %s\n",
          "", "actions per second", "median ms", "99 % within ms", "CPU ms",
          "action     -t hosts", "ours", "floor", "%", "ours", "floor", "ours", "floor", "ours",
          "floor", "aim");
}

void
table_load (const char *what, const Figures *ours_busy, const Figures *ours_calm,
            const Figures *floor, double ratio)
{
  printf ("%-25s %7.0f %7.0f %5.0f %7.2f %7.2f %7.2f %7.2f %6.2f %6.2f   %s\n", what,
          ours_busy->per_second, floor->per_second, 100 * ratio,
          ours_calm->median_ms, floor->median_ms, ours_calm->p99_ms, floor->p99_ms,
          ours_busy->cpu_ms, floor->cpu_ms, verdict (ratio >= RATE_AIM));
  fflush (stdout);
}

void
table_end (void)
{
  printf ("\n%u of %u aims are missed.\n", over, aims);
}
