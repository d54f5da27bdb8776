/* SPDX-License-Identifier: Apache-2.0
 *
 * Data that would like to be commands, in every field of every captured request,
 * run here and on hosts. Each request is sent with a plain word of its own in each
 * field first, which shows where the field arrives, then with hostile text in its
 * place, which must arrive in the same places, byte for byte.
 */
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../integration/release.h"
#include "../lib/rig.h"
#include "../ssh/sshlab.h"
#include "../unit/request-sample.h"
#include "driver/values.h"

#define HOSTILE_LEN (1024 * 1024)

/* Creates a file wherever a shell reads it, and needs no slash for that: HOME is
 * a directory in which the script's user may write, here and on the host. */
#define TOUCH "touch ${HOME}CANARY"

/* A number and a letter that makes the text a disk's target follow. None begins or
 * ends in a blank, which oned doesn't mean and the driver takes away. */
static const char *const payloads[] = {
  "';" TOUCH ";'", "\";" TOUCH ";\"", "$(" TOUCH ")", "`" TOUCH "`", "a\nEOT\n" TOUCH "\nEOT\n",
  "a|" TOUCH "&" TOUCH ";\\", "-oProxyCommand=" TOUCH ";", "../../../outside/", "/outside/",
  "]]><HOST>other</HOST><!-- &amp; ", "'\"\\$HOME ${HOME} %s%n * ? [a] {a,b} ~ # ! <a >b ()",
  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9\xc2\x85\t\r\r\n x",
};

/* What no XML can hold, as it would stand in the request. */
typedef struct
{
  const char *text;
  gsize       len;
} Bytes;

#define BYTES(text) { text, sizeof text - 1 }
static const Bytes unfit[] = {
  BYTES ("a\0b"), BYTES ("\0"), BYTES ("a&#0;b"), BYTES ("\xff\xfe"), BYTES ("a\xc3("),
  BYTES ("\xed\xa0\x80"), BYTES ("\xc0\xaf"), BYTES ("\x1b[1m"), BYTES ("\x01" "deploy_id"),
  BYTES ("&#1;"), BYTES ("\xef\xbf\xbf"),
};

static const char *const outside[] = { "../../outside/z", "../z", "/outside/z", "z/../../../outside/z" };

static const Release *const releases[] = {
  &release_4_14, &release_4_14_suspend, &release_4_14_detach,
  &release_5_2, &release_5_12, &release_7_4,
};

typedef struct
{
  const char *name;      /* of the transport */
  const Release *release;
} Case;

/* What stands in a field. */
typedef enum
{
  KEPT,    /* decides which scripts there are, and not by its text */
  TEXT,
  NAME,    /* of a driver: part of a path */
  PATH,    /* of the deployment file, which is read and written */
  COMMAND, /* words: a script's name, a driver, arguments */
} Kind;

typedef struct
{
  Rig           *rig;
  const Release *release;
  const char    *way;
  gboolean       local;
  GPtrArray     *scripts;   /* that the release has */
  GByteArray    *deployment;

  char          *verb, *id, *head; /* of the captured line under test */
  char          *captured;         /* its XML */
  char          *plain, *xml;      /* with the words of its own; as it was last sent */
  gsize          xml_len;
  GPtrArray     *values;           /* that were put into it, by number */
  GArray        *kinds;            /* of them */
  GPtrArray     *template;         /* the calls with those words */
} Run;

static SshLab *lab;

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
  g_error ("line %d: %s, %s, %s: %.3000s; it was sent\n%.3000s\nand the driver said:\n%.3000s", line,
           run->way, run->release->name, run->verb, text, run->xml == NULL ? "" : run->xml,
           run->rig->seen->str);
}

/* ---- values ---- */

#define PLAIN "Mk%ukz"

/* text with each plain word replaced by the value of its number. */
static char *
expected (const Run *run, const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0';)
    {
      char *end;
      gulong n = g_str_has_prefix (p, "Mk") ? strtoul (p + 2, &end, 10) : 0;

      if (g_str_has_prefix (p, "Mk") && end > p + 2 && g_str_has_prefix (end, "kz"))
        {
          g_string_append (out, g_ptr_array_index (run->values, n));
          p = end + 2;
        }
      else
        g_string_append_c (out, *p++);
    }
  return g_string_free (out, FALSE);
}

static const char *
value_of (Run *run, Kind kind, const char *payload, int only)
{
  guint n = run->values->len;
  char *value = payload == NULL || (only >= 0 && (guint) only != n)
                  ? g_strdup_printf (PLAIN, n)
                  : only >= 0 ? g_strdup (payload) : g_strdup_printf ("%s%uz", payload, n);

  if (only < 0 && kind == COMMAND)
    g_strdelimit (value, " \t\r\n", '_');
  if (only < 0 && kind == NAME)
    g_strdelimit (value, "./", '_');
  g_ptr_array_add (run->values, value);
  g_array_append_val (run->kinds, kind);
  return value;
}

