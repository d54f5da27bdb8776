/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/text.h"
#include "driver/era.h"
#include "driver/recipe.h"
#include "driver/ssh.h"
#include "driver/ssh/push.h"
#include "vmm-limits.h"

/* How long a host may take for all that it is asked. */
#define HOST_LIMIT_S 60

typedef enum
{
  FINE,
  NOTE,    /* works, but somebody should know */
  PROBLEM,
} Verdict;

typedef struct
{
  const VmmConfig *config;
  VmmTransport    *remote;
  guint            release;  /* 0: each request tells */
  char            *version;  /* of the remotes here, or NULL */
  VmmRemotes      *remotes;  /* those here, or NULL */
  guint            problems;
} Check;

static void
say (Check *self, Verdict verdict, const char *what, const char *format, ...)
  G_GNUC_PRINTF (4, 5);

static void
say (Check *self, Verdict verdict, const char *what, const char *format, ...)
{
  static const char *const words[] = { "ok", "note", "PROBLEM" };
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = vmm_text_one_line (text, -1, 0);
  printf ("  %-8s %-14s %s\n", words[verdict], what, safe);
  fflush (stdout);
  if (verdict == PROBLEM)
    self->problems++;
}

/* ---- the front-end ---- */

static void
check_config (Check *self)
{
  const VmmConfig *config = self->config;
  g_autofree char *rc = g_build_filename (config->etc_dir, "vmm_exec", "vmm_execrc", NULL);

  say (self, FINE, "configuration", access (rc, R_OK) == 0 ? "%s" : "%s (none; defaults hold)", rc);
  for (guint i = 0; i < config->warnings->len; i++)
    say (self, NOTE, "configuration", "%s", (char *) g_ptr_array_index (config->warnings, i));
  if (access (config->var_dir, R_OK | W_OK | X_OK) == 0)
    say (self, FINE, "state", "%s", config->var_dir);
  else
    say (self, PROBLEM, "state", "cannot write in %s: run this as the user of oned (oneadmin), or "
         "set ONE_LOCATION", config->var_dir);
}

static void
check_release (Check *self)
{
  g_autofree char *why = NULL;

  self->release = vmm_era_fixed (self->config, &why);
  say (self, FINE, "release", "%s%s(%s)",
       self->release == 0 ? "" : vmm_release_find (self->release)->name,
       self->release == 0 ? "" : " ", why);
}

/* What can be run, and what says that it should be. Settings, parts of scripts,
 * and copies that editors and packages leave are neither. */
static gboolean
is_script (const char *path, const char *name)
{
  static const char *const others[] = { ".*", "*rc", "*.sh", "*~*", "*.new", "*.ucf-*",
                                        "*.dpkg-*" };
  g_autofree char *start = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_pattern_match_simple (others[i], name))
      return FALSE;
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  if (access (path, X_OK) == 0)
    return TRUE;
  start = vmm_fd_read_file (path, VMM_MAX_CONFIG_BYTES, NULL, NULL);
  return start == NULL || g_str_has_prefix (start, "#!");
}

/* What the recipes call and the driver does not have. Whether it should have all
 * of it only its author knows. */
static void
check_complete (Check *self, const char *path)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) missing = g_string_new (NULL);
  gsize n;
  const VmmRecipe *recipes = vmm_recipe_table (&n);

  for (gsize i = 0; i < n; i++)
    if (self->release == 0
        || (recipes[i].from <= self->release && self->release <= recipes[i].to))
      for (const VmmStep *step = recipes[i].steps; step != NULL && step->kind != VMM_STEP_END;
           step++)
        {
          g_autofree char *script = g_build_filename (path, step->name, NULL);

          if (step->kind == VMM_STEP_VMM && g_hash_table_add (seen, (gpointer) step->name)
              && !g_file_test (script, G_FILE_TEST_EXISTS))
            g_string_append_printf (missing, " %s", step->name);
        }
  if (missing->len > 0)
    say (self, NOTE, "scripts", "%s lacks%s; actions that need them will fail", path,
         missing->str);
}

