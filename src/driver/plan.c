/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/plan.h"

#include <string.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/error.h"
#include "common/fd.h"
#include "driver/era.h"
#include "driver/script.h"
#include "driver/values.h"
#include "driver/vnm.h"
#include "vmm-limits.h"

static GPtrArray *plan_steps (const VmmRequest *request, const VmmStep *steps, GError **error);

/* ---- memory ---- */

static void
call_free (VmmCall *call)
{
  g_free (call->driver);
  vmm_command_free (call->command);
  g_free (call);
}

static void
step_free (VmmPlanStep *step)
{
  g_ptr_array_unref (step->calls);
  g_ptr_array_unref (step->undo);
  g_free (step);
}

static VmmPlanStep *
step_new (const VmmStep *from)
{
  VmmPlanStep *step = g_new0 (VmmPlanStep, 1);

  step->kind = from->kind;
  step->name = from->name;
  step->best_effort = from->best_effort;
  step->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) call_free);
  step->undo = g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);
  return step;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmPlanStep, step_free)

static void
add_call (VmmPlanStep *step, const char *driver, VmmCommand *command)
{
  VmmCall *call = g_new0 (VmmCall, 1);

  call->driver = g_strdup (driver);
  call->command = command;
  g_ptr_array_add (step->calls, call);
}

/* ---- arguments ---- */

/* Appends the values called in words to argv. */
static gboolean
add_values (const VmmRequest *request, const char *words, GStrvBuilder *argv, GError **error)
{
  g_auto (GStrv) names = g_strsplit (words == NULL ? "" : words, " ", -1);

  for (char **name = names; *name != NULL; name++)
    {
      g_autofree char *text = NULL;

      if (**name == '\0')
        continue;
      text = vmm_value_get (request, *name, error);
      if (text == NULL)
        return FALSE;
      g_strv_builder_add (argv, text);
    }
  return TRUE;
}

static char *
step_host (const VmmRequest *request, const VmmStep *step, GError **error)
{
  return vmm_value_get (request, step->at_destination ? "dest_host" : "host", error);
}

/* ---- input ---- */

static GBytes *
bytes_of (const char *text)
{
  return g_bytes_new (text, strlen (text));
}

static GBytes *
no_bytes (void)
{
  return g_bytes_new_static ("", 0);
}

/* What a host's script reads ends in a newline more than what was sent, as if
 * it came from a here-document, which is how scripts have always got it. */
static GBytes *
with_newline (GBytes *bytes)
{
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);
  char *copy = g_malloc (len + 2);

  memcpy (copy, data, len);
  copy[len] = '\n';
  copy[len + 1] = '\0';
  return g_bytes_new_take (copy, len + 1);
}

static GBytes *
as_base64 (const VmmRequest *request, GBytes *bytes)
{
  const VmmRelease *release = request->release;
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);
  g_autoptr (GString) text = g_string_sized_new (len + 1);
  char *encoded;

  for (gsize i = 0; i < len; i++)
    if (data[i] != '\n' || !release->local_without_newlines)
      g_string_append_c (text, data[i]);
  encoded = vmm_base64_encode (text->str, text->len, release->local_base64_columns);
  return g_bytes_new_take (encoded, strlen (encoded));
}

static GBytes *
element_bytes (const VmmRequest *request, const char *name, GError **error)
{
  xmlNode *node = vmm_payload_node (request->payload, name);

  if (node == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING, "Cannot perform %s, expecting %s",
                   request->message->verb, name);
      return NULL;
    }
  {
    char *xml = vmm_payload_serialise (node);

    return g_bytes_new_take (xml, strlen (xml));
  }
}

