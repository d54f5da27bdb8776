/* SPDX-License-Identifier: Apache-2.0
 *
 * Every captured line of every release: which scripts are called, how, in which
 * order, what they read, and what oned is told; then once more with each call
 * failing in turn. The tables are in release-*.c.
 */
#include "captures.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "release.h"

typedef struct
{
  const Release     *release;
  const CapturesWay *way;
} Case;

/* One captured line, moved into the rig's tree. */
typedef struct
{
  char *line;
  char *id;
  char *base64;
  char *xml;
} Captured;

typedef struct
{
  Rig           *rig;
  const Release *release;
  const CapturesWay *way;
  Captured       captured; /* the one under test */
  char          *deployment; /* text of the file */
  char          *what;     /* for messages */
} Run;

#define fail(run, ...) fail_at (run, __LINE__, __VA_ARGS__)

static G_NORETURN void fail_at (const Run *run, int line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static G_NORETURN void
fail_at (const Run *run, int line, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_error ("line %d: %s: %s; the driver said:\n%s", line, run->what, text, run->rig->seen->str);
}

/* ---- requests ---- */

static char *
replace (const char *text, const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);

  return g_strjoinv (to, parts);
}

static Captured
load (const Run *run, const char *verb)
{
  g_autofree char *head = NULL;
  g_autofree char *xml = release_read_request (run->release, verb, &head);
  g_autofree char *var = rig_path (run->rig, "var");
  Captured captured;

  captured.xml = replace (xml, "/var/lib/one", var);
  captured.base64 = g_base64_encode ((guchar *) captured.xml, strlen (captured.xml));
  captured.id = g_strdup (strrchr (head, ' ') + 1);
  captured.line = g_strdup_printf ("%s %s", head, captured.base64);
  return captured;
}

static void
captured_clear (Captured *captured)
{
  g_free (captured->line);
  g_free (captured->id);
  g_free (captured->base64);
  g_free (captured->xml);
}

/* ---- XML, compared as XML ---- */

static char *
canonical (const char *xml)
{
  xmlDoc *doc = xmlReadMemory (xml, (int) strlen (xml), NULL, NULL, XML_PARSE_NOCDATA);
  xmlBuffer *buffer = xmlBufferCreate ();
  char *text = NULL;

  if (doc != NULL)
    {
      xmlNodeDump (buffer, doc, xmlDocGetRootElement (doc), 0, 0);
      text = g_strdup ((const char *) xmlBufferContent (buffer));
      xmlFreeDoc (doc);
    }
  xmlBufferFree (buffer);
  return text;
}

/* The child of that name of the root element, "" when there is none. */
static char *
element_of (const char *xml, const char *name)
{
  xmlDoc *doc = xmlReadMemory (xml, (int) strlen (xml), NULL, NULL, 0);
  xmlBuffer *buffer = xmlBufferCreate ();
  char *text;

  g_assert_nonnull (doc);
  for (xmlNode *child = xmlDocGetRootElement (doc)->children; child != NULL; child = child->next)
    if (g_str_equal ((const char *) child->name, name))
      xmlNodeDump (buffer, doc, child, 0, 0);
  text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  xmlFreeDoc (doc);
  return text;
}

static gboolean
same_xml (const char *a, const char *b)
{
  g_autofree char *first = canonical (a);
  g_autofree char *second = canonical (b);

  return first != NULL && g_strcmp0 (first, second) == 0;
}

static char *
decode (const char *base64, gsize len)
{
  g_autofree char *copy = g_strndup (base64, len);
  gsize n;
  g_autofree guchar *bytes = g_base64_decode (copy, &n);

  return g_strndup ((char *) bytes, n);
}

static gboolean
is_vm64 (const Run *run, const char *base64, gsize len)
{
  g_autofree char *xml = decode (base64, len);
  g_autofree char *want = element_of (run->captured.xml, "VM");

  return xml != NULL && memchr (base64, '\n', len) == NULL && same_xml (xml, want);
}