/* Every script of a driver's directory has to be executable. */
static void
check_driver (Check *self, const char *dir, const char *name, gboolean vmm)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GDir) files = g_dir_open (path, 0, NULL);
  guint n = 0;
  const char *file;

  while (files != NULL && (file = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *script = g_build_filename (path, file, NULL);

      if (!is_script (script, file))
        continue;
      n++;
      if (access (script, X_OK) < 0)
        say (self, PROBLEM, "scripts", "%s is not executable: chmod +x it", script);
    }
  if (n > 0)
    say (self, FINE, "scripts", "%s: %u", path, n);
  if (n > 0 && vmm && !g_str_has_suffix (name, "-common"))
    check_complete (self, path);
}

/* For comparison with what hosts have. */
static void
read_remotes (Check *self)
{
  static const VmmWait whenever = { G_MAXINT64, NULL };
  VmmWait wait = vmm_wait_at_most (&whenever, HOST_LIMIT_S * 1000);
  g_autofree char *file = g_build_filename (self->config->remotes_dir, "VERSION", NULL);
  g_autoptr (GError) error = NULL;

  if (g_file_get_contents (file, &self->version, NULL, NULL))
    g_strstrip (self->version);
  self->remotes = vmm_remotes_read (self->config->remotes_dir, &wait, &error);
  if (self->remotes == NULL)
    say (self, PROBLEM, "remotes", "%s: they could not be copied to hosts", error->message);
}

static void
check_remotes (Check *self)
{
  static const char *const parts[] = { "vmm", "vnm", "tm" };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *dir = g_build_filename (self->config->remotes_dir, parts[i], NULL);
      g_autoptr (GDir) drivers = g_dir_open (dir, 0, NULL);
      const char *driver;

      if (drivers == NULL)
        say (self, PROBLEM, "remotes", "there is no %s: install the remotes on this front-end", dir);
      while (drivers != NULL && (driver = g_dir_read_name (drivers)) != NULL)
        check_driver (self, dir, driver, i == 0);
    }
}

/* ---- a host ---- */

/* What the host is asked, in one go: one "word value" a line. Ages are told by
 * the host's own clock. */
static const char host_script[] =
  "d=$1; m=$d/" VMM_REMOTES_MARK "\n"
  "if [ -d \"$d/vmm\" ]; then echo \"remotes $(cd \"$d\" && ls vmm | tr '\\n' ' ')\"\n"
  "  echo \"version $(cat \"$d/VERSION\" 2>/dev/null)\"\n"
  "  [ ! -e \"$m\" ] || echo \"checksum $(cat \"$m\")\"\n"
  "  for f in \"$m\" \"$d/VERSION\" \"$d/vmm\"; do [ ! -e \"$f\" ] || break; done\n"
  "  echo \"age $(($(date +%s) - $(stat -c %Y \"$f\"))) $(date -r \"$f\" '+%Y-%m-%d %H:%M')\"\n"
  "  for f in \"$d\"/vmm/*/deploy; do [ ! -e \"$f\" ] || [ -x \"$f\" ] || echo \"notexec $f\"; done\n"
  "else echo 'remotes'; fi\n"
  "if command -v virsh >/dev/null; then\n"
  "  rc=$d/vmm/kvm/kvmrc\n"
  "  uri=$([ ! -r \"$rc\" ] || . \"$rc\" >/dev/null 2>&1\n"
  "    echo \"${LIBVIRT_URI:-${LIBVIRT_DEFAULT_URI:-qemu:///system}}\")\n"
  "  if v=$(timeout 20 virsh -c \"$uri\" version 2>&1); then echo \"libvirt $uri answers\"\n"
  "  else echo \"nolibvirt $uri: $(printf %s \"$v\" | tr '\\n' ' ')\"; fi\n"
  "fi\n"
  "for x in /usr/sbin/xl /usr/sbin/xm; do [ -x $x ] || continue\n"
  "  if [ $(id -u) = 0 ]; then s=; else s='sudo -n'; fi\n"
  "  if v=$(timeout 20 $s $x info 2>&1); then echo \"xen $x answers\"\n"
  "  else echo \"noxen $s $x info: $(printf %s \"$v\" | tr '\\n' ' ')\"; fi; break\n"
  "done; :\n";