static Kind
kind_of (const Run *run, const xmlNode *leaf, const char *text)
{
  static const char *const marks[] = { "ATTACH", "RESIZE", "DISK_SNAPSHOT_ACTIVE", "ACTIVE",
                                       "LCM_STATE", NULL };
  static const char *const pair[] = { "TM_MAD", "VM_MAD", "VMMMAD", NULL };
  static const char *const hosts[] = { "HOST", "MIGR_HOST", NULL };
  static const char *const names[] = { "VN_MAD", "NET_DRV", "MIGR_NET_DRV", "DS_MAD", NULL };
  static const char *const commands[] = { "TM_COMMAND", "TM_COMMAND_ROLLBACK", NULL };
  static const char *const paths[] = { "LOCAL_DEPLOYMENT_FILE", "REMOTE_DEPLOYMENT_FILE", NULL };
  const char *name = (const char *) leaf->name;
  gboolean empty = *text == '\0';

  if (g_strv_contains (marks, name)
      || (g_strv_contains (pair, name) && g_str_has_prefix (run->verb, "DISKSNAPSHOT"))
      || (g_strv_contains (hosts, name) && (empty || !run->local)))
    return KEPT;
  if (g_strv_contains (names, name))
    return empty ? KEPT : NAME;
  if (g_strv_contains (commands, name))
    return empty ? KEPT : COMMAND;
  if (g_strv_contains (paths, name))
    return empty ? KEPT : PATH;
  return TEXT;
}

/* A driver of that name has the scripts that the one in the capture has. */
static void
add_driver (const Run *run, const char *kind, const char *from, const char *name)
{
  g_autofree char *below = g_strdup_printf ("%s/%s/", kind, from);

  if (strchr (name, '/') != NULL || strlen (name) > 255)
    return;
  for (guint i = 0; i < run->scripts->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (run->scripts, i), below))
      {
        const char *script = g_ptr_array_index (run->scripts, i);
        g_autofree char *copy = g_strdup_printf ("%s/%s/%s", kind, name, script + strlen (below));

        rig_stub (run->rig, copy);
      }
}

static char *
new_command (Run *run, const char *text, const char *payload, int only)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", -1);

      for (guint i = 1; words[0] != NULL && words[i] != NULL; i++)
        {
          const char *value = value_of (run, i == 1 ? NAME : COMMAND, payload, only);

          if (i == 1)
            {
              g_strdelimit ((char *) value, only < 0 ? " \t\r\n" : "", '_');
              add_driver (run, "tm", words[1], value);
            }
          g_free (words[i]);
          words[i] = g_strdup (value);
        }
      g_free (*line);
      *line = g_strjoinv (" ", words);
    }
  return g_strjoinv ("\n", lines);
}

static char *
new_path (Run *run, const char *payload, int only)
{
  char *path = rig_path (run->rig, "var/vms/0/%s", value_of (run, PATH, payload, only));
  g_autofree char *dir = g_path_get_dirname (path);

  g_mkdir_with_parents (dir, 0755);
  g_file_set_contents (path, (const char *) run->deployment->data, run->deployment->len, NULL);
  return path;
}

static char *
new_text (Run *run, Kind kind, const xmlNode *leaf, const char *text, const char *payload, int only)
{
  const char *value;

  if (kind == COMMAND)
    return new_command (run, text, payload, only);
  if (kind == PATH)
    return new_path (run, payload, only);
  value = value_of (run, kind, payload, only);
  if (kind == NAME)
    add_driver (run, g_str_equal ((const char *) leaf->name, "DS_MAD") ? "datastore" : "vnm", text,
                value);
  return g_strdup (value);
}

static gboolean
is_leaf (const xmlNode *node)
{
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE)
      return FALSE;
  return TRUE;
}

static void
fill (Run *run, xmlNode *node, const char *payload, int only)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && !is_leaf (child))
      fill (run, child, payload, only);
    else if (child->type == XML_ELEMENT_NODE)
      {
        xmlChar *content = xmlNodeGetContent (child);
        g_autofree char *text = g_strstrip (g_strdup ((const char *) content));
        Kind kind = kind_of (run, child, text);
        g_autofree char *to = kind == KEPT ? NULL : new_text (run, kind, child, text, payload, only);
        /* oned writes one or the other; a carriage return is kept only in the other. */
        gboolean cdata = to != NULL && strchr (to, '\r') == NULL && child->children != NULL
                         && child->children->type == XML_CDATA_SECTION_NODE;

        xmlFree (content);
        if (to == NULL)
          continue;
        xmlNodeSetContent (child, NULL);
        xmlAddChild (child, cdata ? xmlNewCDataBlock (child->doc, (const xmlChar *) to, (int) strlen (to))
                                  : xmlNewDocText (child->doc, (const xmlChar *) to));
      }
}

static char *
dump (xmlDoc *doc)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  char *text;

  xmlNodeDump (buffer, doc, xmlDocGetRootElement (doc), 0, 0);
  text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}

static xmlDoc *
parse (const char *xml)
{
  return xmlReadMemory (xml, (int) strlen (xml), NULL, NULL,
                        XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_HUGE);
}

/* The captured request with payload in all its fields, or in the one with that
 * number; a plain word in the others. */
static void
compose (Run *run, const char *payload, int only)
{
  xmlDoc *doc = xmlReadMemory (run->captured, (int) strlen (run->captured), NULL, NULL, 0);

  g_ptr_array_set_size (run->values, 0);
  g_array_set_size (run->kinds, 0);
  fill (run, xmlDocGetRootElement (doc), payload, only);
  g_free (run->xml);
  run->xml = dump (doc);
  run->xml_len = strlen (run->xml);
  xmlFreeDoc (doc);
}

/* ---- one request ---- */

/* Each line of the driver must be one that oned understands. */
static void
check_line (const Run *run, const char *line)
{
  if (!g_utf8_validate (line, -1, NULL) || strstr (line, "]]>") != NULL)
    fail (run, "the line '%s' is not text for XML", line);
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      fail (run, "the line '%s' has control characters", line);
  if (g_str_has_prefix (line, "LOG "))
    {
      g_autofree char *from = g_strdup_printf (" %s ", run->id);

      if (strchr ("EWID", line[4]) == NULL || !g_str_has_prefix (line + 5, from))
        fail (run, "the log line '%s' is not of this VM", line);
    }
}

