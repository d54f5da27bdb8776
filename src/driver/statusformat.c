/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/statusformat.h"

#include <string.h>
#include <unistd.h>

static const char *const transport_names[] = { "libssh2", "openssh", "openssh-agent" };

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
table_jobs (GString *out, const char *title, const char *column, guint n, GPtrArray *jobs)
{
  g_string_append_printf (out, "\n%s: %u\n", title, n);
  if (jobs->len > 0)
    g_string_append_printf (out, "  %-20s %8s  %-24s %-18s %10s\n", "ACTION", "VM", "HOST", column,
                            "SECONDS");
  for (guint i = 0; i < jobs->len; i++)
    {
      const VmmJobView *job = g_ptr_array_index (jobs, i);
      const char *what = job->waits_for != NULL ? job->waits_for : job->step;

      g_string_append_printf (out, "  %-20s %8s  %-24s %-18s %10.1f\n", job->verb, job->id,
                              job->host, what == NULL ? "-" : what, job->since_us / 1e6);
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

static void
table_actions (GString *out, GArray *actions)
{
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
}

static guint
count_open (GPtrArray *open, const char *transport, gboolean used)
{
  guint n = 0;

  for (guint i = 0; i < open->len; i++)
    {
      const VmmConnection *connection = open->pdata[i];

      n += connection->used == used && strcmp (connection->transport, transport) == 0;
    }
  return n;
}

/* "2 libssh2, 1 openssh"; "-" for none. */
static char *
transports (GPtrArray *open)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (transport_names); i++)
    {
      guint n = count_open (open, transport_names[i], TRUE)
                + count_open (open, transport_names[i], FALSE);

      if (n > 0)
        g_string_append_printf (text, "%s%u %s", text->len > 0 ? ", " : "", n, transport_names[i]);
    }
  return g_string_free (text->len > 0 ? text : g_string_append_c (text, '-'), FALSE);
}

static void
table_host (GString *out, const VmmHostConnections *host)
{
  g_autofree char *open = transports (host->open);
  g_autofree char *age = NULL, *last = NULL;
  gint64 last_us = G_MAXINT64;
  guint used = 0;

  for (guint i = 0; i < host->open->len; i++)
    {
      const VmmConnection *connection = host->open->pdata[i];

      used += connection->used;
      last_us = MIN (last_us, connection->used ? 0 : connection->since_us);
    }
  if (host->open->len > 0)
    {
      age = g_strdup_printf ("%.0f s", ((VmmConnection *) host->open->pdata[0])->open_us / 1e6);
      last = used > 0 ? g_strdup ("now") : g_strdup_printf ("%.0f s ago", last_us / 1e6);
    }
  g_string_append_printf (out, "  %-24s %-22s %6u %8u %9s %12s %8" G_GUINT64_FORMAT
                          " %8" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT " %8" G_GUINT64_FORMAT
                          "%s\n", host->host, open, used, host->opening, age == NULL ? "-" : age,
                          last == NULL ? "-" : last, host->opened, host->reused, host->broken,
                          host->failed, host->slowed_us > 0 ? "  breaks off: one by one" : "");
}

static void
table_hosts (GString *out, GPtrArray *hosts)
{
  if (hosts->len > 0)
    g_string_append_printf (out, "\nconnections\n  %-24s %-22s %6s %8s %9s %12s %8s %8s %8s %8s\n",
                            "HOST", "OPEN", "IN USE", "OPENING", "OLDEST", "LAST USED", "OPENED",
                            "REUSED", "BROKEN", "FAILED");
  for (guint i = 0; i < hosts->len; i++)
    table_host (out, g_ptr_array_index (hosts, i));
}