static GBytes *
deployment_file (const VmmRequest *request, GError **error)
{
  g_autofree char *path = vmm_payload_text (request->payload, "LOCAL_DEPLOYMENT_FILE");
  g_autoptr (GError) problem = NULL;
  char *text = NULL;
  gsize len = 0;

  if (path == NULL || *path == '\0')
    g_set_error (&problem, VMM_ERROR, VMM_ERROR_MISSING, "the request names none");
  else if ((text = vmm_fd_read_file (path, VMM_MAX_FILE_BYTES, &len, &problem)) != NULL && len > 0)
    return g_bytes_new_take (text, len);
  else if (text != NULL)
    g_set_error (&problem, VMM_ERROR, VMM_ERROR_INVALID, "%s: is empty", path);
  g_free (text);
  g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING, "Cannot open deployment file: %s",
               problem->message);
  return NULL;
}

static GBytes *
ds_action (const VmmRequest *request, GError **error)
{
  g_autoptr (GBytes) datastore = element_bytes (request, "DATASTORE", error);
  g_autoptr (GBytes) vm = datastore == NULL ? NULL : element_bytes (request, "VM", error);

  if (vm == NULL)
    return NULL;
  {
    char *xml = g_strdup_printf ("<DS_DRIVER_ACTION_DATA>%.*s%.*s</DS_DRIVER_ACTION_DATA>",
                                 (int) g_bytes_get_size (datastore),
                                 (const char *) g_bytes_get_data (datastore, NULL),
                                 (int) g_bytes_get_size (vm),
                                 (const char *) g_bytes_get_data (vm, NULL));

    return g_bytes_new_take (xml, strlen (xml));
  }
}

/* What the step's script reads, before it takes the form of its machine. */
static GBytes *
plain_input (const VmmRequest *request, const VmmStep *step, gboolean local, GError **error)
{
  const VmmRelease *release = request->release;
  g_autofree char *text = NULL;

  switch (step->input)
    {
    case VMM_INPUT_DEFAULT:
      if (step->kind == VMM_STEP_VMM && release->scripts_read)
        return g_bytes_ref (vmm_payload_xml (request->payload));
      return no_bytes ();
    case VMM_INPUT_NONE:
      return no_bytes ();
    case VMM_INPUT_DEPLOYMENT:
      return local && !release->local_deploy_reads ? no_bytes () : deployment_file (request, error);
    case VMM_INPUT_VM:
      return element_bytes (request, "VM", error);
    case VMM_INPUT_VM_BASE64:
      text = vmm_value_get (request, "vm_base64", error);
      return text == NULL ? NULL : bytes_of (text);
    case VMM_INPUT_DATASTORE:
      return element_bytes (request, "DATASTORE", error);
    case VMM_INPUT_DS_ACTION:
      return ds_action (request, error);
    }
  g_return_val_if_reached (NULL);
}

/* vmm scripts: base64 here, bytes on a host. */
static GBytes *
script_input (const VmmRequest *request, const VmmStep *step, gboolean local, GError **error)
{
  g_autoptr (GBytes) plain = plain_input (request, step, local, error);

  if (plain == NULL)
    return NULL;
  if (g_bytes_get_size (plain) == 0)
    return g_steal_pointer (&plain);
  return local ? as_base64 (request, plain) : with_newline (plain);
}

/* ---- vmm ---- */

static gboolean
add_vm_file (const VmmRequest *request, const char *element, const char *path, gboolean local,
             GPtrArray *files, GError **error)
{
  g_autoptr (GBytes) xml = element_bytes (request, element, error);
  g_autoptr (GBytes) data = NULL;

  if (xml == NULL)
    return FALSE;
  data = local ? as_base64 (request, xml) : g_bytes_ref (xml);
  g_ptr_array_add (files, vmm_file_new (path, data));
  return TRUE;
}