/* Sends what is in run->xml. Free the answer with g_free(). */
static char *
ask (Run *run)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) run->xml, run->xml_len);
  g_autofree char *request = g_strconcat (run->head, base64, NULL);
  char *line;

  rig_clear_calls (run->rig);
  g_string_truncate (run->rig->seen, 0);
  rig_send (run->rig, request);
  while ((line = rig_line (run->rig)) != NULL)
    {
      check_line (run, line);
      if (!g_str_has_prefix (line, "LOG "))
        return line;
      g_free (line);
    }
  fail (run, "no answer came");
}

static void
check_answer (const Run *run, const char *answer, const char *result, const char *words)
{
  g_autofree char *start = g_strdup_printf ("%s %s %s ", run->verb, result, run->id);

  if (!g_str_has_prefix (answer, start) || strstr (answer + strlen (start), words) == NULL)
    fail (run, "the answer is '%.2000s', not '%s...%s'", answer, start, words);
}

/* ---- what arrived ---- */

static char *
without_newlines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  return g_strjoinv ("", lines);
}

/* The XML that data is, as it stands or in base64; else NULL. */
static char *
xml_of (const char *data)
{
  static const char *const letters
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n";
  gsize len;
  g_autofree guchar *decoded = NULL;

  if (*data == '<')
    return g_strdup (data);
  if (*data == '\0' || strspn (data, letters) != strlen (data))
    return NULL;
  decoded = g_base64_decode (data, &len);
  return len > 0 && decoded[0] == '<' ? g_strndup ((const char *) decoded, len) : NULL;
}

static void
expect_in_texts (const Run *run, xmlNode *node)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_TEXT_NODE)
      {
        g_autofree char *text = expected (run, (const char *) child->content);

        xmlNodeSetContentLen (child, NULL, 0);
        xmlNodeAddContent (child, (const xmlChar *) text);
      }
    else
      expect_in_texts (run, child);
}

static gboolean
is_expected_xml (const Run *run, const char *template, const char *got)
{
  xmlDoc *want = parse (template), *have = parse (got);
  gboolean same = FALSE;

  if (want != NULL && have != NULL)
    {
      g_autofree char *a = NULL, *b = dump (have);

      expect_in_texts (run, xmlDocGetRootElement (want));
      a = dump (want);
      same = g_str_equal (a, b);
    }
  xmlFreeDoc (want);
  xmlFreeDoc (have);
  return same;
}

/* An argument, or what a script read (as_input). */
static gboolean
is_expected (const Run *run, const char *template, const char *got, gboolean as_input)
{
  g_autofree char *before = xml_of (template), *now = xml_of (got), *want = NULL;

  if (before == NULL)
    {
      want = expected (run, template);
      return g_str_equal (want, got);
    }
  if (now == NULL)
    return FALSE;
  if (!g_str_has_prefix (before, run->plain)
      && !(run->release->without_newlines && g_str_has_prefix (before, "<VMM_DRIVER_ACTION_DATA>")))
    return is_expected_xml (run, before, now);
  /* The request itself: nothing is written anew. */
  if (!as_input || run->local)
    want = as_input && run->release->without_newlines ? without_newlines (run->xml) : g_strdup (run->xml);
  else
    want = g_strconcat (run->xml, "\n", NULL);
  return g_str_equal (want, now);
}

static char *
environment_of (const RigCall *call)
{
  static const char *const differ[] = { "ONE_VMM_MARK=", "SSH_CLIENT=", "SSH_CONNECTION=" };
  GString *text = g_string_new (NULL);

  for (char **entry = call->environment; *entry != NULL; entry++)
    {
      gsize i = 0;

      while (i < G_N_ELEMENTS (differ) && !g_str_has_prefix (*entry, differ[i]))
        i++;
      if (i == G_N_ELEMENTS (differ))
        g_string_append_printf (text, "%s\n", *entry);
    }
  return g_string_free (text, FALSE);
}

static void
check_call (const Run *run, const RigCall *template, const RigCall *call)
{
  g_autofree char *path = expected (run, template->path);
  g_autofree char *before = environment_of (template), *now = environment_of (call);

  if (!g_str_equal (path, call->path))
    fail (run, "'%s' was called, not '%s'", call->path, path);
  if (g_strv_length (template->args) != g_strv_length (call->args))
    fail (run, "%s got %u arguments", path, g_strv_length (call->args));
  for (guint i = 0; call->args[i] != NULL; i++)
    if (!is_expected (run, template->args[i], call->args[i], FALSE))
      fail (run, "argument %u of %s is\n'%s', not what stands for\n'%s'", i + 1, path, call->args[i],
            template->args[i]);
  if (strlen (call->input) != call->input_len ? memcmp (template->input, call->input, call->input_len) != 0
                                              : !is_expected (run, template->input, call->input, TRUE))
    fail (run, "%s has read\n'%s', not what stands for\n'%s'", path, call->input, template->input);
  if (!g_str_equal (before, now) || !g_str_equal (template->cwd, call->cwd))
    fail (run, "%s was run in %s with\n%s, not in %s with\n%s", path, call->cwd, now, template->cwd,
          before);
}

static void
check_calls (const Run *run)
{
  g_autoptr (GPtrArray) calls = rig_calls (run->rig);

  for (guint i = 0; i < MIN (calls->len, run->template->len); i++)
    check_call (run, g_ptr_array_index (run->template, i), g_ptr_array_index (calls, i));
  if (calls->len != run->template->len)
    fail (run, "there were %u calls, not %u", calls->len, run->template->len);
}