/* What exactly it holds is the unit tests' matter (test-vnm.c). */
static gboolean
is_net (const Run *run, const char *base64, gsize len)
{
  g_autofree char *xml = decode (base64, len);
  g_autofree char *start = g_strdup_printf ("<VM><ID>%s</ID>", run->captured.id);

  return xml != NULL && memchr (base64, '\n', len) == NULL && g_str_has_prefix (xml, start)
         && g_str_has_suffix (xml, "</VM>") && same_xml (xml, xml);
}

/* ---- what a script reads ---- */

/* In local base64: lines of so many columns, or one line. */
static gboolean
has_columns (const char *text, gsize len, guint columns)
{
  g_auto (GStrv) lines = NULL;
  g_autofree char *copy = g_strndup (text, len);

  if (columns == 0)
    return strchr (copy, '\n') == NULL;
  lines = g_strsplit (g_strchomp (copy), "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (line[1] == NULL ? strlen (*line) > columns : strlen (*line) != columns)
      return FALSE;
  return TRUE;
}

static gboolean
is_local_text (const Run *run, const RigCall *call, const char *want)
{
  g_autofree char *text = decode (call->input, call->input_len);
  g_autofree char *flat = run->release->without_newlines ? replace (want, "\n", "")
                                                         : g_strdup (want);

  return g_strcmp0 (text, flat) == 0
         && has_columns (call->input, call->input_len, run->release->base64_columns);
}

/* On a host text ends in one newline more, as from a here-document. */
static gboolean
is_host_text (const RigCall *call, const char *want)
{
  g_autofree char *longer = g_strconcat (want, "\n", NULL);

  return g_strcmp0 (call->input, longer) == 0;
}

static gboolean
is_script_text (const Run *run, const RigCall *call, const char *want)
{
  return run->way->local ? is_local_text (run, call, want) : is_host_text (call, want);
}

static gboolean
input_is (const Run *run, const RigCall *call, const char *kind)
{
  g_autofree char *vm = element_of (run->captured.xml, "VM");
  g_autofree char *datastore = element_of (run->captured.xml, "DATASTORE");
  g_autofree char *both =
    g_strconcat ("<DS_DRIVER_ACTION_DATA>", datastore, vm, "</DS_DRIVER_ACTION_DATA>", NULL);
  gsize len = call->input_len;

  if (g_str_equal (kind, "nothing") || (g_str_equal (kind, "deployment-there") && run->way->local))
    return len == 0;
  if (g_str_equal (kind, "action"))
    return is_script_text (run, call, run->captured.xml);
  if (g_str_equal (kind, "deployment") || g_str_equal (kind, "deployment-there"))
    return is_script_text (run, call, run->deployment);
  if (g_str_equal (kind, "vm"))
    return same_xml (call->input, vm);
  if (g_str_equal (kind, "ds-action"))
    return same_xml (call->input, both);
  if (g_str_equal (kind, "vm64"))
    return is_vm64 (run, call->input, len);
  if (g_str_equal (kind, "net"))
    {
      if (!run->way->local && len > 0 && call->input[len - 1] == '\n')
        len--;
      return is_net (run, call->input, len);
    }
  fail (run, "the table has an unknown input '%s'", kind);
}

/* ---- one call ---- */

/* "a {b c} d" to its words; $V and @dfile are replaced. */
static char **
split_call (const Run *run, const char *text)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autofree char *var = rig_path (run->rig, "var");
  g_autofree char *dfile = rig_path (run->rig, run->way->local
                                                 ? "var/vms/0/deployment.0"
                                                 : "var//datastores/101/0/deployment.0");
  g_autofree char *with_var = replace (text, "$V", var);
  g_autofree char *line = replace (with_var, "@dfile", dfile);

  for (const char *p = line; *p != '\0';)
    {
      const char *end = *p == '{' ? strchr (p, '}') : p + strcspn (p, " ");
      g_autofree char *word = *p == '{' ? g_strndup (p + 1, end - p - 1) : g_strndup (p, end - p);

      g_strv_builder_add (words, word);
      p = *p == '{' ? end + 1 : end;
      p += strspn (p, " ");
    }
  return g_strv_builder_end (words);
}