static char *
format_table (const VmmStatusView *view)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "one_vmm_exec %s, process %d\n", view->driver, (int) getpid ());
  table_jobs (out, "running", "STEP", view->n_running, view->running);
  table_jobs (out, "waiting", "FOR", view->n_waiting, view->waiting);
  table_actions (out, view->actions);
  table_hosts (out, view->hosts);
  if (view->failures->len > 0)
    g_string_append (out, "\nfailures per host\n");
  for (guint i = 0; i < view->failures->len; i++)
    {
      const VmmHostFailures *host = g_ptr_array_index (view->failures, i);

      g_string_append_printf (out, "  %-40s %9u\n", host->host, host->failures);
    }
  return g_string_free (out, FALSE);
}

/* ---- JSON (RFC 8259) and OpenMetrics: names of hosts come from outside ---- */

static void
append_string (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const char *p = valid; *p != '\0'; p++)
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
      const VmmJobView *job = g_ptr_array_index (jobs, i);

      g_string_append_printf (out, "%s{\"action\":\"%s\",\"vm\":%" G_GINT64_FORMAT
                              ",\"host\":", i > 0 ? "," : "",
                              job->verb, g_ascii_strtoll (job->id, NULL, 10));
      append_string (out, job->host);
      if (job->step != NULL)
        {
          g_string_append (out, ",\"step\":");
          append_string (out, job->step);
        }
      if (job->waits_for != NULL)
        {
          g_string_append (out, ",\"waits_for\":");
          append_string (out, job->waits_for);
        }
      g_string_append_printf (out, ",\"seconds\":%.3f}", job->since_us / 1e6);
    }
  g_string_append_c (out, ']');
}

/* null: beyond the last class. */
static void
json_limit (GString *out, const char *name, int limit_ms)
{
  if (limit_ms < 0)
    g_string_append_printf (out, ",\"%s\":null", name);
  else
    g_string_append_printf (out, ",\"%s\":%.3f", name, limit_ms / 1000.0);
}

static void
json_actions (GString *out, GArray *actions)
{
  for (guint i = 0; i < actions->len; i++)
    {
      const VmmActionStats *action = &g_array_index (actions, VmmActionStats, i);

      g_string_append_printf (out, "%s\"%s\":{\"success\":%" G_GUINT64_FORMAT
                              ",\"failure\":%" G_GUINT64_FORMAT ",\"cancelled\":%" G_GUINT64_FORMAT
                              ",\"seconds\":%.6f", i > 0 ? "," : "", action->verb,
                              action->done[VMM_DONE_SUCCESS], action->done[VMM_DONE_FAILURE],
                              action->done[VMM_DONE_CANCELLED], action->total_us / 1e6);
      json_limit (out, "half_within_seconds", quantile_ms (action, 0.5));
      json_limit (out, "99_of_100_within_seconds", quantile_ms (action, 0.99));
      g_string_append_c (out, '}');
    }
}

static void
json_connection (GString *out, const VmmConnection *connection)
{
  g_string_append_printf (out, "{\"transport\":\"%s\",\"used\":%s,\"open_seconds\":%.3f,"
                          "\"%s_seconds\":%.3f", connection->transport,
                          connection->used ? "true" : "false", connection->open_us / 1e6,
                          connection->used ? "used" : "unused", connection->since_us / 1e6);
  if (connection->key != NULL)
    {
      g_string_append (out, ",\"key\":");
      append_string (out, connection->key);
    }
  if (connection->host_key != NULL)
    {
      g_string_append (out, ",\"host_key\":");
      append_string (out, connection->host_key);
    }
  g_string_append_c (out, '}');
}

static void
json_hosts (GString *out, GPtrArray *hosts)
{
  for (guint i = 0; i < hosts->len; i++)
    {
      const VmmHostConnections *host = g_ptr_array_index (hosts, i);

      if (i > 0)
        g_string_append_c (out, ',');
      append_string (out, host->host);
      g_string_append (out, ":{\"open\":[");
      for (guint j = 0; j < host->open->len; j++)
        {
          if (j > 0)
            g_string_append_c (out, ',');
          json_connection (out, g_ptr_array_index (host->open, j));
        }
      g_string_append_printf (out, "],\"opening\":%u,\"one_by_one_seconds\":%.3f,\"opened\":%"
                              G_GUINT64_FORMAT ",\"reused\":%" G_GUINT64_FORMAT ",\"broken\":%"
                              G_GUINT64_FORMAT ",\"failed\":%" G_GUINT64_FORMAT "}", host->opening,
                              host->slowed_us / 1e6, host->opened, host->reused, host->broken,
                              host->failed);
    }
}