static void
check_no_calls (const Run *run)
{
  g_autoptr (GPtrArray) calls = rig_calls (run->rig);

  if (calls->len > 0)
    fail (run, "%s was called", ((RigCall *) g_ptr_array_index (calls, 0))->path);
}

/* What the deploy script read is the file, whatever is in it. */
static void
check_deployment (const Run *run)
{
  const GByteArray *file = run->deployment;

  for (guint i = 0; i < run->template->len; i++)
    {
      const RigCall *call = g_ptr_array_index (run->template, i);
      g_autofree char *text = NULL;
      gsize len = call->input_len, want = file->len, n = 0;

      if (!g_str_equal (call->script, "vmm/kvm/deploy") || (len == 0 && run->local))
        continue;
      text = run->local ? (char *) g_base64_decode (call->input, &len) : g_memdup2 (call->input, len);
      if (!run->local && (len != want + 1 || text[--len] != '\n'))
        fail (run, "the deployment file had %" G_GSIZE_FORMAT " bytes", len);
      for (gsize j = 0; j < file->len; j++)
        if (file->data[j] != '\n' || !run->local || !run->release->without_newlines)
          if (n >= len || text[n++] != (char) file->data[j])
            fail (run, "the deployment file differs at %" G_GSIZE_FORMAT, j);
      g_assert_cmpint (n, ==, len);
    }
}

/* ---- the canary ---- */

static char *
canary (const Run *run)
{
  const SshHost *host = run->local ? NULL : g_ptr_array_index (lab->hosts, 0);

  return host == NULL ? rig_path (run->rig, "homeCANARY")
                      : g_build_filename (host->dir, "homeCANARY", NULL);
}

static gboolean
canary_is_there (const Run *run)
{
  g_autofree char *here = rig_path (run->rig, "homeCANARY"), *there = canary (run);
  gboolean made = g_unlink (here) == 0;

  return g_unlink (there) == 0 || made;
}

/* Where "../" leads to there is something to run, which leaves the canary. */
static void
put_canaries (const Run *run)
{
  static const char *const places[] = { "outside/z", "var/outside/z", "var/remotes/outside/z",
                                        "host/outside/z", "var/remotes/vnm/z", "var/remotes/z",
                                        "host/z" };

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    for (guint j = 0; j < run->scripts->len; j++)
      {
        const char *script = strrchr (g_ptr_array_index (run->scripts, j), '/');
        g_autofree char *name = g_strconcat (places[i], script, NULL);
        g_autofree char *path = rig_path (run->rig, "%s", name);

        rig_write (run->rig, name, "#!/bin/sh\n" TOUCH "\n");
        g_assert_cmpint (g_chmod (path, 0755), ==, 0);
      }
}

/* ---- a run ---- */

static void
load (Run *run, const char *verb)
{
  g_autofree char *name = g_strconcat (verb, ".line", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "captures", run->release->captures, name, NULL);
  g_autofree char *line = NULL, *head = NULL;
  g_autofree guchar *xml = NULL;
  g_autoptr (GError) error = NULL;
  gsize len;

  g_file_get_contents (path, &line, NULL, &error);
  g_assert_no_error (error);
  head = g_strndup (g_strchomp (line), strrchr (line, ' ') - line);
  xml = g_base64_decode (strrchr (line, ' ') + 1, &len);
  g_free (run->verb);
  g_free (run->id);
  g_free (run->head);
  g_free (run->captured);
  run->verb = g_strdup (verb);
  run->id = g_strdup (strrchr (head, ' ') + 1);
  run->head = g_strconcat (head, " ", NULL);
  run->captured = g_strndup ((char *) xml, len);
}

/* Shows where each value arrives. */
static void
learn (Run *run, const char *verb)
{
  g_autofree char *answer = NULL;

  load (run, verb);
  compose (run, NULL, -1);
  g_free (run->plain);
  run->plain = g_strdup (run->xml);
  answer = ask (run);
  check_answer (run, answer, "SUCCESS", "");
  g_clear_pointer (&run->template, g_ptr_array_unref);
  run->template = rig_calls (run->rig);
  check_deployment (run);
}

static void
add_scripts (Run *run, const char *calls)
{
  g_auto (GStrv) lines = g_strsplit (calls, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      char *script = g_strndup (*line, strcspn (*line, " "));

      g_ptr_array_add (run->scripts, script);
      rig_stub (run->rig, script);
    }
}