static GPtrArray *
vm_files (const VmmRequest *request, gboolean local, GError **error)
{
  g_autofree char *dfile = vmm_value_get (request, "dfile", error);
  g_autofree char *dir = dfile == NULL ? NULL : g_path_get_dirname (dfile);
  g_autofree char *vm = dir == NULL ? NULL : g_build_filename (dir, "vm.xml", NULL);
  g_autofree char *ds = dir == NULL ? NULL : g_build_filename (dir, "ds.xml", NULL);
  g_autoptr (GPtrArray) files =
    g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_file_free);

  if (dir == NULL || !add_vm_file (request, "VM", vm, local, files, error)
      || !add_vm_file (request, "DATASTORE", ds, local, files, error))
    return NULL;
  return g_steal_pointer (&files);
}

/* The arguments of every vmm script: its own, then the VM's id and the host. */
static gboolean
add_vmm_arguments (const VmmRequest *request, const VmmStep *step, const char *host,
                   GStrvBuilder *argv, GError **error)
{
  const VmmOptions *options = request->options;

  if (options->host_first)
    g_strv_builder_add (argv, host);
  if (!add_values (request, step->args, argv, error))
    return FALSE;
  if (!step->bare)
    g_strv_builder_add_many (argv, request->message->id, host, NULL);
  if (options->poll_host && strcmp (step->name, "poll") == 0)
    g_strv_builder_add (argv, host);
  return TRUE;
}

/* -d lends the agent that there is; without one there is nothing to lend. */
static gboolean
lends_agent (const VmmRequest *request)
{
  return request->release->delegates
         && vmm_action_list_has (request->options->delegate, request->message->verb)
         && g_getenv ("SSH_AUTH_SOCK") != NULL;
}

static gboolean
plan_vmm (const VmmRequest *request, const VmmStep *step, VmmPlanStep *to, GError **error)
{
  const VmmOptions *options = request->options;
  gboolean local = vmm_options_is_local (options, step->name);
  const char *script = local ? vmm_options_local_script (options, step->name) : NULL;
  g_autofree char *host = step_host (request, step, error);
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autoptr (GPtrArray) files = NULL;
  g_autofree char *path = NULL;
  GBytes *input;
  VmmCommand *command;

  if (host == NULL)
    return FALSE;
  path = vmm_script_path (request->config, local, "vmm", options->driver,
                          script != NULL ? script : step->name);
  g_strv_builder_add (argv, path);
  if (!add_vmm_arguments (request, step, host, argv, error))
    return FALSE;
  if (step->with_vm_files && (files = vm_files (request, local, error)) == NULL)
    return FALSE;
  input = script_input (request, step, local, error);
  if (input == NULL)
    return FALSE;
  command = vmm_command_new (local ? NULL : g_steal_pointer (&host), g_strv_builder_end (argv),
                             input, g_steal_pointer (&files));
  command->forward_agent = lends_agent (request);
  add_call (to, NULL, command);
  return TRUE;
}

/* ---- vnm ---- */

static gboolean
vnm_is_local (const VmmRequest *request, const char *driver, const char *name)
{
  g_autofree char *entry = g_strdup_printf ("%s-%s", driver, name);

  return vmm_options_is_local (request->options, name)
         || g_strv_contains ((const char *const *) request->config->vnm_local_actions, entry);
}

static gboolean
plan_vnm_driver (const VmmRequest *request, const VmmStep *step, const char *driver,
                 const char *vm, const char *host, VmmPlanStep *to, GError **error)
{
  gboolean local = vnm_is_local (request, driver, step->name);
  g_autofree char *path = vmm_script_path (request->config, local, "vnm", driver, step->name);
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autoptr (GBytes) input = NULL;
  VmmCommand *command;

  g_strv_builder_add (argv, path);
  if (!request->release->vnm_reads)
    g_strv_builder_add (argv, vm);
  if (!add_values (request, step->args, argv, error))
    return FALSE;
  input = request->release->vnm_reads ? bytes_of (vm) : no_bytes ();
  if (!local && g_bytes_get_size (input) > 0)
    {
      GBytes *longer = with_newline (input);

      g_bytes_unref (input);
      input = longer;
    }
  command = vmm_command_new (local ? NULL : g_strdup (host), g_strv_builder_end (argv),
                             g_steal_pointer (&input), NULL);
  command->forward_agent = lends_agent (request);
  add_call (to, driver, command);
  return TRUE;
}