static char *
format_json (const VmmStatusView *view)
{
  GString *out = g_string_new ("{\"driver\":");

  append_string (out, view->driver);
  g_string_append_printf (out, ",\"pid\":%d,", (int) getpid ());
  json_jobs (out, "running", view->n_running, view->running);
  g_string_append_c (out, ',');
  json_jobs (out, "waiting", view->n_waiting, view->waiting);
  g_string_append (out, ",\"actions\":{");
  json_actions (out, view->actions);
  g_string_append (out, "},\"connections\":{");
  json_hosts (out, view->hosts);
  g_string_append (out, "},\"failures\":{");
  for (guint i = 0; i < view->failures->len; i++)
    {
      const VmmHostFailures *host = g_ptr_array_index (view->failures, i);

      if (i > 0)
        g_string_append_c (out, ',');
      append_string (out, host->host);
      g_string_append_printf (out, ":%u", host->failures);
    }
  g_string_append (out, "}}\n");
  return g_string_free (out, FALSE);
}

/* ---- OpenMetrics ---- */

/* Begins a family. Its samples must follow at once. */
static void
metric (GString *out, const char *name, const char *type, const char *help)
{
  g_string_append_printf (out, "# TYPE one_vmm_%s %s\n", name, type);
  if (g_str_has_suffix (name, "_seconds"))
    g_string_append_printf (out, "# UNIT one_vmm_%s seconds\n", name);
  g_string_append_printf (out, "# HELP one_vmm_%s %s\n", name, help);
}

static void
metric_done (GString *out, const VmmActionStats *action)
{
  static const char *const names[VMM_DONE_KINDS] = { "success", "failure", "cancelled" };

  for (guint kind = 0; kind < VMM_DONE_KINDS; kind++)
    g_string_append_printf (out, "one_vmm_actions_total{action=\"%s\",result=\"%s\"} %"
                            G_GUINT64_FORMAT "\n", action->verb, names[kind], action->done[kind]);
}

static void
metric_latency (GString *out, const VmmActionStats *action)
{
  guint64 seen = 0;

  for (guint i = 0; i < VMM_LATENCY_CLASSES; i++)
    {
      guint bound_ms = vmm_latency_bounds_ms[i];

      seen += action->latency[i];
      /* The specification wants "1.0" where %g has "1". */
      g_string_append_printf (out, "one_vmm_action_seconds_bucket{action=\"%s\",le=\"%g%s\"} %"
                              G_GUINT64_FORMAT "\n", action->verb, bound_ms / 1000.0,
                              bound_ms % 1000 == 0 ? ".0" : "", seen);
    }
  g_string_append_printf (out, "one_vmm_action_seconds_bucket{action=\"%s\",le=\"+Inf\"} %"
                          G_GUINT64_FORMAT "\none_vmm_action_seconds_count{action=\"%s\"} %"
                          G_GUINT64_FORMAT "\none_vmm_action_seconds_sum{action=\"%s\"} %.6f\n",
                          action->verb, action_count (action), action->verb, action_count (action),
                          action->verb, action->total_us / 1e6);
}

static void
metric_of_host (GString *out, const char *name, const char *host, guint64 value)
{
  g_string_append_printf (out, "one_vmm_%s{host=", name);
  append_string (out, host);
  g_string_append_printf (out, "} %" G_GUINT64_FORMAT "\n", value);
}

