/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBLEM_BYTES 8192

Ledger *
ledger_new (const Life *life, const char *record)
{
  Ledger *ledger = g_new0 (Ledger, 1);

  ledger->life = life;
  ledger->requests = g_ptr_array_new_with_free_func (g_free);
  ledger->sent = g_ptr_array_new ();
  ledger->by_id = g_hash_table_new (NULL, NULL);
  ledger->sessions = g_hash_table_new (NULL, NULL);
  ledger->record = g_strdup (record);
  ledger->problems = g_string_new (NULL);
  return ledger;
}

void
ledger_free (Ledger *ledger)
{
  g_hash_table_unref (ledger->by_id);
  g_hash_table_unref (ledger->sessions);
  g_ptr_array_unref (ledger->sent);
  g_ptr_array_unref (ledger->requests);
  g_string_free (ledger->problems, TRUE);
  g_free (ledger->record);
  g_free (ledger);
}

void
ledger_complain (Ledger *ledger, const char *format, ...)
{
  va_list args;

  if (ledger->problems->len > PROBLEM_BYTES)
    return;
  va_start (args, format);
  g_string_append_vprintf (ledger->problems, format, args);
  va_end (args);
  g_string_append_c (ledger->problems, '\n');
}

void
ledger_begin_wave (Ledger *ledger)
{
  g_ptr_array_set_size (ledger->sent, 0);
  g_hash_table_remove_all (ledger->sessions);
  ledger->open = 0;
}

/* ---- lines ---- */

static char *
bad_line (const Request *request)
{
  switch (request->id / BEHAVIOURS % 3)
    {
    case 0:
      return g_strdup_printf ("%s %u !!!!\n", request->verb, request->id);
    case 1:
      return g_strdup_printf ("%s %u PFZNX0RSSVZFUl9BQ1RJT05fREFUQT48SE9TVD4=\n", request->verb,
                              request->id);
    default:
      return g_strdup_printf ("FROBNICATE %u PFZNLz4=\n", request->id);
    }
}

static char *
good_line (const Ledger *ledger, const Request *request)
{
  g_autofree char *host = life_host_name (request->host);
  g_autofree char *dest = life_host_name ((request->host + 1) % ledger->life->hosts);
  g_autofree char *root = g_path_get_dirname (ledger->record);
  g_autofree char *xml = g_strdup_printf (
    "<VMM_DRIVER_ACTION_DATA><HOST>%s</HOST><MIGR_HOST>%s</MIGR_HOST><DEPLOY_ID>one-%u</DEPLOY_ID>"
    "<LOCAL_DEPLOYMENT_FILE>%s/deployment.0</LOCAL_DEPLOYMENT_FILE>"
    "<REMOTE_DEPLOYMENT_FILE>%s/deployment.0</REMOTE_DEPLOYMENT_FILE>"
    "<TM_COMMAND>%s</TM_COMMAND>"
    "<VM><ID>%u</ID><TEMPLATE><NIC><VN_MAD>dummy</VN_MAD><BRIDGE>br0</BRIDGE></NIC></TEMPLATE></VM>"
    "</VMM_DRIVER_ACTION_DATA>",
    host, dest, request->id, root, root,
    g_str_equal (request->verb, "MIGRATE") ? "MIGRATE dummy a b"
    : g_str_equal (request->verb, "DEPLOY") ? "CONTEXT dummy a b" : "", request->id);
  g_autofree char *base64 = g_base64_encode ((const guchar *) xml, strlen (xml));

  return g_strdup_printf ("%s %u %s\n", request->verb, request->id, base64);
}

static enum behaviour
behaviour_of (const Request *request)
{
  return request->id % BEHAVIOURS;
}

char *
ledger_send (Ledger *ledger, Request *request)
{
  g_ptr_array_add (ledger->sent, request);
  g_hash_table_insert (ledger->by_id, GUINT_TO_POINTER (request->id), request);
  ledger->open++;
  return behaviour_of (request) == IS_BAD ? bad_line (request) : good_line (ledger, request);
}

char *
ledger_cancel (Ledger *ledger, Request *request)
{
  if (!request->cancelled && request->answers == 0)
    {
      ledger->open--;
      ledger->cancelled++;
    }
  request->cancelled = TRUE;
  return g_strdup_printf ("DRIVER_CANCEL %u\n", request->id);
}

static const char *
expected_verb (const Request *request)
{
  return behaviour_of (request) == IS_BAD && request->id / BEHAVIOURS % 3 == 2 ? "FROBNICATE"
                                                                               : request->verb;
}

static void
take_answer (Ledger *ledger, const char *line, char *const *words)
{
  Request *request = g_hash_table_lookup (ledger->by_id,
                                          GUINT_TO_POINTER (strtoul (words[2], NULL, 10)));

  if (request == NULL || !g_str_equal (words[0], expected_verb (request)))
    {
      ledger_complain (ledger, "nobody asked for this: %.200s", line);
      return;
    }
  request->success = g_str_equal (words[1], "SUCCESS");
  if (request->answers++ == 0 && !request->cancelled)
    ledger->open--;
  ledger->answered++;
  ledger->succeeded += request->success;
}

