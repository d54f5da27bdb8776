/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/statusformat.h"

#include <string.h>

/* More jobs than these are counted but not told one by one. */
#define MAX_JOBS 2000

typedef struct
{
  char       *verb, *id, *host;
  const char *step;     /* NULL while it waits */
  gint64      since_us; /* how long it runs, or waits */
} JobView;

typedef struct
{
  GPtrArray *running;  /* of JobView */
  GPtrArray *waiting;
  guint      n_running, n_waiting;
  gint64     now_us;
} Snapshot;

static void
job_view_free (gpointer data)
{
  JobView *view = data;

  g_free (view->verb);
  g_free (view->id);
  g_free (view->host);
  g_free (view);
}

static void
take_job (VmmJob *job, gpointer user_data)
{
  Snapshot *snapshot = user_data;
  gboolean runs = job->started_us != 0;
  GPtrArray *to = runs ? snapshot->running : snapshot->waiting;
  JobView *view;

  (*(runs ? &snapshot->n_running : &snapshot->n_waiting))++;
  if (to->len == MAX_JOBS)
    return;
  view = g_new0 (JobView, 1);
  view->verb = g_strdup (job->message->verb);
  view->id = g_strdup (job->message->id);
  view->host = g_strdup (job->host);
  view->step = runs ? g_atomic_pointer_get (&job->step) : NULL;
  view->since_us = snapshot->now_us - (runs ? job->started_us : job->queued_us);
  g_ptr_array_add (to, view);
}

static int
longest_first (gconstpointer a, gconstpointer b)
{
  gint64 x = (*(JobView *const *) a)->since_us, y = (*(JobView *const *) b)->since_us;

  return x < y ? 1 : x > y ? -1 : 0;
}

static void
snapshot_take (Snapshot *snapshot, VmmQueue *queue)
{
  snapshot->running = g_ptr_array_new_with_free_func (job_view_free);
  snapshot->waiting = g_ptr_array_new_with_free_func (job_view_free);
  snapshot->n_running = snapshot->n_waiting = 0;
  snapshot->now_us = g_get_monotonic_time ();
  vmm_queue_watch (queue, take_job, snapshot);
  g_ptr_array_sort (snapshot->running, longest_first);
  g_ptr_array_sort (snapshot->waiting, longest_first);
}

static void
snapshot_clear (Snapshot *snapshot)
{
  g_ptr_array_unref (snapshot->running);
  g_ptr_array_unref (snapshot->waiting);
}

/* The latency (ms) below which the given part of all actions ended: the upper
 * bound of its class, -1 beyond the last one. */
static int
quantile_ms (const VmmActionStats *action, double part)
{
  guint64 total = 0, seen = 0;

  for (guint i = 0; i <= VMM_LATENCY_CLASSES; i++)
    total += action->latency[i];
  for (guint i = 0; i < VMM_LATENCY_CLASSES; i++)
    {
      seen += action->latency[i];
      if (seen >= total * part)
        return (int) vmm_latency_bounds_ms[i];
    }
  return -1;
}

static guint64
action_count (const VmmActionStats *action)
{
  guint64 n = 0;

  for (guint i = 0; i < VMM_DONE_KINDS; i++)
    n += action->done[i];
  return n;
}

/* ---- table ---- */

static void
table_jobs (GString *out, const char *title, guint n, GPtrArray *jobs)
{
  g_string_append_printf (out, "\n%s: %u\n", title, n);
  if (jobs->len > 0)
    g_string_append_printf (out, "  %-20s %8s  %-24s %-18s %10s\n", "ACTION", "VM", "HOST", "STEP",
                            "SECONDS");
  for (guint i = 0; i < jobs->len; i++)
    {
      const JobView *job = g_ptr_array_index (jobs, i);

      g_string_append_printf (out, "  %-20s %8s  %-24s %-18s %10.1f\n", job->verb, job->id,
                              job->host, job->step == NULL ? "-" : job->step,
                              job->since_us / 1e6);
    }
  if (jobs->len < n)
    g_string_append_printf (out, "  ... and %u more\n", n - jobs->len);
}

