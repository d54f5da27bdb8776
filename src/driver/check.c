/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "driver/era.h"
#include "driver/recipe.h"

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
  guint release = vmm_era_fixed (self->config, &why);

  say (self, FINE, "release", "%s%s(%s)",
       release == 0 ? "" : vmm_release_find (release)->name, release == 0 ? "" : " ", why);
}

static gboolean
is_script (const char *name)
{
  return *name != '.' && !g_str_has_suffix (name, "rc") && strchr (name, '~') == NULL
         && !g_str_has_suffix (name, ".sh") && !g_str_has_suffix (name, ".new");
}

/* Every file of a driver's directory that is not a setting has to be executable. */
static void
check_driver (Check *self, const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GDir) files = g_dir_open (path, 0, NULL);
  guint n = 0;
  const char *file;

  while (files != NULL && (file = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *script = g_build_filename (path, file, NULL);

      if (!is_script (file) || !g_file_test (script, G_FILE_TEST_IS_REGULAR))
        continue;
      n++;
      if (access (script, X_OK) < 0)
        say (self, PROBLEM, "scripts", "%s is not executable: chmod +x it", script);
    }
  if (n > 0)
    say (self, FINE, "scripts", "%s: %u", path, n);
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
        check_driver (self, dir, driver);
    }
}

/* ---- a host ---- */

/* What the host is asked, in one go: one "word value" a line. */
static const char host_script[] =
  "d=$1\n"
  "if [ -d \"$d/vmm\" ]; then echo \"remotes $(cd \"$d\" && ls vmm | tr '\\n' ' ')\"\n"
  "  echo \"version $(cat \"$d/VERSION\" 2>/dev/null || echo none)\"\n"
  "  m=$d/.one-vmm-checksum; [ ! -e \"$m\" ] || echo \"pushed $(date -r \"$m\" '+%Y-%m-%d %H:%M')\"\n"
  "  for f in \"$d\"/vmm/*/deploy; do [ -x \"$f\" ] || echo \"notexec $f\"; done\n"
  "else echo 'remotes'; fi\n"
  "if command -v virsh >/dev/null; then\n"
  "  uri=$(. \"$d/vmm/kvm/kvmrc\" >/dev/null 2>&1; echo \"${LIBVIRT_URI:-qemu:///system}\")\n"
  "  if v=$(timeout 20 virsh -c \"$uri\" version 2>&1); then echo \"libvirt $uri answers\"\n"
  "  else echo \"nolibvirt $uri: $(printf %s \"$v\" | tr '\\n' ' ')\"; fi\n"
  "fi\n"
  "for x in /usr/sbin/xl /usr/sbin/xm; do [ ! -x $x ] || echo \"xen $x\"; done\n";

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

static void
take_answer (Check *self, const char *word, const char *value, gboolean *hypervisor)
{
  const char *dir = self->config->host_dir;

  if (strcmp (word, "remotes") == 0 && *value == '\0')
    say (self, NOTE, "remotes", "none in %s; they are pushed with the first action", dir);
  else if (strcmp (word, "remotes") == 0)
    say (self, FINE, "remotes", "%s: %s", dir, value);
  else if (strcmp (word, "version") == 0)
    say (self, FINE, "remotes", "VERSION %s", value);
  else if (strcmp (word, "pushed") == 0)
    say (self, FINE, "remotes", "pushed %s", value);
  else if (strcmp (word, "notexec") == 0)
    say (self, PROBLEM, "remotes", "%s is not executable: one_vmm_exec --sync this host", value);
  else if (strcmp (word, "nolibvirt") == 0)
    {
      *hypervisor = TRUE;
      say (self, PROBLEM, "libvirt", "does not answer at %s", value);
    }
  else if (strcmp (word, "libvirt") == 0 || strcmp (word, "xen") == 0)
    {
      *hypervisor = TRUE;
      say (self, FINE, word, "%s", value);
    }
}

static void
take_answers (Check *self, char *output)
{
  g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
  gboolean hypervisor = FALSE;

  for (char **line = lines; *line != NULL; line++)
    {
      char *blank = strchr (*line, ' ');

      if (blank != NULL)
        *blank = '\0';
      take_answer (self, *line, blank == NULL ? "" : g_strstrip (blank + 1), &hypervisor);
    }
  if (!hypervisor)
    say (self, NOTE, "hypervisor", "neither libvirt nor xl answers there");
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
      say (self, FINE, "connection", "%" G_GINT64_FORMAT " ms for the first command",
           (g_get_monotonic_time () - before) / 1000);
      take_answers (self, outcome.output->str);
    }
  else
    {
      g_autofree char *ended = vmm_outcome_describe (&outcome);

      if (outcome.ending == VMM_ENDED_NOT_STARTED && outcome.reason != NULL)
        say (self, PROBLEM, "connection", "%s", outcome.reason);
      else
        say (self, PROBLEM, "connection", "the command %s %s", ended, said->str);
    }
}

guint
vmm_check_run (const VmmConfig *config, VmmTransport *remote, char **hosts)
{
  Check self = { .config = config, .remote = remote };

  puts ("front-end");
  check_config (&self);
  check_release (&self);
  check_remotes (&self);
  for (char **host = hosts; *host != NULL; host++)
    {
      puts (*host);
      check_host (&self, *host);
    }
  if (self.problems == 0)
    puts ("ready");
  else
    printf ("%u problem%s\n", self.problems, self.problems == 1 ? "" : "s");
  return self.problems;
}