void
ledger_take_line (Ledger *ledger, const char *line)
{
  g_auto (GStrv) words = NULL;

  if (g_str_has_prefix (line, "LOG "))
    return;
  words = g_strsplit (line, " ", 4);
  if (g_strv_length (words) == 4
      && (g_str_equal (words[1], "SUCCESS") || g_str_equal (words[1], "FAILURE")))
    take_answer (ledger, line, words);
  else
    ledger_complain (ledger, "not a line of the protocol: %.200s", line);
}

/* ---- what the scripts say ---- */

/* A later one of the same request is a further try (-r). */
static void
take_note (Ledger *ledger, const char *line)
{
  char what, host[64], script[64];
  guint id;
  int pid, status;
  gint64 ns;
  Request *request;

  if (sscanf (line, "%c %u %63s %63s %d %" G_GINT64_FORMAT " %d", &what, &id, host, script, &pid,
              &ns, &status) != 7
      || (request = g_hash_table_lookup (ledger->by_id, GUINT_TO_POINTER (id))) == NULL)
    {
      ledger_complain (ledger, "a script noted: %s", line);
      return;
    }
  if (what == 'B')
    {
      g_hash_table_add (ledger->sessions, GINT_TO_POINTER (pid));
      if (request->begin_ns == 0)
        request->begin_ns = ns;
    }
  else
    {
      request->end_ns = ns;
      request->status = status;
    }
}

void
ledger_read_record (Ledger *ledger)
{
  FILE *file = fopen (ledger->record, "r");
  char line[512];

  g_assert_nonnull (file);
  fseek (file, (long) ledger->read, SEEK_SET);
  while (fgets (line, sizeof line, file) != NULL && strchr (line, '\n') != NULL)
    {
      ledger->read += strlen (line);
      take_note (ledger, line);
    }
  fclose (file);
}

/* ---- the checks ---- */

static gboolean
should_succeed (const Request *request)
{
  switch (behaviour_of (request))
    {
    case SUCCEEDS:
    case IS_SLOW:
    case FLOODS:
    case FORKS:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
check_answer (Ledger *ledger, const Request *request, gboolean exact, gboolean all_answered)
{
  if (request->answers > 1)
    ledger_complain (ledger, "%s %u has %u answers", request->verb, request->id,
                     request->answers);
  if (request->answers == 0 && !request->cancelled && all_answered)
    ledger_complain (ledger, "%s %u has no answer", request->verb, request->id);
  if (request->answers > 0 && request->success && request->status != 0)
    ledger_complain (ledger, "%s %u is said to have succeeded; its script noted %d",
                     request->verb, request->id, request->status);
  if (exact && request->answers > 0 && request->success != should_succeed (request))
    ledger_complain (ledger, "%s %u has %s, and nothing was in its way", request->verb,
                     request->id, request->success ? "succeeded" : "failed");
  if (behaviour_of (request) == IS_BAD && request->begin_ns != 0)
    ledger_complain (ledger, "%s %u can't be read, and its script ran", request->verb,
                     request->id);
}

/* Those of one host, in the order of sending, one after the other. */
static void
check_host (Ledger *ledger, guint host, gboolean exact)
{
  const Request *last = NULL;

  for (guint i = 0; i < ledger->sent->len; i++)
    {
      const Request *request = ledger->sent->pdata[i];

      if (request->host != host || request->begin_ns == 0)
        continue;
      if (last != NULL && request->begin_ns < last->begin_ns)
        ledger_complain (ledger, "host %u: %u began before %u, which was sent earlier", host,
                         request->id, last->id);
      if (last != NULL && exact && request->begin_ns < last->end_ns)
        ledger_complain (ledger, "host %u: %u began while %u ran", host, request->id, last->id);
      last = request;
    }
}

typedef struct
{
  gint64 ns;
  int    change;
} Step;

static int
by_ns (gconstpointer a, gconstpointer b)
{
  const Step *x = a, *y = b;

  return x->ns != y->ns ? (x->ns > y->ns) - (x->ns < y->ns) : x->change - y->change;
}

static void
check_threads (Ledger *ledger)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (Step));
  int running = 0, most = 0;

  for (guint i = 0; i < ledger->sent->len; i++)
    {
      const Request *request = ledger->sent->pdata[i];
      Step begin = { request->begin_ns, 1 }, end = { request->end_ns, -1 };

      if (request->begin_ns == 0 || request->end_ns == 0)
        continue;
      g_array_append_val (steps, begin);
      g_array_append_val (steps, end);
    }
  g_array_sort (steps, by_ns);
  for (guint i = 0; i < steps->len; i++)
    {
      running += g_array_index (steps, Step, i).change;
      most = MAX (most, running);
    }
  if (most > (int) ledger->life->threads)
    ledger_complain (ledger, "%d scripts ran at a time with -t %u", most, ledger->life->threads);
}

void
ledger_check (Ledger *ledger, gboolean exact, gboolean all_answered)
{
  ledger_read_record (ledger);
  for (guint i = 0; i < ledger->sent->len; i++)
    check_answer (ledger, ledger->sent->pdata[i], exact, all_answered);
  for (guint host = 0; host < ledger->life->hosts && !ledger->life->parallel; host++)
    check_host (ledger, host, exact);
  /* A host that is cut off still works at what has long been answered here. */
  if (exact)
    check_threads (ledger);
}