static void
table_limit (GString *out, int limit_ms)
{
  g_autofree char *text = limit_ms < 0 ? g_strdup (">300 s")
                                       : g_strdup_printf ("<=%g s", limit_ms / 1000.0);

  g_string_append_printf (out, " %10s", text);
}

static char *
format_table (const char *driver, const Snapshot *snapshot, GArray *actions, GPtrArray *failures)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "one_vmm_exec %s\n", driver);
  table_jobs (out, "running", snapshot->n_running, snapshot->running);
  table_jobs (out, "waiting", snapshot->n_waiting, snapshot->waiting);
  g_string_append_printf (out, "\ndone\n  %-20s %9s %9s %9s %10s %10s %10s\n", "ACTION", "SUCCESS",
                          "FAILURE", "CANCELLED", "MEAN", "HALF", "99 OF 100");
  for (guint i = 0; i < actions->len; i++)
    {
      const VmmActionStats *action = &g_array_index (actions, VmmActionStats, i);

      g_string_append_printf (out, "  %-20s %9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT
                              " %9" G_GUINT64_FORMAT " %8.3f s", action->verb,
                              action->done[VMM_DONE_SUCCESS], action->done[VMM_DONE_FAILURE],
                              action->done[VMM_DONE_CANCELLED],
                              action->total_us / 1e6 / action_count (action));
      table_limit (out, quantile_ms (action, 0.5));
      table_limit (out, quantile_ms (action, 0.99));
      g_string_append_c (out, '\n');
    }
  if (failures->len > 0)
    g_string_append (out, "\nfailures per host\n");
  for (guint i = 0; i < failures->len; i++)
    {
      const VmmHostFailures *host = g_ptr_array_index (failures, i);

      g_string_append_printf (out, "  %-40s %9u\n", host->host, host->failures);
    }
  return g_string_free (out, FALSE);
}

/* ---- JSON (RFC 8259) and OpenMetrics: names of hosts come from outside ---- */

static void
append_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++)
    if (*p == '"' || *p == '\\')
      g_string_append_printf (out, "\\%c", *p);
    else if (*p == '\n')
      g_string_append (out, "\\n");
    else if ((guchar) *p < 0x20)
      g_string_append_c (out, ' ');
    else
      g_string_append_c (out, *p);
  g_string_append_c (out, '"');
}

static void
json_jobs (GString *out, const char *name, guint n, GPtrArray *jobs)
{
  g_string_append_printf (out, "\"%s_count\":%u,\"%s\":[", name, n, name);
  for (guint i = 0; i < jobs->len; i++)
    {
      const JobView *job = g_ptr_array_index (jobs, i);

      g_string_append_printf (out, "%s{\"action\":\"%s\",\"vm\":%" G_GINT64_FORMAT
                              ",\"host\":", i > 0 ? "," : "",
                              job->verb, g_ascii_strtoll (job->id, NULL, 10));
      append_string (out, job->host);
      if (job->step != NULL)
        {
          g_string_append (out, ",\"step\":");
          append_string (out, job->step);
        }
      g_string_append_printf (out, ",\"seconds\":%.3f}", job->since_us / 1e6);
    }
  g_string_append_c (out, ']');
}

static char *
format_json (const char *driver, const Snapshot *snapshot, GArray *actions, GPtrArray *failures)
{
  GString *out = g_string_new ("{\"driver\":");

  append_string (out, driver);
  g_string_append_c (out, ',');
  json_jobs (out, "running", snapshot->n_running, snapshot->running);
  g_string_append_c (out, ',');
  json_jobs (out, "waiting", snapshot->n_waiting, snapshot->waiting);
  g_string_append (out, ",\"actions\":{");
  for (guint i = 0; i < actions->len; i++)
    {
      const VmmActionStats *action = &g_array_index (actions, VmmActionStats, i);

      g_string_append_printf (out, "%s\"%s\":{\"success\":%" G_GUINT64_FORMAT
                              ",\"failure\":%" G_GUINT64_FORMAT ",\"cancelled\":%" G_GUINT64_FORMAT
                              ",\"seconds\":%.6f}", i > 0 ? "," : "", action->verb,
                              action->done[VMM_DONE_SUCCESS], action->done[VMM_DONE_FAILURE],
                              action->done[VMM_DONE_CANCELLED], action->total_us / 1e6);
    }
  g_string_append (out, "},\"failures\":{");
  for (guint i = 0; i < failures->len; i++)
    {
      const VmmHostFailures *host = g_ptr_array_index (failures, i);

      if (i > 0)
        g_string_append_c (out, ',');
      append_string (out, host->host);
      g_string_append_printf (out, ":%u", host->failures);
    }
  g_string_append (out, "}}\n");
  return g_string_free (out, FALSE);
}

