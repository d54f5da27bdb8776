/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/runner.h"

#include <poll.h>
#include <string.h>

#include "common/text.h"
#include "driver/plan.h"
#include "driver/scriptlog.h"
#include "vmm-limits.h"

/* One job under way. */
typedef struct
{
  const VmmRunner *runner;
  VmmJob          *job;
  VmmPlan         *plan;
  char            *info;    /* of the step that the recipe names */
  char            *failure; /* why the action failed; owned */
} Run;

static void
log_text (const Run *run, VmmSeverity severity, const char *text)
{
  vmm_writer_log (run->runner->writer, severity, run->job->message->id, text);
}

static void
log_format (const Run *run, VmmSeverity severity, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
log_format (const Run *run, VmmSeverity severity, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  log_text (run, severity, text);
}

/* ---- one script ---- */

typedef struct
{
  Run          *run;
  VmmScriptLog *log;
} Listener;

static void
on_record (VmmSeverity severity, const char *text, gpointer user_data)
{
  log_text (((Listener *) user_data)->run, severity, text);
}

static void
on_stderr (const char *data, gsize len, gpointer user_data)
{
  vmm_script_log_feed (((Listener *) user_data)->log, data, len);
}

static void
on_notice (const char *text, gpointer user_data)
{
  log_text (((Listener *) user_data)->run, VMM_SEVERITY_INFO, text);
}

/* What a person reads as the failure's reason. A script that said why is
 * quoted; how it ended is told where that is not simply "no". */
static char *
failure_reason (const VmmCall *call, const VmmOutcome *outcome, const VmmScriptLog *log)
{
  g_autofree char *said = vmm_script_log_reason (log);
  g_autofree char *ended = vmm_outcome_describe (outcome);
  g_autofree char *script = g_path_get_basename (call->command->argv[0]);

  if (said == NULL)
    return g_strdup_printf ("%s %s", script, ended);
  if (outcome->ending == VMM_ENDED_EXITED)
    return g_steal_pointer (&said);
  return g_strdup_printf ("%s %s: %s", script, ended, said);
}

static void
log_failure (Run *run, const VmmCall *call, const VmmOutcome *outcome)
{
  const VmmCommand *command = call->command;
  g_autofree char *ended = vmm_outcome_describe (outcome);

  log_format (run, VMM_SEVERITY_ERROR, "%s on %s %s", command->argv[0],
              command->host == NULL ? "the front-end" : command->host, ended);
}

/* NUL would cut the text for everything that follows. */
static char *
take_output (VmmOutcome *outcome)
{
  GString *output = g_steal_pointer (&outcome->output);

  for (gsize i = 0; i < output->len; i++)
    if (output->str[i] == '\0')
      output->str[i] = ' ';
  return g_string_free (output, FALSE);
}

/* Runs the script once. TRUE with its output in *info, or FALSE with the reason there. */
static gboolean
run_once (Run *run, const VmmCall *call, gint64 deadline_us, char **info, VmmEnding *ending)
{
  const VmmRunner *runner = run->runner;
  const VmmCommand *command = call->command;
  VmmTransport *transport = command->host == NULL ? runner->local : runner->remote;
  Listener listener = { .run = run };
  g_autoptr (VmmScriptLog) log = vmm_script_log_new (on_record, &listener);
  VmmRunContext context = { deadline_us, run->job->cancel, on_stderr, on_notice, &listener };
  g_auto (VmmOutcome) outcome;
  gboolean ok;

  listener.log = log;
  vmm_outcome_init (&outcome);
  vmm_transport_run (transport, command, &context, &outcome);
  vmm_script_log_finish (log);
  if (outcome.output_dropped > 0)
    log_format (run, VMM_SEVERITY_WARNING, "%" G_GUINT64_FORMAT " bytes of the script's standard "
                "output are left out", outcome.output_dropped);
  ok = vmm_outcome_is_success (&outcome);
  *ending = outcome.ending;
  g_free (*info);
  if (ok)
    *info = take_output (&outcome);
  else
    {
      *info = failure_reason (call, &outcome, log);
      if (outcome.ending != VMM_ENDED_CANCELLED)
        log_failure (run, call, &outcome);
    }
  return ok;
}

/* Waits before the next try. FALSE when there is to be none. */
static gboolean
pause_before_retry (Run *run, gint64 deadline_us)
{
  struct pollfd fd = { .fd = vmm_cancel_fd (run->job->cancel), .events = POLLIN };

  poll (&fd, 1, VMM_RETRY_PAUSE_MS);
  return !vmm_cancel_is_triggered (run->job->cancel) && g_get_monotonic_time () < deadline_us;
}

static gboolean
run_call (Run *run, const VmmPlanStep *step, const VmmCall *call, gint64 deadline_us, char **info)
{
  guint retries = step->kind == VMM_STEP_VMM ? run->runner->options->retries : 0;
  VmmEnding ending;

  while (!run_once (run, call, deadline_us, info, &ending))
    {
      if (retries-- == 0 || ending == VMM_ENDED_CANCELLED || ending == VMM_ENDED_TIMED_OUT
          || !pause_before_retry (run, deadline_us))
        return FALSE;
      log_format (run, VMM_SEVERITY_INFO, "Trying again: %s.", step->name);
    }
  return TRUE;
}

/* ---- one step ---- */

static const char *
or_dash (const char *text)
{
  return *text == '\0' ? "-" : text;
}

/* The information of a step with several network drivers is "driver: info" for each. */
static void
add_info (GString *to, const VmmCall *call, const char *text)
{
  g_autofree char *line = vmm_text_one_line (text, -1, 0);

  if (call->driver == NULL)
    g_string_assign (to, or_dash (line));
  else
    g_string_append_printf (to, "%s%s: %s", to->len > 0 ? " " : "", call->driver, or_dash (line));
}

/* A chatty script may say more, but the id comes last. */
static char *
last_word_line (const char *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);

  for (guint n = g_strv_length (lines); n-- > 0;)
    {
      g_autofree char *line = vmm_text_one_line (lines[n], -1, 0);

      if (*line != '\0')
        return g_strndup (line, strcspn (line, " "));
    }
  return g_strdup ("-");
}

