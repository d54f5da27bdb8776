/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "driver/assignments.h"
#include "vmm-limits.h"

#define DEFAULT_HOST_DIR "/var/tmp/one"

static void
warn (VmmConfig *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
warn (VmmConfig *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (self->warnings, g_strdup_vprintf (format, args));
  va_end (args);
}

static void
set_places (VmmConfig *self)
{
  const char *root = g_getenv ("ONE_LOCATION");

  if (root != NULL && *root != '\0')
    {
      self->etc_dir = g_build_filename (root, "etc", NULL);
      self->var_dir = g_build_filename (root, "var", NULL);
      self->log_dir = g_strdup (self->var_dir);
    }
  else
    {
      self->etc_dir = g_strdup ("/etc/one");
      self->var_dir = g_strdup ("/var/lib/one");
      self->log_dir = g_strdup ("/var/log/one");
    }
  self->remotes_dir = g_build_filename (self->var_dir, "remotes", NULL);
}

/* ---- vmm_execrc ---- */

static void
set_number (VmmConfig *self, const char *name, const char *value, guint min, guint max, guint *to)
{
  guint64 number;
  g_autoptr (GError) error = NULL;

  if (g_ascii_string_to_unsigned (value, 10, min, max, &number, &error))
    *to = (guint) number;
  else
    warn (self, "vmm_execrc: %s=%s: %s; using %u", name, value, error->message, *to);
}

static void
set_words (char ***to, const char *value)
{
  g_auto (GStrv) words = g_strsplit_set (value, " \t\n", -1);
  GStrvBuilder *builder = g_strv_builder_new ();

  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      g_strv_builder_add (builder, *word);
  g_strfreev (*to);
  *to = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
}

static void
set_string (char **to, const char *value)
{
  g_free (*to);
  *to = *value == '\0' ? NULL : g_strdup (value);
}

static void
apply_setting (const char *name, const char *value, gpointer user_data)
{
  VmmConfig *self = user_data;

  if (!g_setenv (name, value, TRUE))
    warn (self, "vmm_execrc: cannot set %s in the environment", name);

  if (g_str_equal (name, "LIVE_DISK_SNAPSHOTS"))
    set_words (&self->live_disk_snapshots, value);
  else if (g_str_equal (name, "VNMAD_LOCAL_ACTIONS"))
    set_words (&self->vnm_local_actions, value);
  else if (g_str_equal (name, "VMM_RELEASE"))
    set_string (&self->release, value);
  else if (g_str_equal (name, "VMM_TRANSPORT"))
    {
      if (g_str_equal (value, "auto") || g_str_equal (value, "libssh2")
          || g_str_equal (value, "openssh"))
        set_string (&self->transport, value);
      else
        warn (self, "vmm_execrc: VMM_TRANSPORT=%s: must be auto, libssh2 or openssh; using %s",
              value, self->transport);
    }
  else if (g_str_equal (name, "VMM_SSH_CONFIG"))
    set_string (&self->ssh_config, value);
  else if (g_str_equal (name, "VMM_SSH_CONNECT_TIMEOUT"))
    set_number (self, name, value, 1, 3600, &self->ssh_connect_timeout_s);
  else if (g_str_equal (name, "VMM_SSH_IDLE"))
    set_number (self, name, value, 0, 86400, &self->ssh_idle_s);
  else if (g_str_equal (name, "VMM_SSH_IDLE_MAX"))
    set_number (self, name, value, 0, 100000, &self->ssh_idle_max);
  else if (g_str_equal (name, "VMM_SSH_HOST_MAX"))
    set_number (self, name, value, 1, VMM_MAX_THREADS, &self->ssh_per_host_max);
  else if (g_str_equal (name, "VMM_SSH_CONNECTING_MAX"))
    set_number (self, name, value, 1, VMM_MAX_THREADS, &self->ssh_connecting_max);
  else if (g_str_has_prefix (name, "VMM_"))
    warn (self, "vmm_execrc: unknown setting %s", name);
}

static char *
read_config_file (VmmConfig *self, const char *path, gboolean warn_missing)
{
  g_autoptr (GError) error = NULL;
  char *text = vmm_fd_read_file (path, VMM_MAX_CONFIG_BYTES, NULL, &error);

  if (text == NULL && (warn_missing || access (path, F_OK) == 0))
    warn (self, "%s", error->message);
  return text;
}

static void
read_execrc (VmmConfig *self)
{
  g_autofree char *path = g_build_filename (self->etc_dir, "vmm_exec", "vmm_execrc", NULL);
  g_autofree char *text = read_config_file (self, path, FALSE);

  if (text != NULL)
    vmm_assignments_parse (text, apply_setting, self->warnings, "vmm_execrc", self);
}

/* ---- the file "config" that oned writes at its start: NAME=VALUE lines ---- */

static char *
find_last (const char *text, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  char *found = NULL;

  for (char **line = lines; *line != NULL; line++)
    {
      char *equals = strchr (*line, '=');

      if (equals == NULL)
        continue;
      *equals = '\0';
      if (!g_str_equal (g_strstrip (*line), name))
        continue;
      g_free (found);
      found = g_strdup (g_strstrip (equals + 1));
    }
  return found;
}

static char *
without_quotes (char *value)
{
  gsize len = strlen (value);

  if (len >= 2 && value[0] == '"' && value[len - 1] == '"')
    {
      value[len - 1] = '\0';
      memmove (value, value + 1, len - 1);
    }
  return value;
}

static void
read_oned_config (VmmConfig *self)
{
  g_autofree char *path = g_build_filename (self->var_dir, "config", NULL);
  g_autofree char *text = read_config_file (self, path, TRUE);
  g_autofree char *dir = text == NULL ? NULL : find_last (text, "SCRIPTS_REMOTE_DIR");

  if (dir != NULL && *without_quotes (dir) == '/')
    {
      self->host_dir = g_steal_pointer (&dir);
      return;
    }
  if (dir != NULL)
    warn (self, "%s: SCRIPTS_REMOTE_DIR=%s is not an absolute path", path, dir);
  else if (text != NULL)
    warn (self, "%s has no SCRIPTS_REMOTE_DIR", path);
  self->host_dir = g_strdup (DEFAULT_HOST_DIR);
  warn (self, "the scripts on hosts are taken to be in %s", self->host_dir);
}

VmmConfig *
vmm_config_load (void)
{
  VmmConfig *self = g_new0 (VmmConfig, 1);

  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->live_disk_snapshots = g_strsplit ("kvm-qcow2 kvm-ceph", " ", -1);
  self->vnm_local_actions = g_new0 (char *, 1);
  self->transport = g_strdup ("auto");
  self->ssh_connect_timeout_s = 30;
  self->ssh_idle_s = 300;
  self->ssh_idle_max = 500;
  self->ssh_per_host_max = 32;
  self->ssh_connecting_max = 5;
  set_places (self);
  read_execrc (self);
  read_oned_config (self);
  return self;
}

void
vmm_config_free (VmmConfig *self)
{
  if (self == NULL)
    return;
  g_free (self->etc_dir);
  g_free (self->var_dir);
  g_free (self->log_dir);
  g_free (self->remotes_dir);
  g_free (self->host_dir);
  g_strfreev (self->live_disk_snapshots);
  g_strfreev (self->vnm_local_actions);
  g_free (self->release);
  g_free (self->transport);
  g_free (self->ssh_config);
  g_ptr_array_unref (self->warnings);
  g_free (self);
}