static gboolean
argument_is (const Run *run, const char *got, const char *want)
{
  if (g_str_equal (want, "@message"))
    return g_str_equal (got, run->captured.base64);
  if (g_str_equal (want, "@vm64"))
    return is_vm64 (run, got, strlen (got));
  if (g_str_equal (want, "@net"))
    return is_net (run, got, strlen (got));
  if (strstr (want, "deployment.0") != NULL && !run->way->local)
    {
      /* The request's path, whose doubled slash may be kept. */
      g_autofree char *a = replace (got, "//", "/");
      g_autofree char *b = replace (want, "//", "/");

      return g_str_equal (a, b);
    }
  return g_str_equal (got, want);
}

static void
check_place (const Run *run, const RigCall *call)
{
  gboolean here = run->way->local || g_str_has_prefix (call->script, "tm/")
                  || g_str_has_prefix (call->script, "datastore/");
  g_autofree char *want = rig_path (run->rig, "%s/%s", here ? "var/remotes" : "host",
                                    call->script);
  g_autofree char *var = rig_path (run->rig, "var");

  if (!g_str_equal (call->path, want))
    fail (run, "%s was called as %s", call->script, call->path);
  if (here && !g_str_equal (call->cwd, var))
    fail (run, "%s was run in %s", call->script, call->cwd);
}

static void
check_call (const Run *run, const RigCall *call, const char *expected)
{
  g_auto (GStrv) words = split_call (run, expected);
  guint n = g_strv_length (words);

  g_assert_cmpint (n, >=, 3);
  g_assert_cmpstr (words[n - 2], ==, "<");
  if (!g_str_equal (call->script, words[0]))
    fail (run, "expected '%s', but %s was called", expected, call->script);
  check_place (run, call);
  if (g_strv_length (call->args) != n - 3)
    fail (run, "%s got %u arguments instead of '%s'", call->script, g_strv_length (call->args),
          expected);
  for (guint i = 0; i < n - 3; i++)
    if (!argument_is (run, call->args[i], words[i + 1]))
      fail (run, "argument %u of %s is '%s', not '%s'", i + 1, call->script, call->args[i],
            words[i + 1]);
  if (!input_is (run, call, words[n - 1]))
    fail (run, "%s did not read %s, but %" G_GSIZE_FORMAT " bytes:\n%.1000s", call->script,
          words[n - 1], call->input_len, call->input);
}

static void
check_calls (const Run *run, GPtrArray *calls, GPtrArray *expected)
{
  for (guint i = 0; i < MIN (calls->len, expected->len); i++)
    check_call (run, g_ptr_array_index (calls, i), g_ptr_array_index (expected, i));
  if (calls->len < expected->len)
    fail (run, "'%s' was not called", (char *) g_ptr_array_index (expected, calls->len));
  if (calls->len > expected->len)
    fail (run, "%s was called too",
          ((RigCall *) g_ptr_array_index (calls, expected->len))->script);
}

/* ---- steps: what stands in the log ---- */

static const char *
long_kind (const char *kind)
{
  static const char *const names[][2] = {
    { "vmm", "virtualization driver" }, { "vnm", "network driver" },
    { "tm", "transfer manager driver" }, { "ds", "datastore driver" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i][0], kind))
      return names[i][1];
  g_error ("no kind '%s'", kind);
}

/* "vmm:deploy" to the line in the VM's log. */
static char *
log_line (const Run *run, const char *step, gboolean ok)
{
  g_auto (GStrv) parts = g_strsplit (step, ":", 2);

  return g_strdup_printf ("LOG I %s %s execute %s operation: %s.", run->captured.id,
                          ok ? "Successfully" : "Failed to", long_kind (parts[0]), parts[1]);
}

static char *
script_of (const char *call)
{
  return g_strndup (call, strcspn (call, " "));
}

/* Calls of several network drivers for the same thing are one step. */
static gboolean
same_step (const char *a, const char *b)
{
  g_autofree char *first = script_of (a);
  g_autofree char *second = script_of (b);

  return g_str_has_prefix (first, "vnm/") && g_str_has_prefix (second, "vnm/")
         && g_str_equal (strrchr (first, '/'), strrchr (second, '/'));
}