static Run
start (const Case *test)
{
  gboolean local = g_str_equal (test->name, "local");
  Run run = { .rig = rig_new (), .release = test->release, .way = test->name, .local = local };
  g_autofree char *arguments = g_strconcat (local ? "--all-local " : "", test->release->arguments, NULL);
  g_autofree char *home = rig_path (run.rig, "home");

  run.scripts = g_ptr_array_new_with_free_func (g_free);
  run.values = g_ptr_array_new_with_free_func (g_free);
  run.kinds = g_array_new (FALSE, FALSE, sizeof (Kind));
  run.deployment = g_byte_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
    g_byte_array_append (run.deployment, (const guint8 *) payloads[i], strlen (payloads[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (unfit); i++)
    g_byte_array_append (run.deployment, (const guint8 *) unfit[i].text, unfit[i].len);
  for (const ReleaseCase *row = test->release->cases; row->verb != NULL; row++)
    add_scripts (&run, row->calls);
  put_canaries (&run);
  rig_stub_prints (run.rig, "deploy", "dom-7\n");
  if (!local)
    {
      g_autofree char *text = g_strdup_printf ("VMM_SSH_CONFIG=%s\nVMM_TRANSPORT=%s\n", lab->config,
                                               test->name);

      rig_write (run.rig, "etc/vmm_exec/vmm_execrc", text);
    }
  g_setenv ("HOME", home, TRUE);
  rig_start_init (run.rig, arguments);
  return run;
}

static void
finish (Run *run)
{
  char *line;

  rig_end_input (run->rig);
  /* One answer each: none is left. */
  while ((line = rig_line (run->rig)) != NULL)
    {
      if (!g_str_has_prefix (line, "LOG "))
        fail (run, "one more answer: '%s'", line);
      g_free (line);
    }
  if (canary_is_there (run))
    fail (run, "something that was data was run");
  rig_finish (run->rig);
  g_clear_pointer (&run->template, g_ptr_array_unref);
  g_ptr_array_unref (run->scripts);
  g_ptr_array_unref (run->values);
  g_array_unref (run->kinds);
  g_byte_array_unref (run->deployment);
  g_free (run->verb);
  g_free (run->id);
  g_free (run->head);
  g_free (run->captured);
  g_free (run->plain);
  g_free (run->xml);
  rig_free (run->rig);
}

/* ---- tests ---- */

/* That the canary sings: the same text, on the same way, given to a shell on purpose;
 * and the scripts outside, where "../" leads. */
static void
test_control (gconstpointer data)
{
  Run run = start (data);

  load (&run, "RESET");
  for (gsize i = 0; i < 4; i++)
    {
      g_autofree char *body = g_strconcat (
        "<VMM_DRIVER_ACTION_DATA><HOST>host01</HOST><DEPLOY_ID>", payloads[i],
        "</DEPLOY_ID><VM><ID>0</ID></VM></VMM_DRIVER_ACTION_DATA>", NULL);
      g_autofree char *answer = NULL;

      /* As if it were pasted between the quotes of a command, or outside of them. */
      rig_script (run.rig, "vmm/kvm/reset",
                  i == 0 ? "sh -c \"echo '$1'\"; :" : i == 1 ? "sh -c \"echo \\\"$1\\\"\"; :"
                                                               : "sh -c \"echo $1\"");
      g_free (run.xml);
      run.xml = g_steal_pointer (&body);
      run.xml_len = strlen (run.xml);
      answer = ask (&run);
      check_answer (&run, answer, "SUCCESS", "");
      if (!canary_is_there (&run))
        fail (&run, "the canary of '%s' is not there", payloads[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (outside); i++)
    {
      g_autofree char *script = rig_path (run.rig, "var/remotes/vnm/%s/clean", outside[i]);

      if (*outside[i] == '/')
        continue;
      sshlab_do ((const char *const[]) { script, NULL });
      if (!canary_is_there (&run))
        fail (&run, "%s does not lead to a canary", script);
    }
  finish (&run);
}

static void
test_fields (gconstpointer data)
{
  Run run = start (data);

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      learn (&run, row->verb);
      for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
        {
          g_autofree char *answer = NULL;

          compose (&run, payloads[i], -1);
          answer = ask (&run);
          check_answer (&run, answer, "SUCCESS", "");
          check_calls (&run);
        }
    }
  finish (&run);
}

/* Puts bytes in the place of the plain word of number n in what is to be sent. */
static void
put_bytes (Run *run, guint n, const Bytes *bytes)
{
  g_autofree char *word = g_strdup_printf (PLAIN, n);
  const char *place = strstr (run->plain, word);
  GString *xml = g_string_new_len (run->plain, place - run->plain);
  /* A reference is none in there. */
  gboolean cdata = strchr (bytes->text, '&') != NULL
                   && g_str_has_prefix (strrchr (xml->str, '<'), "<![CDATA[");

  if (cdata)
    g_string_append (xml, "]]>");
  g_string_append_len (xml, bytes->text, bytes->len);
  if (cdata)
    g_string_append (xml, "<![CDATA[");
  g_string_append (xml, place + strlen (word));
  g_free (run->xml);
  run->xml_len = xml->len;
  run->xml = g_string_free (xml, FALSE);
}

/* What XML can't carry: the request as a whole is refused, before anything runs. */
static void
test_unfit (gconstpointer data)
{
  Run run = start (data);

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      guint n_values;

      learn (&run, row->verb);
      n_values = run.values->len;
      for (guint n = 0; n < n_values; n++)
        for (gsize i = n % 5; i < G_N_ELEMENTS (unfit); i += 5)
          {
            g_autofree char *answer = NULL;

            put_bytes (&run, n, &unfit[i]);
            answer = ask (&run);
            check_answer (&run, answer, "FAILURE", "XML");
            check_no_calls (&run);
          }
      for (gsize i = 0; i < 2; i++)
        {
          g_autofree char *answer = NULL;
          g_autofree char *xml = g_strconcat (run.plain, "??", NULL);

          /* After the end, where a string would end. */
          memcpy (xml + strlen (run.plain), i == 0 ? "\0x" : "\0\0", 2);
          g_free (run.xml);
          run.xml_len = strlen (run.plain) + 2;
          run.xml = g_steal_pointer (&xml);
          answer = ask (&run);
          check_answer (&run, answer, "FAILURE", "XML");
          check_no_calls (&run);
        }
    }
  finish (&run);
}

static gboolean
reaches_path (const Run *run, guint n)
{
  g_autofree char *word = g_strdup_printf (PLAIN, n);

  for (guint i = 0; i < run->template->len; i++)
    if (strstr (((RigCall *) g_ptr_array_index (run->template, i))->path, word) != NULL)
      return TRUE;
  return FALSE;
}

/* A name is one component of a path. Nothing else is run, nor is anything before it. */
static void
test_names (gconstpointer data)
{
  Run run = start (data);
  guint refused = 0;

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      guint n_values;

      learn (&run, row->verb);
      n_values = run.values->len;
      for (guint n = 0; n < n_values; n++)
        for (gsize i = 0; g_array_index (run.kinds, Kind, n) == NAME && i < G_N_ELEMENTS (outside); i++)
          {
            g_autofree char *answer = NULL;

            if (!run.local && !reaches_path (&run, n))
              continue;
            compose (&run, outside[i], (int) n);
            answer = ask (&run);
            /* Some actions don't use it. */
            if (!reaches_path (&run, n) && g_str_has_prefix (strchr (answer, ' '), " SUCCESS "))
              {
                check_calls (&run);
                continue;
              }
            check_answer (&run, answer, "FAILURE", "is not the name of");
            check_no_calls (&run);
            refused++;
          }
    }
  g_assert_cmpint (refused, >, 0);
  finish (&run);
}

/* "script 3": the place where the value arrives as an argument, or in one; or NULL. */
static char *
argument_of (const Run *run, guint n)
{
  g_autofree char *word = g_strdup_printf (PLAIN, n);

  for (guint i = 0; i < run->template->len; i++)
    {
      const RigCall *call = g_ptr_array_index (run->template, i);

      for (guint j = 0; call->args[j] != NULL; j++)
        {
          g_autofree char *xml = xml_of (call->args[j]);

          if (strstr (xml != NULL ? xml : call->args[j], word) != NULL)
            return g_strdup_printf ("%s %u", strrchr (call->script, '/'), j);
        }
    }
  return NULL;
}

/* A megabyte: what is read arrives whole. What would be an argument is refused with
 * the reason, and the script that would get it is not called. */
static void
check_long (Run *run, guint n, const char *text, const char *argument)
{
  g_autofree char *answer = NULL;
  g_autoptr (GPtrArray) calls = NULL;

  compose (run, text, (int) n);
  answer = ask (run);
  if (argument == NULL)
    {
      check_answer (run, answer, "SUCCESS", "");
      check_calls (run);
      return;
    }
  /* CLEANUP goes on whatever fails. */
  if (!g_str_equal (run->verb, "CLEANUP"))
    check_answer (run, answer, "FAILURE", "");
  if (strstr (run->rig->seen->str, "Argument list too long") == NULL)
    fail (run, "nothing says that argument %s is too long", argument);
  calls = rig_calls (run->rig);
  for (guint i = 0; i < calls->len; i++)
    for (char **arg = ((RigCall *) g_ptr_array_index (calls, i))->args; *arg != NULL; arg++)
      g_assert_cmpint (strlen (*arg), <, HOSTILE_LEN);
}

static void
test_long (gconstpointer data)
{
  Run run = start (data);
  g_autofree char *text = g_strnfill (HOSTILE_LEN, '\'');
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  memcpy (text, "$(" TOUCH ")\n", strlen ("$(" TOUCH ")\n"));
  text[HOSTILE_LEN - 1] = 'z';
  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      guint n_values, n_read = 0;

      learn (&run, row->verb);
      n_values = run.values->len;
      for (guint n = 0; n < n_values; n++)
        {
          Kind kind = g_array_index (run.kinds, Kind, n);
          g_autofree char *argument = argument_of (&run, n);

          if (kind == PATH || kind == NAME || kind == COMMAND)
            continue;
          if (argument == NULL ? n_read++ == 0 : g_hash_table_add (seen, g_strdup (argument)))
            check_long (&run, n, text, argument);
        }
    }
  g_assert_cmpint (g_hash_table_size (seen), >, 10);
  finish (&run);
}