static gboolean
plan_vnm (const VmmRequest *request, const VmmStep *step, VmmPlanStep *to, GError **error)
{
  g_autofree char *host = step_host (request, step, error);
  g_auto (GStrv) drivers = NULL;
  g_autofree char *vm = NULL;

  if (host == NULL
      || (drivers = vmm_vnm_drivers (request, step->at_destination, error)) == NULL
      || (vm = vmm_vnm_message (request, error)) == NULL)
    return FALSE;
  for (char **driver = drivers; *driver != NULL; driver++)
    if (!plan_vnm_driver (request, step, *driver, vm, host, to, error))
      return FALSE;
  return TRUE;
}

/* ---- tm and ds: words that oned wrote ---- */

/* SNAP_CREATE.ssh with the suffix _LIVE is SNAP_CREATE_LIVE.ssh. */
static char *
changed_word (const VmmRequest *request, const VmmStep *step, const char *word)
{
  const char *prefix = step->prefix == NULL ? "" : step->prefix;
  const char *suffix = step->suffix == NULL ? "" : step->suffix;
  gsize head = request->release->dotted_live ? strcspn (word, ".") : strlen (word);

  return g_strdup_printf ("%s%.*s%s%s", prefix, (int) head, word, suffix, word + head);
}

static char **
split_words (const char *line)
{
  g_auto (GStrv) parts = g_strsplit_set (line, " \t\r\n", -1);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0')
      g_strv_builder_add (words, *part);
  return g_strv_builder_end (words);
}

/* "clone.ssh" where there is one, else "clone". */
static char *
tm_script (const VmmRequest *request, const char *tm_mad, const char *verb)
{
  g_autofree char *name = g_ascii_strdown (verb, -1);
  g_autofree char *path = vmm_script_path (request->config, TRUE, "tm", tm_mad, name);
  char *dot = strchr (name, '.');

  if (request->release->verb_sys && dot != NULL && access (path, F_OK) < 0)
    {
      *dot = '\0';
      return vmm_script_path (request->config, TRUE, "tm", tm_mad, name);
    }
  return g_steal_pointer (&path);
}

static gboolean
plan_words (const VmmRequest *request, const VmmStep *step, char **words, VmmPlanStep *to,
            GError **error)
{
  g_autoptr (GStrvBuilder) argv = g_strv_builder_new ();
  g_autofree char *verb = changed_word (request, step, words[0]);
  g_autofree char *driver = step->kind == VMM_STEP_DS ? vmm_value_get (request, "ds_mad", error)
                                                      : g_strdup (words[1]);
  g_autofree char *path = NULL;
  GBytes *input;

  if (driver == NULL || !vmm_script_check_name ("driver", driver, error)
      || !vmm_script_check_name ("transfer manager action", verb, error))
    return FALSE;
  path = step->kind == VMM_STEP_DS
           ? vmm_script_path (request->config, TRUE, "datastore", driver, step->name)
           : tm_script (request, driver, verb);
  g_strv_builder_add (argv, path);
  g_strv_builder_addv (argv, (const char **) words + 2);
  if (!add_values (request, step->args, argv, error))
    return FALSE;
  input = plain_input (request, step, TRUE, error);
  if (input == NULL)
    return FALSE;
  add_call (to, NULL, vmm_command_new (NULL, g_strv_builder_end (argv), input, NULL));
  return TRUE;
}

static gboolean
plan_command (const VmmRequest *request, const VmmStep *step, const char *line, VmmPlanStep *to,
              GError **error)
{
  g_auto (GStrv) words = split_words (line);

  if (g_strv_length (words) < 2)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "Cannot perform %s: the transfer manager command '%s' names no driver",
                   request->message->verb, line);
      return FALSE;
    }
  return plan_words (request, step, words, to, error);
}