static void
metric_action (GString *out, const VmmActionStats *action)
{
  guint64 seen = 0;

  for (guint i = 0; i < VMM_LATENCY_CLASSES; i++)
    {
      seen += action->latency[i];
      g_string_append_printf (out, "one_vmm_action_seconds_bucket{action=\"%s\",le=\"%g\"} %"
                              G_GUINT64_FORMAT "\n", action->verb,
                              vmm_latency_bounds_ms[i] / 1000.0, seen);
    }
  g_string_append_printf (out, "one_vmm_action_seconds_bucket{action=\"%s\",le=\"+Inf\"} %"
                          G_GUINT64_FORMAT "\none_vmm_action_seconds_count{action=\"%s\"} %"
                          G_GUINT64_FORMAT "\none_vmm_action_seconds_sum{action=\"%s\"} %.6f\n",
                          action->verb, action_count (action), action->verb, action_count (action),
                          action->verb, action->total_us / 1e6);
}

static char *
format_openmetrics (const Snapshot *snapshot, GArray *actions, GPtrArray *failures)
{
  static const char *const done_names[VMM_DONE_KINDS] = { "success", "failure", "cancelled" };
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "# TYPE one_vmm_running gauge\none_vmm_running %u\n"
                          "# TYPE one_vmm_waiting gauge\none_vmm_waiting %u\n"
                          "# TYPE one_vmm_actions counter\n", snapshot->n_running,
                          snapshot->n_waiting);
  for (guint i = 0; i < actions->len; i++)
    for (guint kind = 0; kind < VMM_DONE_KINDS; kind++)
      {
        const VmmActionStats *action = &g_array_index (actions, VmmActionStats, i);

        g_string_append_printf (out, "one_vmm_actions_total{action=\"%s\",result=\"%s\"} %"
                                G_GUINT64_FORMAT "\n", action->verb, done_names[kind],
                                action->done[kind]);
      }
  g_string_append (out, "# TYPE one_vmm_action_seconds histogram\n"
                        "# UNIT one_vmm_action_seconds seconds\n");
  for (guint i = 0; i < actions->len; i++)
    metric_action (out, &g_array_index (actions, VmmActionStats, i));
  g_string_append (out, "# TYPE one_vmm_host_failures counter\n");
  for (guint i = 0; i < failures->len; i++)
    {
      const VmmHostFailures *host = g_ptr_array_index (failures, i);

      g_string_append (out, "one_vmm_host_failures_total{host=");
      append_string (out, host->host);
      g_string_append_printf (out, "} %u\n", host->failures);
    }
  g_string_append (out, "# EOF\n");
  return g_string_free (out, FALSE);
}

char *
vmm_status_format (const char *form, const char *driver, VmmQueue *queue, VmmStats *stats)
{
  g_autoptr (GArray) actions = vmm_stats_actions (stats);
  g_autoptr (GPtrArray) failures = vmm_stats_failures (stats);
  Snapshot snapshot;
  char *text = NULL;

  snapshot_take (&snapshot, queue);
  if (strcmp (form, "table") == 0)
    text = format_table (driver, &snapshot, actions, failures);
  else if (strcmp (form, "json") == 0)
    text = format_json (driver, &snapshot, actions, failures);
  else if (strcmp (form, "openmetrics") == 0)
    text = format_openmetrics (&snapshot, actions, failures);
  snapshot_clear (&snapshot);
  return text;
}