/* A host's name goes to ssh, and to the ProxyCommand of ssh_config. */
static void
test_hosts (gconstpointer data)
{
  static const char *const fields[][2] = { { "RESET", "HOST" }, { "MIGRATE", "MIGR_HOST" } };
  Run run = start (data);

  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (payloads); j++)
      {
        g_autofree char *answer = NULL;
        g_autoptr (GPtrArray) calls = NULL;
        g_autofree char *host = NULL;
        xmlDoc *doc;

        load (&run, fields[i][0]);
        doc = xmlReadMemory (run.captured, (int) strlen (run.captured), NULL, NULL, 0);
        for (xmlNode *child = xmlDocGetRootElement (doc)->children; child != NULL; child = child->next)
          if (g_str_equal ((const char *) child->name, fields[i][1]))
            {
              host = g_strdup_printf ("%sz", payloads[j]);
              xmlNodeSetContent (child, NULL);
              xmlNodeAddContent (child, (const xmlChar *) host);
            }
        g_assert_nonnull (host);
        g_free (run.xml);
        run.xml = dump (doc);
        run.xml_len = strlen (run.xml);
        xmlFreeDoc (doc);
        answer = ask (&run);
        check_answer (&run, answer, "FAILURE", "is not a host name");
        calls = rig_calls (run.rig);
        for (guint k = 0; k < calls->len; k++)
          if (!g_str_has_prefix (((RigCall *) g_ptr_array_index (calls, k))->script, "tm/"))
            fail (&run, "%s was called", ((RigCall *) g_ptr_array_index (calls, k))->path);
      }
  finish (&run);
}