static gboolean
add_command (const VmmRequest *request, const VmmStep *step, const char *line, GPtrArray *steps,
             GError **error)
{
  g_autoptr (VmmPlanStep) planned = step_new (step);

  if (!plan_command (request, step, line, planned, error))
    return FALSE;
  g_ptr_array_add (steps, g_steal_pointer (&planned));
  return TRUE;
}

static gboolean
add_commands (const VmmRequest *request, const VmmStep *step, GPtrArray *steps, GError **error)
{
  g_autofree char *command = vmm_value_get (request, step->command, error);
  g_auto (GStrv) lines = NULL;

  if (command == NULL)
    return FALSE;
  if (!step->each_line)
    return add_command (request, step, command, steps, error);

  lines = g_strsplit (command, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (*g_strstrip (*line) != '\0' && !add_command (request, step, *line, steps, error))
      return FALSE;
  return TRUE;
}

static gboolean
add_script (const VmmRequest *request, const VmmStep *step, GPtrArray *steps, GError **error)
{
  g_autoptr (VmmPlanStep) planned = step_new (step);

  if (!(step->kind == VMM_STEP_VMM ? plan_vmm : plan_vnm) (request, step, planned, error))
    return FALSE;
  g_ptr_array_add (steps, g_steal_pointer (&planned));
  return TRUE;
}

/* ---- steps ---- */

static gboolean
plan_step (const VmmRequest *request, const VmmStep *step, GPtrArray *steps, GError **error)
{
  gboolean has_command = step->kind == VMM_STEP_TM || step->kind == VMM_STEP_DS;
  guint before = steps->len;

  if (step->when != NULL && !vmm_value_is_set (request, step->when))
    return TRUE;
  if (!(has_command ? add_commands : add_script) (request, step, steps, error))
    return FALSE;
  if (step->undo != NULL && steps->len > before)
    {
      VmmPlanStep *planned = g_ptr_array_index (steps, steps->len - 1);
      GPtrArray *undo = plan_steps (request, step->undo, error);

      if (undo == NULL)
        return FALSE;
      g_ptr_array_unref (planned->undo);
      planned->undo = undo;
    }
  return TRUE;
}

static GPtrArray *
plan_steps (const VmmRequest *request, const VmmStep *steps, GError **error)
{
  g_autoptr (GPtrArray) planned =
    g_ptr_array_new_with_free_func ((GDestroyNotify) step_free);

  for (const VmmStep *step = steps; step->kind != VMM_STEP_END; step++)
    if (!plan_step (request, step, planned, error))
      return NULL;
  return g_steal_pointer (&planned);
}

/* ---- which recipe ---- */

static gboolean
pair_is_live (const VmmRequest *request)
{
  g_autofree char *vmm = vmm_payload_text (request->payload,
                                           request->release->message_net_drv
                                             ? "VM/HISTORY_RECORDS/HISTORY/VMMMAD"
                                             : "VM/HISTORY_RECORDS/HISTORY/VM_MAD");
  g_autofree char *tm = vmm_value_get (request, "snap_tm_mad", NULL);
  g_autofree char *thin = vmm_payload_text (request->payload,
                                            "DATASTORE/TEMPLATE/LVM_THIN_ENABLE");
  g_autofree char *pair = NULL;

  if (vmm == NULL || tm == NULL)
    return FALSE;
  if (request->release->thin_lvm && strcmp (tm, "fs_lvm_ssh") == 0 && thin != NULL
      && g_ascii_strcasecmp (thin, "yes") == 0)
    pair = g_strdup_printf ("%s-lvm_thin", vmm);
  else
    pair = g_strdup_printf ("%s-%s", vmm, tm);
  return g_strv_contains ((const char *const *) request->config->live_disk_snapshots, pair);
}

/* The state of a VM of which a backup is made while it runs (LCM_STATE BACKUP). */
static gboolean
vm_runs (const VmmRequest *request)
{
  g_autofree char *state = vmm_payload_text (request->payload, "VM/LCM_STATE");

  return g_strcmp0 (state, "69") == 0;
}

static gboolean
holds (const VmmRequest *request, VmmCondition condition)
{
  switch (condition)
    {
    case VMM_IF_ALWAYS:
      return TRUE;
    case VMM_IF_LIVE_SNAPSHOT:
      return pair_is_live (request);
    case VMM_IF_LIVE_OPTION:
      return request->options->live_snapshots && pair_is_live (request);
    case VMM_IF_SUSPEND_SNAPSHOT:
      return request->options->snapshots == VMM_SNAPSHOT_SUSPEND;
    case VMM_IF_DETACH_SNAPSHOT:
      return request->options->snapshots == VMM_SNAPSHOT_DETACH;
    case VMM_IF_VM_RUNS:
      return vm_runs (request);
    }
  g_return_val_if_reached (FALSE);
}

static const VmmRecipe *
choose_recipe (const VmmRequest *request, guint release, GError **error)
{
  const char *verb = request->message->verb;
  const VmmRecipe *recipe;

  for (guint n = 0; (recipe = vmm_recipe_find (verb, release, n)) != NULL; n++)
    if (!holds (request, recipe->condition))
      continue;
    else if (recipe->steps != NULL)
      return recipe;
    else
      {
        g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID, recipe->refusal);
        return NULL;
      }
  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "unknown action %s (recipes of OpenNebula %s)",
               verb, request->release->name);
  return NULL;
}