/* The number of the step that call n belongs to. */
static guint
step_of (char **calls, guint n)
{
  guint step = 0;

  for (guint i = 1; i <= n; i++)
    step += !same_step (calls[i - 1], calls[i]);
  return step;
}

/* ---- one request ---- */

static GPtrArray *
ask (Run *run, char **answer)
{
  GPtrArray *logs = g_ptr_array_new_with_free_func (g_free);
  char *line;

  rig_clear_calls (run->rig);
  rig_send (run->rig, run->captured.line);
  while ((line = rig_line (run->rig)) != NULL && g_str_has_prefix (line, "LOG "))
    {
      /* No noise: neither exit codes nor whole commands with their base64. */
      if (strstr (line, "ExitCode") != NULL || strlen (line) > 300)
        fail (run, "the log holds '%s'", line);
      g_ptr_array_add (logs, line);
    }
  *answer = line;
  return logs;
}

static gboolean
has_line (GPtrArray *lines, const char *line)
{
  return g_ptr_array_find_with_equal_func (lines, line, g_str_equal, NULL);
}

static void
check_success_log (const Run *run, GPtrArray *logs, const char *steps)
{
  g_auto (GStrv) names = g_strsplit (steps, " ", -1);
  guint at = 0;

  for (char **name = names; *name != NULL; name++)
    {
      g_autofree char *want = log_line (run, *name, TRUE);

      while (at < logs->len && !g_str_equal (g_ptr_array_index (logs, at), want))
        at++;
      if (at++ >= logs->len)
        fail (run, "the log does not hold '%s' in its place", want);
    }
}

static void
check_vm_files (const Run *run)
{
  const char *dir = run->way->local ? "var/vms/0" : "var/datastores/101/0";
  static const char *const files[][2] = { { "vm.xml", "VM" }, { "ds.xml", "DATASTORE" } };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/%s", dir, files[i][0]);
      g_autofree char *text = rig_read (run->rig, name);
      g_autofree char *xml = NULL;
      g_autofree char *want = element_of (run->captured.xml, files[i][1]);

      if (text == NULL)
        fail (run, "%s was not written", name);
      xml = run->way->local ? decode (text, strlen (text)) : g_strdup (text);
      if (xml == NULL || !same_xml (xml, want))
        fail (run, "%s holds '%.500s'", name, text);
    }
}

static void
check_success (Run *run, const ReleaseCase *expected)
{
  g_autofree char *want = g_strdup_printf ("%s %s", expected->verb, expected->answer);
  g_autofree char *answer = NULL;
  g_autoptr (GPtrArray) logs = ask (run, &answer);
  g_autoptr (GPtrArray) calls = rig_calls (run->rig);
  g_auto (GStrv) lines = g_strsplit (expected->calls, "\n", -1);
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();

  for (char **line = lines; *line != NULL; line++)
    g_ptr_array_add (wanted, *line);
  check_calls (run, calls, wanted);
  if (g_strcmp0 (answer, want) != 0)
    fail (run, "answered '%s', not '%s'", answer, want);
  check_success_log (run, logs, expected->steps);
  if (run->release->writes_vm_files && g_str_equal (expected->verb, "DEPLOY"))
    check_vm_files (run);
}

/* ---- with a call that fails ---- */

static const char *
what_then (const Run *run, const char *verb, const char *script)
{
  for (const ReleaseFailure *row = run->release->failures; row->verb != NULL; row++)
    if (g_pattern_match_simple (row->verb, verb) && g_pattern_match_simple (row->failing, script))
      return row->then;
  return NULL;
}

/* Which of the calls are still to be expected when the n-th fails. */
static GPtrArray *
calls_until (char **lines, guint n, char **undo, gboolean goes_on)
{
  GPtrArray *wanted = g_ptr_array_new ();
  guint i = n + 1;

  for (guint j = 0; j <= n; j++)
    g_ptr_array_add (wanted, lines[j]);
  for (char **line = undo; line != NULL && *line != NULL; line++)
    g_ptr_array_add (wanted, *line);
  if (!goes_on)
    return wanted;
  while (lines[i] != NULL && same_step (lines[n], lines[i]))
    i++;
  for (; lines[i] != NULL; i++)
    g_ptr_array_add (wanted, lines[i]);
  return wanted;
}