/* Words of oned.conf: a shell is a plain name, a driver one component of a path. */
static void
test_options (gconstpointer data)
{
  Run run = start (data);

  load (&run, "RESET");
  compose (&run, NULL, -1);
  /* The last one is not of the locale, which the option parser asks for. */
  for (gsize i = 0; i < G_N_ELEMENTS (payloads) - 1; i++)
    {
      const char *const shell[] = { "-s", payloads[i], "kvm", NULL };
      const char *const driver[] = { run.local ? "--all-local" : "-t15", "--", payloads[i], NULL };
      g_autofree char *name = g_strdup_printf ("vmm/%s/reset", payloads[i]);
      g_autofree char *answer = NULL;
      g_autoptr (GPtrArray) calls = NULL;

      rig_finish (run.rig);
      if (strchr (payloads[i], ' ') != NULL)
        {
          rig_start_argv (run.rig, shell, NULL);
          if (rig_wait (run.rig) != 2)
            fail (&run, "-s '%s' is allowed", payloads[i]);
        }
      if (strchr (payloads[i], '/') == NULL)
        rig_stub (run.rig, name);
      rig_start_argv (run.rig, driver, NULL);
      if (strchr (payloads[i], '/') != NULL)
        {
          if (rig_wait (run.rig) != 2)
            fail (&run, "the driver '%s' is allowed", payloads[i]);
          rig_start_init (run.rig, "kvm");
          continue;
        }
      answer = ask (&run);
      check_answer (&run, answer, "SUCCESS", "");
      calls = rig_calls (run.rig);
      g_assert_cmpint (calls->len, ==, 1);
      g_assert_true (g_str_has_suffix (((RigCall *) g_ptr_array_index (calls, 0))->path, name));
    }
  finish (&run);
}

/* ---- what comes back ---- */

typedef struct
{
  const char *body;   /* of the script */
  const char *answer; /* without its beginning, or its start when long */
  gsize       len;    /* of the answer, when long */
} Output;

#define MARKS(text) \
  "printf 'ERROR MESSAGE --8<------\\n" text "\\nERROR MESSAGE ------>8--\\n' >&2; exit 1"

static const Output outputs[] = {
  { "printf 'a\\0b\\nSUCCESS\\r\\033[2Jc\\td'", "SUCCESS 0 a b SUCCESS [2Jc d", 0 },
  { "printf 'x\\nDEPLOY SUCCESS 8 x\\nLOG E 8 x\\n\\377\\376]]>'",
    "SUCCESS 0 x DEPLOY SUCCESS 8 x LOG E 8 x \xef\xbf\xbd\xef\xbf\xbd]] >", 0 },
  { "printf '%s\\n' 'ERROR MESSAGE --8<------' no 'ERROR MESSAGE ------>8--'",
    "SUCCESS 0 ERROR MESSAGE --8<------ no ERROR MESSAGE ------>8--", 0 },
  { "printf 'LOG E 8 x\\nDEPLOY SUCCESS 8 x\\0\\033\\377]]>\\n' >&2; echo ok", "SUCCESS 0 ok", 0 },
  { MARKS ("no\\nDEPLOY SUCCESS 8 x\\n\\0\\033\\377]]>"),
    "FAILURE 0 no DEPLOY SUCCESS 8 x  \xef\xbf\xbd]] >", 0 },
  { "printf '\\0\\0\\n\\033' >&2; exit 1", "FAILURE 0 no reason given", 0 },
  { "echo \"$ONE_VMM_MARK ok 1 /bin/sh\"; echo \"$ONE_VMM_MARK missing\"; exit 3",
    "FAILURE 0 reset exited with status 3", 0 },
  { "head -c 1048576 /dev/zero | tr '\\0' x", "SUCCESS 0 xxxx", 1048576 },
  { "head -c 1048577 /dev/zero | tr '\\0' x", "SUCCESS 0 xxxx", 1048576 },
  { "head -c 1048576 /dev/zero | tr '\\0' '\\n'; echo y", "SUCCESS 0 -", 0 },
  { "head -c 1048576 /dev/zero | tr '\\0' x >&2; exit 1", "FAILURE 0 xxxx", 8192 },
};

static void
test_outputs (gconstpointer data)
{
  Run run = start (data);

  load (&run, "RESET");
  compose (&run, NULL, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (outputs); i++)
    {
      const Output *output = &outputs[i];
      g_autofree char *want = g_strdup_printf ("RESET %s", output->answer);
      g_autofree char *answer = NULL;

      rig_script (run.rig, "vmm/kvm/reset", output->body);
      answer = ask (&run);
      if (output->len == 0 ? !g_str_equal (answer, want) : !g_str_has_prefix (answer, want))
        fail (&run, "'%s' is answered by '%.500s', not '%s'", output->body, answer, want);
      if (output->len > 0)
        {
          gsize len = strlen (answer + strlen ("RESET SUCCESS 0 "));

          if (len < output->len || len > output->len + 3)
            fail (&run, "'%s' is answered by %" G_GSIZE_FORMAT " bytes", output->body, len);
        }
    }
  finish (&run);
}