typedef struct
{
  Check   *check;
  GString *said; /* on standard error, for a failure's reason */
} HostCheck;

static void
on_stderr (const char *data, gsize len, gpointer user_data)
{
  GString *said = ((HostCheck *) user_data)->said;

  g_string_append_len (said, data, MIN (len, 2000 - MIN (said->len, 2000)));
}

static void
on_notice (const char *text, gpointer user_data)
{
  say (((HostCheck *) user_data)->check, NOTE, "connection", "%s", text);
}

/* "259200 2026-11-20 09:30" */
static char *
describe_age (const char *value)
{
  char *when;
  gint64 age_s = g_ascii_strtoll (value, &when, 10);

  if (age_s < 2 * 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT " minutes old (%s)", age_s / 60, g_strstrip (when));
  if (age_s < 2 * 86400)
    return g_strdup_printf ("%" G_GINT64_FORMAT " hours old (%s)", age_s / 3600, g_strstrip (when));
  return g_strdup_printf ("%" G_GINT64_FORMAT " days old (%s)", age_s / 86400, g_strstrip (when));
}

static void
take_version (Check *self, const char *host, const char *version)
{
  if (self->version == NULL || strcmp (version, self->version) == 0)
    say (self, FINE, "remotes", "VERSION %s", *version == '\0' ? "none" : version);
  else
    say (self, PROBLEM, "remotes", "VERSION is %s there and %s here: one_vmm_exec --sync %s",
         *version == '\0' ? "none" : version, self->version, host);
}

static void
take_checksum (Check *self, const char *host, const char *checksum)
{
  if (self->remotes == NULL)
    return;
  if (strcmp (checksum, vmm_remotes_checksum (self->remotes)) == 0)
    say (self, FINE, "remotes", "the same as here");
  else
    say (self, NOTE, "remotes", "another copy than here: one_vmm_exec --sync %s", host);
}

static void
take_answer (Check *self, const char *host, const char *word, char *value, gboolean *hypervisor)
{
  const char *dir = self->config->host_dir;

  if (strcmp (word, "remotes") == 0 && *value == '\0')
    say (self, NOTE, "remotes", "none in %s; they are copied with the first action, or by "
         "one_vmm_exec --sync %s", dir, host);
  else if (strcmp (word, "remotes") == 0)
    say (self, FINE, "remotes", "%s: %s", dir, value);
  else if (strcmp (word, "version") == 0)
    take_version (self, host, value);
  else if (strcmp (word, "checksum") == 0)
    take_checksum (self, host, value);
  else if (strcmp (word, "age") == 0)
    {
      g_autofree char *age = describe_age (value);

      say (self, FINE, "remotes", "%s", age);
    }
  else if (strcmp (word, "notexec") == 0)
    say (self, PROBLEM, "remotes", "%s is not executable: one_vmm_exec --sync %s", value, host);
  else if (strcmp (word, "nolibvirt") == 0)
    say (self, PROBLEM, "libvirt", "does not answer at %s (does libvirtd run, and may this user "
         "use it?)", value);
  else if (strcmp (word, "noxen") == 0)
    say (self, PROBLEM, "xen", "does not answer: %s (is this Dom0, and does sudo let this user?)",
         value);
  else if (strcmp (word, "libvirt") == 0 || strcmp (word, "xen") == 0)
    say (self, FINE, word, "%s", value);
  *hypervisor |= strstr (word, "libvirt") != NULL || strstr (word, "xen") != NULL;
}