VmmPlan *
vmm_plan_new (const VmmRequest *request, GError **error)
{
  const VmmRecipe *recipe = choose_recipe (request, request->release_number, error);
  g_autoptr (VmmPlan) self = NULL;

  if (recipe == NULL)
    return NULL;
  self = g_new0 (VmmPlan, 1);
  self->info = recipe->info;
  self->release = request->release_number;
  if (recipe->info_first != NULL
      && (self->info_first = vmm_value_get (request, recipe->info_first, error)) == NULL)
    return NULL;
  self->steps = plan_steps (request, recipe->steps, error);
  return self->steps == NULL ? NULL : g_steal_pointer (&self);
}

VmmPlan *
vmm_plan_of_message (const VmmConfig *config, const VmmOptions *options, guint release,
                     const VmmMessage *message, GError **error)
{
  g_autoptr (VmmPayload) payload =
    vmm_payload_new (message->base64, message->base64_len, error);
  VmmRequest request = { .config = config, .options = options, .message = message,
                         .payload = payload };

  if (payload == NULL)
    return NULL;
  request.release_number = release != 0 ? release : vmm_era_of_request (message, payload);
  request.release = vmm_release_find (request.release_number);
  return vmm_plan_new (&request, error);
}

void
vmm_plan_free (VmmPlan *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_free (self->info_first);
  g_free (self);
}

static void
set_deploy_id (GPtrArray *steps, const char *deploy_id)
{
  for (guint i = 0; i < steps->len; i++)
    {
      VmmPlanStep *step = g_ptr_array_index (steps, i);

      for (guint j = 0; j < step->calls->len; j++)
        {
          VmmCall *call = g_ptr_array_index (step->calls, j);

          for (char **arg = call->command->argv; *arg != NULL; arg++)
            if (strcmp (*arg, VMM_NEW_DEPLOY_ID) == 0)
              {
                g_free (*arg);
                *arg = g_strdup (deploy_id);
              }
        }
      set_deploy_id (step->undo, deploy_id);
    }
}

void
vmm_plan_set_deploy_id (VmmPlan *self, const char *deploy_id)
{
  set_deploy_id (self->steps, deploy_id);
}