/* The name of the domain that the deploy script prints becomes an argument. */
static void
test_deploy_id (gconstpointer data)
{
  static const char *const printed[][2] = {
    { "$(touch${IFS}${HOME}CANARY)", "$(touch${IFS}${HOME}CANARY)" },
    { "';touch${IFS}${HOME}CANARY;'`touch${IFS}${HOME}CANARY`", "';touch${IFS}${HOME}CANARY;'`touch${IFS}${HOME}CANARY`" },
    { "Created\n-oProxyCommand=x one\n\n", "-oProxyCommand=x" },
    { "one\nEOT]]>\n", "EOT]]" },
    { "../../x\033[1m\r", "../../x" },
    { "\377\376\n", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "", "-" },
  };
  Run run = start (data);

  learn (&run, "DEPLOY");
  for (gsize i = 0; i < G_N_ELEMENTS (printed); i++)
    {
      g_autofree char *answer = NULL;
      g_autofree char *want = g_strdup_printf ("DEPLOY SUCCESS 0 %s", printed[i][1]);
      g_autoptr (GPtrArray) calls = NULL;
      guint found = 0;

      rig_stub_prints (run.rig, "deploy", printed[i][0]);
      answer = ask (&run);
      if (!g_str_equal (answer, want))
        fail (&run, "'%s' is answered by '%s'", printed[i][0], answer);
      calls = rig_calls (run.rig);
      for (guint j = 0; j < calls->len; j++)
        {
          const RigCall *call = g_ptr_array_index (calls, j);

          if (!g_str_has_suffix (call->script, "/post"))
            continue;
          g_assert_true (g_strv_contains ((const char *const *) call->args, printed[i][1]));
          found++;
        }
      g_assert_cmpint (found, >, 0);
    }
  finish (&run);
}

/* ---- nothing is forgotten ---- */

/* Each value that a recipe names gets its hostile text from some captured request. */
static void
test_complete (void)
{
  static const char *const of_elsewhere[] = { "new_deploy_id", "vm_id", "is_device" };
  g_autoptr (GHashTable) covered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize n_recipes;
  const VmmRecipe *recipes = vmm_recipe_table (&n_recipes);
  Case local = { "local", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (of_elsewhere); i++)
    g_hash_table_add (covered, g_strdup (of_elsewhere[i]));
  for (int pass = 0; pass < 2; pass++)
    for (gsize r = 0; r < (pass == 0 ? G_N_ELEMENTS (releases) : 1); r++)
      {
        Run run;

        local.release = releases[r];
        run = start (&local);
        for (const ReleaseCase *row = releases[r]->cases; row->verb != NULL; row++)
          {
            RequestSample *sample;
            const char *body;

            load (&run, row->verb);
            compose (&run, NULL, -1);
            body = strchr (run.xml, '>') + 1;
            *strstr (run.xml, "</VMM_DRIVER_ACTION_DATA>") = '\0';
            sample = request_sample_new (row->verb, body, 704, "kvm");
            for (gsize i = 0; i < n_recipes; i++)
              for (const VmmStep *step = recipes[i].steps; step != NULL && step->kind != VMM_STEP_END; step++)
                {
                  g_autofree char *all = g_strjoin (
                    " ", step->args ? step->args : "", step->command ? step->command : "",
                    step->kind == VMM_STEP_DS ? "ds_mad" : "",
                    recipes[i].info_first ? recipes[i].info_first : "", NULL);
                  g_auto (GStrv) names = g_strsplit (all, " ", -1);

                  for (char **name = names; *name != NULL; name++)
                    {
                      g_autofree char *text = **name == '\0' ? NULL : vmm_value_get (&sample->request, *name, NULL);
                      g_autofree char *xml = text == NULL ? NULL : xml_of (text);

                      if (text != NULL && (strstr (xml != NULL ? xml : text, "Mk") != NULL
                                           || (g_str_has_suffix (*name, "_index") && g_str_equal (text, "25"))))
                        g_hash_table_add (covered, g_strdup (*name));
                      else if (pass == 1 && **name != '\0' && !g_hash_table_contains (covered, *name))
                        g_error ("no captured request has the value %s", *name);
                    }
                }
            request_sample_free (sample);
          }
        finish (&run);
      }
}

/* ---- */

static void
add (const char *what, const char *way, const Release *release, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/injection/%s/%s/%s", what, way, release->name);
  Case *test = g_new (Case, 1);

  *test = (Case){ way, release };
  g_test_add_data_func_full (path, test, func, g_free);
}

/* The records are a hundred thousand small files; in memory that is ten times as fast. */
static void
work_in_memory (void)
{
  struct statvfs info;

  if (access ("/dev/shm", W_OK) == 0 && statvfs ("/dev/shm", &info) == 0
      && (info.f_flag & ST_NOEXEC) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
}

static int
run_tests (int argc, char **argv)
{
  static const char *const ways[] = { "local", "libssh2", "openssh" };
  int status;

  work_in_memory ();

  g_test_init (&argc, &argv, NULL);
  lab = sshlab_new ();
  sshlab_add (lab, "host01", "ed25519", "");
  sshlab_add (lab, "host-02.example.org", "ed25519", "");
  g_test_add_func ("/injection/complete", test_complete);
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      gboolean local = g_str_equal (ways[i], "local");

      add ("control", ways[i], &release_7_4, test_control);
      for (gsize j = 0; j < G_N_ELEMENTS (releases); j++)
        {
          /* The three of 4.14 differ in one action. */
          if (local || j > 1)
            add ("fields", ways[i], releases[j], test_fields);
        }
      if (local)
        {
          add ("unfit", ways[i], &release_4_14, test_unfit);
          add ("unfit", ways[i], &release_7_4, test_unfit);
        }
      add ("names", ways[i], &release_4_14, test_names);
      add ("names", ways[i], &release_7_4, test_names);
      add ("long", ways[i], &release_4_14, test_long);
      add ("long", ways[i], &release_7_4, test_long);
      add ("outputs", ways[i], &release_7_4, test_outputs);
      add ("deploy-id", ways[i], &release_7_4, test_deploy_id);
      add ("options", ways[i], &release_7_4, test_options);
      if (!local)
        add ("hosts", ways[i], &release_7_4, test_hosts);
    }
  status = g_test_run ();
  sshlab_free (lab);
  return status;
}

int
main (int argc, char **argv)
{
  return sshlab_main_of_copy (argc, argv, run_tests);
}