/* The information of a failed vnm step names the drivers up to the one that failed. */
static char *
failure_answer (const Run *run, const ReleaseCase *expected, char **lines, guint n)
{
  g_autoptr (GString) info = g_string_new (NULL);
  guint first = n;

  while (first > 0 && same_step (lines[first - 1], lines[n]))
    first--;
  for (guint i = first; i <= n; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], "/", 3);

      if (g_str_equal (parts[0], "vnm"))
        g_string_append_printf (info, "%s%s: ", i > first ? " " : "", parts[1]);
      g_string_append (info, i == n ? "it said no" : "-");
    }
  if (g_str_equal (expected->verb, "UPDATESG") || g_str_equal (expected->verb, "UPDATENIC"))
    {
      g_auto (GStrv) words = g_strsplit (expected->answer, " ", 4);

      g_string_prepend_c (info, ' ');
      g_string_prepend (info, words[2]);
    }
  return g_strdup_printf ("%s FAILURE %s %s", expected->verb, run->captured.id, info->str);
}

static void
check_failure_log (const Run *run, GPtrArray *logs, const char *steps, guint step)
{
  g_auto (GStrv) names = g_strsplit (steps, " ", -1);
  g_autofree char *failed = log_line (run, names[step], FALSE);
  g_autofree char *record = g_strdup_printf ("LOG I %s about to fail", run->captured.id);
  g_autofree char *reason = g_strdup_printf ("LOG E %s it said no", run->captured.id);

  for (guint i = 0; i < step; i++)
    {
      g_autofree char *done = log_line (run, names[i], TRUE);

      if (!has_line (logs, done))
        fail (run, "the log does not hold '%s'", done);
    }
  if (!has_line (logs, failed) || !has_line (logs, record) || !has_line (logs, reason))
    fail (run, "the log does not hold '%s', '%s' and '%s'", failed, record, reason);
}

static void
check_failure (Run *run, const ReleaseCase *expected, char **lines, guint n)
{
  g_autofree char *script = script_of (lines[n]);
  const char *then = what_then (run, expected->verb, script);
  gboolean goes_on = g_strcmp0 (then, GO_ON) == 0;
  g_auto (GStrv) undo = then == NULL || goes_on ? NULL : g_strsplit (then, "\n", -1);
  g_autoptr (GPtrArray) wanted = calls_until (lines, n, undo, goes_on);
  g_autofree char *number = g_strdup_printf ("%u", n);
  g_autofree char *want = goes_on ? g_strdup_printf ("%s %s", expected->verb, expected->answer)
                                  : failure_answer (run, expected, lines, n);
  g_autofree char *answer = NULL;
  g_autofree char *what = g_strdup_printf ("%s with %s failing", expected->verb, script);

  g_free (run->what);
  run->what = g_steal_pointer (&what);
  rig_write (run->rig, "stub/fail_at", number);
  {
    g_autoptr (GPtrArray) logs = ask (run, &answer);
    g_autoptr (GPtrArray) calls = rig_calls (run->rig);

    check_calls (run, calls, wanted);
    if (g_strcmp0 (answer, want) != 0)
      fail (run, "answered '%s', not '%s'", answer, want);
    check_failure_log (run, logs, expected->steps, step_of (lines, n));
  }
  rig_write (run->rig, "stub/fail_at", "-1");
}

/* ---- the runs ---- */

static void
make_scripts (const Run *run, const char *calls)
{
  g_auto (GStrv) lines = g_strsplit (calls, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      g_autofree char *script = script_of (*line);

      rig_stub (run->rig, script);
    }
}

