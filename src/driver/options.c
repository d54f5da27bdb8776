/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/options.h"

#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "vmm-limits.h"

/* What GOption fills in before it is checked. */
typedef struct
{
  char    *retries, *threads, *local, *shell, *timeout, *delegate;
  gboolean parallel, live_snapshots, all_local, host_first, poll_host, sync, check, version;
  char   **rest;
} Raw;

static void
raw_clear (Raw *raw)
{
  g_free (raw->retries);
  g_free (raw->threads);
  g_free (raw->local);
  g_free (raw->shell);
  g_free (raw->timeout);
  g_free (raw->delegate);
  g_strfreev (raw->rest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raw, raw_clear)

static GOptionContext *
make_context (Raw *raw, gboolean *help)
{
  const GOptionEntry entries[] = {
    { "threads", 't', 0, G_OPTION_ARG_STRING, &raw->threads,
      "Actions done at the same time (default 15)", "N" },
    { "retries", 'r', 0, G_OPTION_ARG_STRING, &raw->retries,
      "Further tries of a failed step, a second apart (default 0)", "N" },
    { "local", 'l', 0, G_OPTION_ARG_STRING, &raw->local,
      "Actions whose scripts run on this machine", "ACTION[=SCRIPT],..." },
    { "parallel", 'p', 0, G_OPTION_ARG_NONE, &raw->parallel,
      "Several actions on one host at a time", NULL },
    { "shell", 's', 0, G_OPTION_ARG_STRING, &raw->shell,
      "Shell that starts the scripts on hosts (default bash)", "SHELL" },
    { "timeout", 'w', 0, G_OPTION_ARG_STRING, &raw->timeout,
      "Limit of one step in seconds, connecting included (default none)", "SECONDS" },
    { "delegate", 'd', 0, G_OPTION_ARG_STRING, &raw->delegate,
      "Actions that get SSH agent forwarding (default migrate)", "ACTION,..." },
    { "default-snapshots", 0, 0, G_OPTION_ARG_STRING, &raw->delegate,
      "Disk snapshots of 4.14: suspend (default) or detach; also -d", "STRATEGY" },
    { "live-snapshots", 'i', 0, G_OPTION_ARG_NONE, &raw->live_snapshots,
      "Disk snapshots of 4.14 without a pause, where LIVE_DISK_SNAPSHOTS allows", NULL },
    { "all-local", 0, 0, G_OPTION_ARG_NONE, &raw->all_local,
      "All scripts run on this machine (one_vmm_sh)", NULL },
    { "host-first", 0, 0, G_OPTION_ARG_NONE, &raw->host_first,
      "Scripts get the host as an extra first argument", NULL },
    { "poll-host", 0, 0, G_OPTION_ARG_NONE, &raw->poll_host,
      "The poll script gets the host as an extra last argument", NULL },
    { "sync", 0, 0, G_OPTION_ARG_NONE, &raw->sync,
      "Refresh the remotes on HOST... and exit", NULL },
    { "check", 0, 0, G_OPTION_ARG_NONE, &raw->check,
      "Say whether this front-end and HOST... are ready, and exit", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &raw->version, "Print the version and exit", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, help, "Print this help and exit", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw->rest, NULL, NULL },
    { .long_name = NULL },
  };
  GOptionContext *context = g_option_context_new ("DRIVER_DIRECTORY");

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context,
      "OpenNebula's virtual machine driver: reads requests of oned on standard input, runs\n"
      "the scripts of remotes/vmm/DRIVER_DIRECTORY for them on the hosts, and answers.");
  g_option_context_set_description (context,
      "Examples:\n"
      "  one_vmm_exec -t 15 -r 0 kvm\n"
      "  one_vmm_exec -t 15 -p -l migrate=migrate_local,save kvm\n"
      "  one_vmm_exec --sync host01 host02\n\n"
      "See one_vmm_exec(8).\n");
  return context;
}

static gboolean
invalid (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
invalid (GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID, text);
  return FALSE;
}

static gboolean
take_number (const char *option, const char *text, guint min, guint max, guint *to, GError **error)
{
  guint64 number;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, min, max, &number, NULL))
    return invalid (error, "%s takes a whole number from %u to %u, not '%s'", option, min, max,
                    text);
  *to = (guint) number;
  return TRUE;
}

/* A name below remotes/vmm and nothing else: it becomes part of a path. */
static gboolean
take_driver (VmmOptions *self, char **rest, GError **error)
{
  if (rest == NULL || **rest == '\0')
    return invalid (error, "the driver's directory is missing, as in: one_vmm_exec -t 15 kvm");
  if (rest[1] != NULL)
    return invalid (error, "one driver directory expected, but there is '%s' after '%s'", rest[1],
                    rest[0]);
  if (rest[0][0] == '.' || strchr (rest[0], '/') != NULL)
    return invalid (error, "'%s' is not the name of a directory in remotes/vmm", rest[0]);
  self->driver = g_strdup (rest[0]);
  return TRUE;
}