static void
take_answers (Check *self, const char *host, char *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  gboolean hypervisor = FALSE;

  for (char **line = lines; *line != NULL; line++)
    {
      char *blank = strchr (*line, ' ');

      if (blank != NULL)
        *blank++ = '\0';
      take_answer (self, host, *line, blank == NULL ? strchr (*line, '\0') : g_strstrip (blank),
                   &hypervisor);
    }
  if (!hypervisor)
    say (self, PROBLEM, "hypervisor", "there is neither virsh nor xl: install libvirt or Xen there");
}

/* Which way it went, and what each side showed. */
static void
tell_connection (Check *self, const char *host, gint64 duration_us)
{
  g_autoptr (GPtrArray) hosts = vmm_ssh_connections (self->remote);
  const char *set = self->config->transport;
  gboolean chosen = g_strcmp0 (set, "openssh") == 0 || g_strcmp0 (set, "libssh2") == 0;

  for (guint i = 0; i < hosts->len; i++)
    {
      const VmmHostConnections *at = hosts->pdata[i];
      const VmmConnection *connection = at->open->len == 0 ? NULL : at->open->pdata[0];

      if (connection == NULL || strcmp (at->host, host) != 0)
        continue;
      say (self, FINE, "connection", "through %s%s; %" G_GINT64_FORMAT
           " ms, with the first command", connection->transport,
           chosen ? ", as VMM_TRANSPORT says" : "", duration_us / 1000);
      say (self, FINE, "key", "%s", connection->key == NULL ? "ssh does not tell"
                                                            : connection->key);
      say (self, FINE, "host key", "%s", connection->host_key == NULL ? "ssh does not tell"
                                                                      : connection->host_key);
    }
}

static VmmCommand *
host_command (const Check *self, const char *host)
{
  const char *const argv[] = { "/bin/sh", "-c", host_script, "check", self->config->host_dir, NULL };

  return vmm_command_new (g_strdup (host), g_strdupv ((char **) argv), g_bytes_new_static ("", 0),
                          NULL);
}

static void
check_host (Check *self, const char *host)
{
  g_autoptr (VmmCommand) command = host_command (self, host);
  g_autoptr (GString) said = g_string_new (NULL);
  HostCheck listener = { .check = self, .said = said };
  gint64 before = g_get_monotonic_time ();
  VmmRunContext context = { before + HOST_LIMIT_S * G_TIME_SPAN_SECOND, NULL, on_stderr, on_notice,
                            &listener };
  g_auto (VmmOutcome) outcome;

  vmm_outcome_init (&outcome);
  vmm_transport_run (self->remote, command, &context, &outcome);
  if (vmm_outcome_is_success (&outcome))
    {
      tell_connection (self, host, g_get_monotonic_time () - before);
      take_answers (self, host, outcome.output->str);
    }
  else
    {
      g_autofree char *ended = vmm_outcome_describe (&outcome);

      if (outcome.ending == VMM_ENDED_NOT_STARTED && outcome.reason != NULL)
        say (self, PROBLEM, "connection", "%s", outcome.reason);
      else
        say (self, PROBLEM, "connection", "the command %s %s", ended, said->str);
      if (self->config->ssh_config == NULL)
        say (self, NOTE, "connection", "to try by hand: ssh %s", host);
      else
        say (self, NOTE, "connection", "to try by hand: ssh -F %s %s", self->config->ssh_config,
             host);
    }
}

guint
vmm_check_run (const VmmConfig *config, VmmTransport *remote, char **hosts)
{
  Check self = { .config = config, .remote = remote };

  vmm_ssh_explain (remote);
  puts ("front-end");
  check_config (&self);
  check_release (&self);
  check_remotes (&self);
  read_remotes (&self);
  for (char **host = hosts; *host != NULL; host++)
    {
      puts (*host);
      check_host (&self, *host);
    }
  if (self.problems == 0)
    puts ("ready");
  else
    printf ("%u problem%s\n", self.problems, self.problems == 1 ? "" : "s");
  vmm_remotes_free (self.remotes);
  g_free (self.version);
  return self.problems;
}