static gboolean
run_calls (Run *run, const VmmPlanStep *step, GString *info)
{
  guint limit_s = run->runner->options->timeout_s;
  gint64 deadline_us = limit_s == 0 ? G_MAXINT64
                                    : g_get_monotonic_time () + limit_s * G_TIME_SPAN_SECOND;

  for (guint i = 0; i < step->calls->len; i++)
    {
      const VmmCall *call = g_ptr_array_index (step->calls, i);
      g_autofree char *text = NULL;
      gboolean ok = run_call (run, step, call, deadline_us, &text);

      if (ok && strcmp (step->name, "deploy") == 0)
        {
          g_autofree char *deploy_id = last_word_line (text);

          vmm_plan_set_deploy_id (run->plan, deploy_id);
          add_info (info, call, deploy_id);
        }
      else
        add_info (info, call, text);
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

static void
undo (Run *run, const VmmPlanStep *step)
{
  for (guint i = 0; i < step->undo->len; i++)
    {
      const VmmPlanStep *undone = g_ptr_array_index (step->undo, i);
      g_autoptr (GString) info = g_string_new (NULL);
      gboolean ok;

      g_atomic_pointer_set (&run->job->step, undone->name);
      ok = run_calls (run, undone, info);
      log_format (run, VMM_SEVERITY_INFO, ok ? "Successfully execute %s operation: %s."
                                             : "Failed to execute %s operation: %s.",
                  vmm_step_kind_name (undone->kind), undone->name);
    }
}

static gboolean
run_step (Run *run, const VmmPlanStep *step)
{
  g_autoptr (GString) info = g_string_new (NULL);
  gboolean ok;

  g_atomic_pointer_set (&run->job->step, step->name);
  ok = run_calls (run, step, info);
  if (ok)
    {
      log_format (run, VMM_SEVERITY_INFO, "Successfully execute %s operation: %s.",
                  vmm_step_kind_name (step->kind), step->name);
      if (g_strcmp0 (run->plan->info, step->name) == 0)
        {
          g_free (run->info);
          run->info = g_strdup (info->str);
        }
      return TRUE;
    }
  if (vmm_job_end (run->job) != VMM_JOB_WANTED)
    return FALSE;
  undo (run, step);
  log_format (run, VMM_SEVERITY_INFO, "Failed to execute %s operation: %s.",
              vmm_step_kind_name (step->kind), step->name);
  if (step->best_effort)
    return TRUE;
  run->failure = g_strdup (info->str);
  return FALSE;
}

static gboolean
run_steps (Run *run)
{
  for (guint i = 0; i < run->plan->steps->len; i++)
    if (vmm_job_end (run->job) != VMM_JOB_WANTED
        || !run_step (run, g_ptr_array_index (run->plan->steps, i)))
      return FALSE;
  return TRUE;
}

/* ---- the answer ---- */

static void
answer (Run *run, gboolean success)
{
  const VmmMessage *message = run->job->message;
  const char *first = run->plan == NULL ? NULL : run->plan->info_first;
  const char *text = success ? run->info : run->failure;
  g_autofree char *joined = NULL;

  /* A cancelled action gets no result line, but one that could still end well
   * when the driver stops does. */
  if (vmm_job_end (run->job) == VMM_JOB_CANCELLED)
    return;
  if (text == NULL && !success)
    text = "ended because the driver was told to stop";
  if (text == NULL)
    text = "";
  if (first != NULL)
    text = joined = g_strdup_printf ("%s %s", first, text);
  vmm_writer_result (run->runner->writer, message->verb, success, message->id, text);
}

static void
count (const Run *run, gboolean success)
{
  const VmmJob *job = run->job;
  VmmDone done = vmm_job_end (run->job) == VMM_JOB_CANCELLED ? VMM_DONE_CANCELLED
                 : success ? VMM_DONE_SUCCESS : VMM_DONE_FAILURE;

  vmm_stats_add (run->runner->stats, job->message->verb, job->host, done,
                 g_get_monotonic_time () - job->started_us);
}

void
vmm_runner_run (const VmmRunner *self, VmmJob *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmPlan) plan = vmm_plan_of_message (self->config, self->options, self->release,
                                                 job->message, &error);
  Run run = { .runner = self, .job = job, .plan = plan };
  gboolean success = FALSE;

  if (plan == NULL)
    run.failure = g_strdup (error->message);
  else
    success = run_steps (&run);
  answer (&run, success);
  count (&run, success);
  g_free (run.info);
  g_free (run.failure);
}