static Run
start (const Case *test)
{
  Run run = { .rig = rig_new (), .release = test->release, .way = test->way,
              .what = g_strdup (test->release->name) };
  g_autofree char *arguments = g_strconcat (test->way->arguments, test->release->arguments, NULL);

  run.deployment = release_read (test->release, "deployment.0");
  rig_write (run.rig, "var/vms/0/deployment.0", run.deployment);
  for (const ReleaseCase *row = test->release->cases; row->verb != NULL; row++)
    make_scripts (&run, row->calls);
  for (const ReleaseFailure *row = test->release->failures; row->verb != NULL; row++)
    if (!g_str_equal (row->then, GO_ON))
      make_scripts (&run, row->then);
  rig_stub_prints (run.rig, "deploy", "dom-7\n");
  rig_stub_prints (run.rig, "poll", "STATE=a CPU=1.5\n");
  rig_stub_prints (run.rig, "snapshot_create", "snap-0\n");
  rig_stub_prints (run.rig, "backup", "6 1024 qcow2\n");
  if (test->way->prepare != NULL)
    test->way->prepare (run.rig);
  rig_start_init (run.rig, arguments);
  return run;
}

static void
finish (Run *run)
{
  rig_finish (run->rig);
  rig_free (run->rig);
  g_free (run->deployment);
  g_free (run->what);
}

static void
test_calls (gconstpointer data)
{
  Run run = start (data);

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      g_free (run.what);
      run.what = g_strdup (row->verb);
      run.captured = load (&run, row->verb);
      check_success (&run, row);
      captured_clear (&run.captured);
    }
  finish (&run);
}

static void
test_failures (gconstpointer data)
{
  Run run = start (data);

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      g_auto (GStrv) lines = g_strsplit (row->calls, "\n", -1);

      run.captured = load (&run, row->verb);
      for (guint n = 0; lines[n] != NULL; n++)
        check_failure (&run, row, lines, n);
      captured_clear (&run.captured);
    }
  finish (&run);
}

/* Every captured line is in the table; a new one can't be forgotten. */
static void
test_complete (gconstpointer data)
{
  const Release *release = ((const Case *) data)->release;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "captures", release->captures, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  static const char *const without_scripts[] = { "INIT.line", "FINALIZE.line",
                                                 "DRIVER_CANCEL.line", NULL };
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *verb = g_strndup (name, strcspn (name, "."));
      const ReleaseCase *row = release->cases;

      if (!g_str_has_suffix (name, ".line") || g_strv_contains (without_scripts, name))
        continue;
      while (row->verb != NULL && !g_str_equal (row->verb, verb))
        row++;
      g_assert_cmpstr (row->verb, ==, verb);
    }
}

/* INIT, DRIVER_CANCEL and FINALIZE, byte for byte. */
static void
test_conversation (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *init = release_read (test->release, "INIT.line");
  g_autofree char *cancel = release_read (test->release, "DRIVER_CANCEL.line");
  g_autofree char *finalize = release_read (test->release, "FINALIZE.line");
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *last = NULL;

  rig_start (rig, test->release->arguments);
  rig_send_bytes (rig, init, strlen (init));
  first = rig_line (rig);
  g_assert_cmpstr (first, ==, "INIT SUCCESS - -");
  rig_send_bytes (rig, cancel, strlen (cancel));
  second = rig_line (rig);
  g_assert_cmpstr (second, ==, "LOG I 2 Driver command for 2 cancelled");
  rig_send_bytes (rig, finalize, strlen (finalize));
  last = rig_line (rig);
  g_assert_null (last);
  g_assert_cmpint (rig_wait (rig), ==, 0);
}

static void
add (const char *what, const Release *release, const CapturesWay *way, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/captures/%s/%s/%s", way->name, release->name, what);
  Case *test = g_new (Case, 1);

  test->release = release;
  test->way = way;
  g_test_add_data_func_full (path, test, func, g_free);
}

static gboolean
is_whole (const Release *release)
{
  return g_str_equal (release->captures, release->name);
}

void
captures_add_tests (const CapturesWay *way)
{
  for (gsize i = 0; releases[i] != NULL; i++)
    {
      add ("calls", releases[i], way, test_calls);
      if (!way->calls_only)
        add ("failures", releases[i], way, test_failures);
    }
}

void
captures_add_other_tests (const CapturesWay *way)
{
  for (gsize i = 0; releases[i] != NULL; i++)
    if (is_whole (releases[i]))
      {
        add ("complete", releases[i], way, test_complete);
        add ("conversation", releases[i], way, test_conversation);
      }
}
