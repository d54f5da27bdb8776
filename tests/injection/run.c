/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <glib/gstdio.h>
#include <stdarg.h>
#include <string.h>

#include "hostile.h"

void
run_fail_at (const Run *run, const char *file, int line, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_error ("%s:%d: %s, %s, %s: %.3000s; it was sent\n%.3000s\nand the driver said:\n%.3000s", file, line,
           run->test->way, run->release->name, run->verb, text, run->xml == NULL ? "" : run->xml,
           run->rig->seen->str);
}

/* ---- one request ---- */

void
run_load (Run *run, const char *verb)
{
  g_free (run->verb);
  g_free (run->head);
  g_free (run->captured);
  run->verb = g_strdup (verb);
  run->captured = release_read_request (run->release, verb, &run->head);
  run->id = strrchr (run->head, ' ') + 1;
}

void
run_set_xml (Run *run, char *xml, gsize len)
{
  g_free (run->xml);
  run->xml = xml;
  run->xml_len = len;
}

/* Each line of the driver must be one that oned understands. */
static void
check_line (const Run *run, const char *line)
{
  if (!g_utf8_validate (line, -1, NULL) || strstr (line, "]]>") != NULL)
    run_fail (run, "the line '%s' is not text for XML", line);
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p)))
      run_fail (run, "the line '%s' has control characters", line);
  if (g_str_has_prefix (line, "LOG "))
    {
      g_autofree char *from = g_strdup_printf (" %s ", run->id);

      if (strchr ("EWID", line[4]) == NULL || !g_str_has_prefix (line + 5, from))
        run_fail (run, "the log line '%s' is not of this VM", line);
    }
}

char *
run_ask (Run *run)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) run->xml, run->xml_len);
  g_autofree char *request = g_strconcat (run->head, " ", base64, NULL);
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
  run_fail (run, "no answer came");
}

void
run_check_answer (const Run *run, const char *answer, const char *result, const char *words)
{
  g_autofree char *start = g_strdup_printf ("%s %s %s ", run->verb, result, run->id);

  if (!g_str_has_prefix (answer, start) || strstr (answer + strlen (start), words) == NULL)
    run_fail (run, "the answer is '%.2000s', not '%s...%s'", answer, start, words);
}

/* ---- the canary ---- */

static char *
canary (const Run *run)
{
  const SshHost *host = run->local ? NULL : g_ptr_array_index (run->test->lab->hosts, 0);

  return host == NULL ? rig_path (run->rig, "homeCANARY")
                      : g_build_filename (host->dir, "homeCANARY", NULL);
}

gboolean
run_canary_is_there (const Run *run)
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

        rig_write (run->rig, name, "#!/bin/sh\n" HOSTILE_TOUCH "\n");
        g_assert_cmpint (g_chmod (path, 0755), ==, 0);
      }
}

/* ---- a run ---- */

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

Run
run_start (const RunCase *test)
{
  gboolean local = g_str_equal (test->way, "local");
  Run run = { .test = test, .release = test->release, .local = local, .rig = rig_new () };
  g_autofree char *arguments = g_strconcat (local ? "--all-local " : "", test->release->arguments, NULL);
  g_autofree char *home = rig_path (run.rig, "home");

  run.scripts = g_ptr_array_new_with_free_func (g_free);
  run.values = g_ptr_array_new_with_free_func (g_free);
  run.kinds = g_array_new (FALSE, FALSE, sizeof (Kind));
  run.deployment = hostile_file ();
  for (const ReleaseCase *row = test->release->cases; row->verb != NULL; row++)
    add_scripts (&run, row->calls);
  put_canaries (&run);
  rig_stub_prints (run.rig, "deploy", "dom-7\n");
  if (!local)
    {
      g_autofree char *text = g_strdup_printf ("VMM_SSH_CONFIG=%s\nVMM_TRANSPORT=%s\n",
                                               test->lab->config, test->way);

      rig_write (run.rig, "etc/vmm_exec/vmm_execrc", text);
    }
  g_setenv ("HOME", home, TRUE);
  rig_start_init (run.rig, arguments);
  return run;
}

void
run_finish (Run *run)
{
  char *line;

  rig_end_input (run->rig);
  /* One answer each: none is left. */
  while ((line = rig_line (run->rig)) != NULL)
    {
      if (!g_str_has_prefix (line, "LOG "))
        run_fail (run, "one more answer: '%s'", line);
      g_free (line);
    }
  if (run_canary_is_there (run))
    run_fail (run, "something that was data was run");
  rig_finish (run->rig);
  g_clear_pointer (&run->template, g_ptr_array_unref);
  g_ptr_array_unref (run->scripts);
  g_ptr_array_unref (run->values);
  g_array_unref (run->kinds);
  g_byte_array_unref (run->deployment);
  g_free (run->verb);
  g_free (run->head);
  g_free (run->captured);
  g_free (run->plain);
  g_free (run->xml);
  rig_free (run->rig);
}