static gboolean
take_delegate (VmmOptions *self, const char *text, GPtrArray *warnings)
{
  if (text != NULL && g_ascii_strcasecmp (text, "suspend") == 0)
    self->snapshots = VMM_SNAPSHOT_SUSPEND;
  else if (text != NULL && g_ascii_strcasecmp (text, "detach") == 0)
    self->snapshots = VMM_SNAPSHOT_DETACH;
  else if (text != NULL)
    {
      self->delegate = vmm_action_list_parse (text, warnings);
      return TRUE;
    }
  self->delegate = vmm_action_list_parse ("migrate", warnings);
  return TRUE;
}

static gboolean
take_shell (VmmOptions *self, const char *text, GError **error)
{
  if (text != NULL && (*text == '\0' || strpbrk (text, " \t\n") != NULL))
    return invalid (error, "-s takes the name of a shell such as bash or sh, not '%s'", text);
  self->shell = g_strdup (text == NULL ? "bash" : text);
  return TRUE;
}

static gboolean
check (VmmOptions *self, const Raw *raw, GError **error)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);

  self->threads = 15;
  self->parallel = raw->parallel;
  self->live_snapshots = raw->live_snapshots;
  self->all_local = raw->all_local;
  self->host_first = raw->host_first;
  self->poll_host = raw->poll_host;
  if (!take_number ("-t", raw->threads, 1, VMM_MAX_THREADS, &self->threads, error)
      || !take_number ("-r", raw->retries, 0, VMM_MAX_RETRIES, &self->retries, error)
      || !take_number ("-w", raw->timeout, 0, VMM_MAX_TIMEOUT_S, &self->timeout_s, error)
      || !take_shell (self, raw->shell, error)
      || !take_delegate (self, raw->delegate, warnings))
    return FALSE;
  if (raw->local != NULL)
    self->local = vmm_action_list_parse (raw->local, warnings);
  if (raw->sync || raw->check)
    {
      self->mode = raw->sync ? VMM_MODE_SYNC : VMM_MODE_CHECK;
      self->hosts = raw->rest == NULL ? g_new0 (char *, 1) : g_strdupv (raw->rest);
      if (raw->sync && self->hosts[0] == NULL)
        return invalid (error, "--sync needs at least one host");
    }
  else if (!take_driver (self, raw->rest, error))
    return FALSE;
  for (guint i = 0; i < warnings->len; i++)
    vmm_log ("warning: %s", (char *) g_ptr_array_index (warnings, i));
  return TRUE;
}

/* oned gives all of ARGUMENTS as one argument. A lone word needs no splitting. */
static char **
split_arguments (int argc, char **argv, GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *line = NULL;
  int n = 0;

  if (argc != 2 || strpbrk (argv[1], " \t\n'\"") == NULL)
    return g_strdupv (argv);
  line = g_strconcat ("one_vmm_exec ", argv[1], NULL);
  if (!g_shell_parse_argv (line, &n, &words, error))
    {
      g_prefix_error (error, "ARGUMENTS \"%s\": ", argv[1]);
      return NULL;
    }
  return g_steal_pointer (&words);
}

/* "-t15" is "-t 15", as getopt has it and GOption has not. */
static char **
split_attached (char **words)
{
  g_autoptr (GStrvBuilder) split = g_strv_builder_new ();

  for (; *words != NULL; words++)
    {
      const char *word = *words;
      const char option[] = { '-', word[0] == '-' ? word[1] : '\0', '\0' };

      if (option[1] != '\0' && strchr ("rtlswd", option[1]) != NULL && word[2] != '\0')
        g_strv_builder_add_many (split, option, word + 2, NULL);
      else
        g_strv_builder_add (split, word);
    }
  return g_strv_builder_end (split);
}

VmmOptions *
vmm_options_parse (int argc, char **argv, GError **error)
{
  g_autoptr (VmmOptions) self = g_new0 (VmmOptions, 1);
  g_auto (Raw) raw = { 0 };
  g_auto (GStrv) given = split_arguments (argc, argv, error);
  g_auto (GStrv) words = given == NULL ? NULL : split_attached (given);
  gboolean help = FALSE;
  g_autoptr (GOptionContext) context = make_context (&raw, &help);

  if (words == NULL || !g_option_context_parse_strv (context, &words, error))
    return NULL;
  if (help || raw.version)
    {
      self->mode = VMM_MODE_HELP;
      self->message = help ? g_option_context_get_help (context, TRUE, NULL)
                           : g_strdup ("one_vmm_exec (one-vmm) " PACKAGE_VERSION "\n");
    }
  else if (!check (self, &raw, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
vmm_options_free (VmmOptions *self)
{
  if (self == NULL)
    return;
  g_free (self->message);
  g_strfreev (self->hosts);
  g_free (self->driver);
  g_free (self->shell);
  vmm_action_list_free (self->local);
  vmm_action_list_free (self->delegate);
  g_free (self);
}

gboolean
vmm_options_is_local (const VmmOptions *self, const char *action)
{
  return self->all_local || vmm_action_list_has (self->local, action);
}

const char *
vmm_options_local_script (const VmmOptions *self, const char *action)
{
  return vmm_action_list_script (self->local, action);
}
