/* SPDX-License-Identifier: Apache-2.0
 *
 * one_vmm_try: plays oned's part for one driver. See one_vmm_try(1).
 *
 *   tryoptions -> compose or lines -> conversation -> answer -> here
 *                                  -> planview
 */
#include <libxml/parser.h>
#include <signal.h>
#include <stdio.h>

#include "common/log.h"
#include "driver/era.h"
#include "driver/options.h"
#include "tools/conversation.h"
#include "tools/lines.h"
#include "tools/paint.h"
#include "tools/planview.h"
#include "tools/tryoptions.h"
#include "tools/workfile.h"

enum
{
  EXIT_OK = 0,
  EXIT_FAILED = 1,    /* the action failed */
  EXIT_USAGE = 2,     /* options or input are broken */
  EXIT_NO_ANSWER = 3, /* the driver is */
};

static int
complain (int status, const GError *error)
{
  fflush (stdout);
  vmm_log ("%s", error->message);
  return status;
}

/* ---- the requests ---- */

/* The form of a request where nothing says which. */
static guint
newest_release (void)
{
  guint newest = 0;

  for (guint next; (next = vmm_release_next (newest)) != 0;)
    newest = next;
  return newest;
}

/* Of VmmLine *: the lines to replay, or the one that the options describe. */
static GPtrArray *
get_lines (const VmmTryOptions *options, guint fixed_release, const char *file, GError **error)
{
  GPtrArray *lines;
  g_autofree char *text = NULL;
  VmmLine *line;

  if (options->lines != NULL)
    return vmm_lines_read (options->lines, error);
  text = vmm_try_options_compose (options,
                                  options->release != 0 ? options->release
                                  : fixed_release != 0  ? fixed_release
                                                        : newest_release (),
                                  file, error);
  if (text == NULL || (line = vmm_line_new (text, "the request", error)) == NULL)
    return NULL;
  lines = g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_line_free);
  g_ptr_array_add (lines, line);
  return lines;
}

/* ---- --decode ---- */

static int
decode (const VmmTryOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = vmm_lines_read (options->lines, &error);

  if (lines == NULL)
    return complain (EXIT_USAGE, error);
  for (guint i = 0; i < lines->len; i++)
    {
      const VmmLine *line = g_ptr_array_index (lines, i);

      if (line->payload != NULL)
        vmm_planview_print_request (line->message, line->payload, TRUE);
      else
        fputs (line->text, stdout);
    }
  return EXIT_OK;
}

/* ---- --plan ---- */

static int
plan (const VmmTryOptions *options, const VmmConfig *config, guint fixed_release,
      const GPtrArray *lines)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmOptions) driver =
    vmm_options_parse ((int) g_strv_length (options->argv), options->argv, &error);
  int status = EXIT_OK;

  if (driver == NULL)
    return complain (EXIT_USAGE, error);
  for (guint i = 0; i < config->warnings->len; i++)
    vmm_log ("warning: %s", (char *) g_ptr_array_index (config->warnings, i));
  for (guint i = 0; i < lines->len; i++)
    {
      const VmmLine *line = g_ptr_array_index (lines, i);
      g_autoptr (VmmPlan) planned = NULL;
      g_autoptr (GError) refused = NULL;

      if (line->payload == NULL)
        continue;
      vmm_planview_print_request (line->message, line->payload, options->verbose);
      planned = vmm_plan_of_message (config, driver, fixed_release, line->message, &refused);
      if (planned != NULL)
        vmm_planview_print (planned, options->verbose);
      else
        status = complain (EXIT_FAILED, refused);
    }
  return status;
}

/* ---- sending ---- */

static VmmPaint
paint_of (const VmmAnswer *answer)
{
  if (answer->kind == VMM_ANSWER_RESULT)
    return answer->success ? VMM_PAINT_GOOD : VMM_PAINT_BAD;
  if (answer->kind == VMM_ANSWER_OTHER)
    return VMM_PAINT_WARN;
  switch (answer->severity)
    {
    case VMM_SEVERITY_ERROR:
      return VMM_PAINT_BAD;
    case VMM_SEVERITY_WARNING:
      return VMM_PAINT_WARN;
    case VMM_SEVERITY_DEBUG:
      return VMM_PAINT_FAINT;
    case VMM_SEVERITY_INFO:
      break;
    }
  return VMM_PAINT_PLAIN;
}