static void
metric_open (GString *out, const VmmHostConnections *host)
{
  for (gsize i = 0; i < G_N_ELEMENTS (transport_names); i++)
    {
      guint used = count_open (host->open, transport_names[i], TRUE);
      guint unused = count_open (host->open, transport_names[i], FALSE);

      for (int state = 0; used + unused > 0 && state < 2; state++)
        {
          g_string_append (out, "one_vmm_connections{host=");
          append_string (out, host->host);
          g_string_append_printf (out, ",transport=\"%s\",state=\"%s\"} %u\n", transport_names[i],
                                  state == 0 ? "used" : "unused", state == 0 ? used : unused);
        }
    }
}

static void
metric_connections (GString *out, GPtrArray *hosts)
{
  static const struct { const char *name, *help; gsize offset; } counters[] = {
    { "connections_opened", "Connections that were opened.",
      G_STRUCT_OFFSET (VmmHostConnections, opened) },
    { "connections_reused", "Commands that found a connection open.",
      G_STRUCT_OFFSET (VmmHostConnections, reused) },
    { "connections_broken", "Connections that broke or were given up with their command.",
      G_STRUCT_OFFSET (VmmHostConnections, broken) },
    { "connections_failed", "Connections that could not be opened.",
      G_STRUCT_OFFSET (VmmHostConnections, failed) },
  };

  metric (out, "connections", "gauge", "Open connections.");
  for (guint i = 0; i < hosts->len; i++)
    metric_open (out, hosts->pdata[i]);
  metric (out, "connections_opening", "gauge", "Connections being opened or in line for it.");
  for (guint i = 0; i < hosts->len; i++)
    metric_of_host (out, "connections_opening", ((VmmHostConnections *) hosts->pdata[i])->host,
                    ((VmmHostConnections *) hosts->pdata[i])->opening);
  metric (out, "connections_one_by_one", "gauge",
          "1 while they are opened one by one because the host broke some off.");
  for (guint i = 0; i < hosts->len; i++)
    metric_of_host (out, "connections_one_by_one", ((VmmHostConnections *) hosts->pdata[i])->host,
                    ((VmmHostConnections *) hosts->pdata[i])->slowed_us > 0);
  for (gsize c = 0; c < G_N_ELEMENTS (counters); c++)
    {
      g_autofree char *sample = g_strconcat (counters[c].name, "_total", NULL);

      metric (out, counters[c].name, "counter", counters[c].help);
      for (guint i = 0; i < hosts->len; i++)
        metric_of_host (out, sample, ((VmmHostConnections *) hosts->pdata[i])->host,
                        G_STRUCT_MEMBER (guint64, hosts->pdata[i], counters[c].offset));
    }
}

static char *
format_openmetrics (const VmmStatusView *view)
{
  GString *out = g_string_new (NULL);

  metric (out, "running", "gauge", "Actions that run.");
  g_string_append_printf (out, "one_vmm_running %u\n", view->n_running);
  metric (out, "waiting", "gauge", "Actions that wait for their host or for a free thread.");
  g_string_append_printf (out, "one_vmm_waiting %u\n", view->n_waiting);
  metric (out, "actions", "counter", "Actions that ended.");
  for (guint i = 0; i < view->actions->len; i++)
    metric_done (out, &g_array_index (view->actions, VmmActionStats, i));
  metric (out, "action_seconds", "histogram", "How long actions ran, waiting left out.");
  for (guint i = 0; i < view->actions->len; i++)
    metric_latency (out, &g_array_index (view->actions, VmmActionStats, i));
  metric_connections (out, view->hosts);
  metric (out, "host_failures", "counter", "Actions that failed.");
  for (guint i = 0; i < view->failures->len; i++)
    {
      const VmmHostFailures *host = g_ptr_array_index (view->failures, i);

      metric_of_host (out, "host_failures_total", host->host, host->failures);
    }
  g_string_append (out, "# EOF\n");
  return g_string_free (out, FALSE);
}

char *
vmm_status_format (const char *form, const VmmStatusView *view)
{
  if (strcmp (form, "table") == 0)
    return format_table (view);
  if (strcmp (form, "json") == 0)
    return format_json (view);
  if (strcmp (form, "openmetrics") == 0)
    return format_openmetrics (view);
  return NULL;
}
