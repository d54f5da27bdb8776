/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include <libxml/parser.h>
#include <string.h>

#include "request.h"

static char *
without_newlines (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  return g_strjoinv ("", lines);
}

char *
calls_xml_of (const char *data)
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

static xmlDoc *
parse (const char *xml)
{
  return xmlReadMemory (xml, (int) strlen (xml), NULL, NULL,
                        XML_PARSE_NOCDATA | XML_PARSE_NOERROR | XML_PARSE_HUGE);
}

static void
expect_in_texts (const Run *run, xmlNode *node)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_TEXT_NODE)
      {
        g_autofree char *text = request_expected (run, (const char *) child->content);

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
      g_autofree char *a = NULL, *b = request_dump (have);

      expect_in_texts (run, xmlDocGetRootElement (want));
      a = request_dump (want);
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
  g_autofree char *before = calls_xml_of (template), *now = calls_xml_of (got), *want = NULL;

  if (before == NULL)
    {
      want = request_expected (run, template);
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
  g_autofree char *path = request_expected (run, template->path);
  g_autofree char *before = environment_of (template), *now = environment_of (call);

  if (!g_str_equal (path, call->path))
    run_fail (run, "'%s' was called, not '%s'", call->path, path);
  if (g_strv_length (template->args) != g_strv_length (call->args))
    run_fail (run, "%s got %u arguments", path, g_strv_length (call->args));
  for (guint i = 0; call->args[i] != NULL; i++)
    if (!is_expected (run, template->args[i], call->args[i], FALSE))
      run_fail (run, "argument %u of %s is\n'%s', not what stands for\n'%s'", i + 1, path, call->args[i],
              template->args[i]);
  if (strlen (call->input) != call->input_len ? memcmp (template->input, call->input, call->input_len) != 0
                                              : !is_expected (run, template->input, call->input, TRUE))
    run_fail (run, "%s has read\n'%s', not what stands for\n'%s'", path, call->input, template->input);
  if (!g_str_equal (before, now) || !g_str_equal (template->cwd, call->cwd))
    run_fail (run, "%s was run in %s with\n%s, not in %s with\n%s", path, call->cwd, now, template->cwd,
              before);
}

void
calls_check (const Run *run)
{
  g_autoptr (GPtrArray) calls = rig_calls (run->rig);

  for (guint i = 0; i < MIN (calls->len, run->template->len); i++)
    check_call (run, g_ptr_array_index (run->template, i), g_ptr_array_index (calls, i));
  if (calls->len != run->template->len)
    run_fail (run, "there were %u calls, not %u", calls->len, run->template->len);
}

void
calls_check_none (const Run *run)
{
  g_autoptr (GPtrArray) calls = rig_calls (run->rig);

  if (calls->len > 0)
    run_fail (run, "%s was called", ((RigCall *) g_ptr_array_index (calls, 0))->path);
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
        run_fail (run, "the deployment file had %" G_GSIZE_FORMAT " bytes", len);
      for (gsize j = 0; j < file->len; j++)
        if (file->data[j] != '\n' || !run->local || !run->release->without_newlines)
          if (n >= len || text[n++] != (char) file->data[j])
            run_fail (run, "the deployment file differs at %" G_GSIZE_FORMAT, j);
      g_assert_cmpint (n, ==, len);
    }
}

void
calls_learn (Run *run, const char *verb)
{
  g_autofree char *answer = NULL;

  run_load (run, verb);
  request_compose (run, NULL, -1);
  g_free (run->plain);
  run->plain = g_strdup (run->xml);
  answer = run_ask (run);
  run_check_answer (run, answer, "SUCCESS", "");
  g_clear_pointer (&run->template, g_ptr_array_unref);
  run->template = rig_calls (run->rig);
  check_deployment (run);
}

gboolean
calls_in_path (const Run *run, guint n)
{
  g_autofree char *word = request_word (n);

  for (guint i = 0; i < run->template->len; i++)
    if (strstr (((RigCall *) g_ptr_array_index (run->template, i))->path, word) != NULL)
      return TRUE;
  return FALSE;
}

char *
calls_argument (const Run *run, guint n)
{
  g_autofree char *word = request_word (n);

  for (guint i = 0; i < run->template->len; i++)
    {
      const RigCall *call = g_ptr_array_index (run->template, i);

      for (guint j = 0; call->args[j] != NULL; j++)
        {
          g_autofree char *xml = calls_xml_of (call->args[j]);

          if (strstr (xml != NULL ? xml : call->args[j], word) != NULL)
            return g_strdup_printf ("%s %u", strrchr (call->script, '/'), j);
        }
    }
  return NULL;
}