static void
show (const VmmAnswer *answer, gint64 elapsed_us, gpointer user_data G_GNUC_UNUSED)
{
  VmmPaint paint = paint_of (answer);

  printf ("%s%9.3f%s ", vmm_paint_begin (VMM_PAINT_FAINT), (double) elapsed_us / G_TIME_SPAN_SECOND,
          vmm_paint_end (VMM_PAINT_FAINT));
  fputs (vmm_paint_begin (paint), stdout);
  if (answer->kind == VMM_ANSWER_RESULT)
    printf ("%s %s %s %s", answer->verb, answer->success ? "SUCCESS" : "FAILURE", answer->id,
            answer->text);
  else if (answer->kind == VMM_ANSWER_LOG)
    printf ("%c %s", answer->severity, answer->text);
  else
    printf ("not of the protocol: %s", answer->text);
  printf ("%s\n", vmm_paint_end (paint));
}

/* One line on its way. FALSE with an error when there is no answer. */
static gboolean
converse (VmmConversation *conversation, const VmmTryOptions *options, const VmmLine *line,
          gboolean *success, GError **error)
{
  const VmmMessage *message = line->message;

  switch (message->kind)
    {
    case VMM_MESSAGE_ACTION:
      vmm_planview_print_request (message, line->payload, options->verbose);
      return vmm_conversation_ask (conversation, line->text, message->verb, message->id,
                                   options->limit_s, success, error);
    case VMM_MESSAGE_CANCEL:
      fputs (line->text, stdout);
      return vmm_conversation_tell (conversation, line->text, error);
    case VMM_MESSAGE_INIT:
    case VMM_MESSAGE_FINALIZE:
    case VMM_MESSAGE_EMPTY:
    case VMM_MESSAGE_BAD:
      break; /* the conversation says the two first of itself */
    }
  return TRUE;
}

static int
send_lines (const VmmTryOptions *options, const GPtrArray *lines)
{
  g_autoptr (GError) error = NULL;
  VmmConversation *conversation =
    vmm_conversation_start (options->argv, show, NULL, &error);
  int status = EXIT_OK;

  if (conversation == NULL)
    return complain (EXIT_NO_ANSWER, error);
  for (guint i = 0; i < lines->len && status != EXIT_NO_ANSWER; i++)
    {
      gboolean success = TRUE;

      if (!converse (conversation, options, g_ptr_array_index (lines, i), &success, &error))
        status = complain (EXIT_NO_ANSWER, error);
      else if (!success)
        status = EXIT_FAILED;
    }
  g_clear_error (&error);
  if (!vmm_conversation_finish (conversation, &error))
    status = complain (EXIT_NO_ANSWER, error);
  return status;
}

static int
run_with (const VmmTryOptions *options, const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmConfig) config = vmm_config_load ();
  g_autofree char *why = NULL;
  guint fixed_release = vmm_era_fixed (config, &why);
  g_autoptr (GPtrArray) lines = get_lines (options, fixed_release, file, &error);

  if (lines == NULL)
    return complain (EXIT_USAGE, error);
  if (options->release != 0 && fixed_release != 0
      && vmm_release_find (options->release) != vmm_release_find (fixed_release))
    vmm_log ("note: the driver takes the recipes of OpenNebula %s whatever the request's form (%s)",
             vmm_release_find (fixed_release)->name, why);
  if (options->mode == VMM_TRY_PLAN)
    return plan (options, config, fixed_release, lines);
  return send_lines (options, lines);
}

static int
run (const VmmTryOptions *options)
{
  g_autoptr (GError) error = NULL;
  char *file = options->file == NULL ? NULL : vmm_workfile_new (options->file, &error);
  int status = error != NULL ? complain (EXIT_USAGE, error) : run_with (options, file);

  vmm_workfile_remove (file);
  return status;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmTryOptions) options = NULL;

  g_set_prgname ("one_vmm_try");
  xmlInitParser ();
  signal (SIGPIPE, SIG_IGN);
  setvbuf (stdout, NULL, _IOLBF, 0);

  options = vmm_try_options_parse (argc, argv, &error);
  if (options == NULL)
    {
      complain (EXIT_USAGE, error);
      vmm_log ("try one_vmm_try --help");
      return EXIT_USAGE;
    }
  switch (options->mode)
    {
    case VMM_TRY_HELP:
      fputs (options->text, stdout);
      return EXIT_OK;
    case VMM_TRY_DECODE:
      return decode (options);
    case VMM_TRY_PLAN:
    case VMM_TRY_SEND:
      break;
    }
  return run (options);
}
