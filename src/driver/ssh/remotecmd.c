/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/remotecmd.h"

#include <string.h>

#include "common/error.h"
#include "common/quote.h"
#include "common/text.h"
#include "vmm-limits.h"

/* libssh2 sends no longer command line than 35000 bytes; the login shell takes
 * it as one argument, and there are hosts that allow less than Linux does. */
#define MAX_LINE_BYTES (30 * 1024)

/* Linux: MAX_ARG_STRLEN, and what is sure of ARG_MAX with the default stack. */
#define MAX_ARGUMENT_BYTES (128 * 1024 - 1)
#define MAX_ARGUMENTS_BYTES (2 * 1024 * 1024 - 64 * 1024)

#define MAX_NOISE_BYTES 2048

/* Where a mark is cut in two. */
#define TOKEN_HALF 12

/* $1: the mark, $2: the script, then its arguments. None of it uses a variable
 * of its own, because those that exist already are the script's; the one that
 * it exports is a name for what runs. */
#define CHECK_SCRIPT \
  "printf \"%s\\n\" \"$1\" >&2 || exit 1; " \
  "[ -f \"$2\" ] || { printf \"%s missing\\n\" \"$1\"; exit 42; }; " \
  "[ -x \"$2\" ] || { printf \"%s noexec\\n\" \"$1\"; exit 42; }; "
#define START_SCRIPT \
  "printf \"%s ok %s %s\\n\" \"$1\" \"$$\" \"$SHELL\" || exit 1; " \
  "export ONE_VMM_MARK=\"$1\"; shift; exec \"$@\""

/* Reads the $1 bytes of a longer command from standard input, and no more:
 * what follows is the script's. dd by single bytes where it has no fullblock. */
#define LOAD_COMMAND \
  "eval \"$(dd bs=\"$1\" count=1 iflag=fullblock 2>/dev/null || dd bs=1 count=\"$1\" 2>/dev/null)\""

/* Before the answer came there is no number to go by, but the login shell has
 * the mark ($3 and $4 together) in its arguments, and the script in its
 * environment. Not in one piece here, because this shell must not find itself;
 * its session is passed over for grep's sake. */
#define FIND_SESSION \
  "sid() { read -r l < \"/proc/$1/stat\" && set -- ${l##*\") \"} && s=$4; }; sid $$; me=$s; s=; " \
  "for f in $(grep -l -- \"$3$4\" /proc/[0-9]*/cmdline " \
  "/proc/[0-9]*/environ 2>/dev/null); do f=${f%/*}; " \
  "sid \"${f#/proc/}\" 2>/dev/null || continue; [ \"$s\" = \"$me\" ] || break; s=; done; " \
  "set -- \"${s:--}\" \"$2\"; "

/* $1: the session, $2: tenths of a second until KILL. Walks /proc by shell
 * means alone, because a busybox host has no pkill -s. */
#define END_SESSION \
  "left() { n=0; for f in /proc/[0-9]*/stat; do { read -r l < \"$f\"; } 2>/dev/null || continue; " \
  "p=${f#/proc/}; set -- ${l##*\") \"} \"$s\"; " \
  "[ \"$4\" = \"$s\" ] && [ \"$1\" != Z ] || continue; n=1; " \
  "kill \"-$k\" \"${p%/stat}\" 2>/dev/null; kill -CONT \"${p%/stat}\" 2>/dev/null; done; " \
  "[ $n = 1 ]; }; " \
  "s=$1; i=$2; k=TERM; while left; do k=0; sleep 0.1 2>/dev/null || sleep 1; i=$((i-1)); " \
  "[ $i -gt 0 ] || k=KILL; [ $i -gt -20 ] || exit 1; done; printf \"%s\\n\" " VMM_REMOTE_ENDED

/* ---- the command line ---- */

static gboolean
is_plain_shell (const char *shell)
{
  static const char *const plain[] = { "bash", "sh", "dash", "ash", NULL };

  return g_strv_contains (plain, shell);
}

gboolean
vmm_remotecmd_shell_will_do (const char *login_shell, const char *shell)
{
  g_autofree char *name = login_shell == NULL ? NULL : g_path_get_basename (login_shell);

  return name != NULL && is_plain_shell (name) && is_plain_shell (shell);
}

char *
vmm_remotecmd_shell_line (const char *shell, const char *script, const char *const *arguments)
{
  GString *line = g_string_new ("exec ");

  vmm_quote_append (line, shell);
  g_string_append (line, " -c ");
  vmm_quote_append (line, script);
  g_string_append (line, " one-vmm");
  for (; *arguments != NULL; arguments++)
    {
      g_string_append_c (line, ' ');
      vmm_quote_append (line, *arguments);
    }
  return g_string_free (line, FALSE);
}

char *
vmm_remotecmd_end_line (const VmmRemoteCmd *self, const char *shell)
{
  g_autofree char *tenths = g_strdup_printf ("%d", VMM_KILL_GRACE_MS / 100);
  g_autofree char *half = g_strndup (self->token, TOKEN_HALF);
  const char *arguments[] = { self->pid, tenths, NULL };
  const char *by_mark[] = { "-", tenths, half, self->token + TOKEN_HALF, NULL };

  if (self->pid != NULL)
    return vmm_remotecmd_shell_line (shell, END_SESSION, arguments);
  return vmm_remotecmd_shell_line (shell, FIND_SESSION END_SESSION, by_mark);
}

/* The bytes as printf's %b reads them: on one line, and without a quote. */
static void
append_escaped (GString *out, GBytes *data)
{
  gsize len;
  const char *bytes = g_bytes_get_data (data, &len);

  for (gsize i = 0; i < len; i++)
    if (bytes[i] == '\0' || strchr ("\\'\n\r!", bytes[i]) != NULL)
      g_string_append_printf (out, "\\0%03o", (guchar) bytes[i]);
    else
      g_string_append_c (out, bytes[i]);
}

static void
append_file (GString *script, const VmmFile *file)
{
  g_autofree char *dir = g_path_get_dirname (file->path);
  g_autoptr (GString) data = g_string_new (NULL);

  append_escaped (data, file->data);
  g_string_append (script, "{ mkdir -p -- ");
  vmm_quote_append (script, dir);
  g_string_append (script, " && printf %b ");
  vmm_quote_append (script, data->str);
  g_string_append (script, " > ");
  vmm_quote_append (script, file->path);
  g_string_append (script, "; } || { printf \"%s nofile %s\\n\" \"$1\" ");
  vmm_quote_append (script, file->path);
  g_string_append (script, "; exit 1; }; ");
}

static gboolean
check_arguments (char **argv, GError **error)
{
  gsize total = 0;

  for (guint i = 0; argv[i] != NULL; i++)
    {
      gsize len = strlen (argv[i]);

      total += len + 1 + sizeof (char *);
      if (len > MAX_ARGUMENT_BYTES)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG,
                       "Argument list too long: argument %u has %" G_GSIZE_FORMAT " bytes, and no "
                       "system passes more than %d to a program in one argument", i, len,
                       MAX_ARGUMENT_BYTES);
          return FALSE;
        }
    }
  if (total <= MAX_ARGUMENTS_BYTES)
    return TRUE;
  g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG,
               "Argument list too long: %" G_GSIZE_FORMAT " bytes of arguments", total);
  return FALSE;
}

static char *
make_script (const VmmCommand *command)
{
  GString *script = g_string_new (CHECK_SCRIPT);

  for (guint i = 0; command->files != NULL && i < command->files->len; i++)
    append_file (script, command->files->pdata[i]);
  g_string_append (script, START_SCRIPT);
  return g_string_free (script, FALSE);
}

/* The words themselves for a shell that reads them at once: "set -- ...; ..." */
static char *
make_direct (const char *script, const char *token, char **argv)
{
  g_autofree char *quoted = vmm_quote_argv ((const char *const *) argv);

  return g_strdup_printf ("set -- %s %s; %s", token, quoted, script);
}

static void
make_line (VmmRemoteCmd *self, const VmmCommand *command, const char *shell, gboolean direct)
{
  g_autofree char *script = make_script (command);
  guint n = g_strv_length (command->argv);
  g_autofree const char **arguments = g_new0 (const char *, n + 2);

  arguments[0] = self->token;
  memcpy (arguments + 1, command->argv, n * sizeof *arguments);
  self->line = direct ? make_direct (script, self->token, command->argv)
                      : vmm_remotecmd_shell_line (shell, script, arguments);
  if (strlen (self->line) > MAX_LINE_BYTES)
    {
      g_autofree char *text = make_direct (script, self->token, command->argv);
      gsize len = strlen (text);
      g_autofree char *count = g_strdup_printf ("%" G_GSIZE_FORMAT, len);
      const char *load[] = { count, self->token, NULL };

      self->head = g_bytes_new_take (g_steal_pointer (&text), len);
      g_free (self->line);
      self->line = vmm_remotecmd_shell_line (shell, LOAD_COMMAND, load);
    }
}

/* ---- the answer ---- */

static void
hand_on (VmmRemoteCmd *self, int stream, const char *data, gsize len)
{
  if (len == 0)
    return;
  if (stream == 1)
    vmm_outcome_append (self->outcome, data, len);
  else if (self->context->on_stderr != NULL)
    self->context->on_stderr (data, len, self->context->user_data);
}

/* "ok PID SHELL", "missing", "noexec", "nofile PATH" */
static void
read_mark (VmmRemoteCmd *self, const char *words)
{
  g_auto (GStrv) parts = g_strsplit (words, " ", 3);

  if (strcmp (parts[0], "missing") == 0)
    self->state = VMM_REMOTE_NO_SCRIPT;
  else if (strcmp (parts[0], "noexec") == 0)
    self->state = VMM_REMOTE_NOT_EXECUTABLE;
  else if (strcmp (parts[0], "nofile") == 0)
    self->state = VMM_REMOTE_NO_FILE;
  else if (g_strv_length (parts) == 3)
    {
      self->state = VMM_REMOTE_STARTED;
      self->pid = g_strdup (parts[1]);
      self->login_shell = g_strdup (parts[2]);
    }
}

/* What stands before a mark is forgotten but for its beginning and the part
 * that could be the beginning of a mark. */
static void
forget_noise (VmmRemoteCmd *self, GString *seen, gsize len)
{
  gsize room = MAX_NOISE_BYTES - MIN (self->noise->len, MAX_NOISE_BYTES);

  g_string_append_len (self->noise, seen->str, MIN (len, room));
  g_string_erase (seen, 0, len);
}

static void
on_data (int stream, const char *data, gsize len, gpointer user_data)
{
  VmmRemoteCmd *self = user_data;
  GString **seen = &self->seen[stream - 1];
  const char *mark, *end;
  gsize keep = strlen (self->token) - 1;

  if (*seen == NULL)
    {
      hand_on (self, stream, data, len);
      return;
    }
  g_string_append_len (*seen, data, len);
  mark = memmem ((*seen)->str, (*seen)->len, self->token, keep + 1);
  if (mark == NULL)
    {
      if ((*seen)->len > keep)
        forget_noise (self, *seen, (*seen)->len - keep);
      return;
    }
  if ((end = memchr (mark, '\n', (*seen)->str + (*seen)->len - mark)) == NULL)
    return;
  if (stream == 1)
    {
      g_autofree char *words = g_strndup (mark + keep + 2, MAX (end - mark - (gssize) keep - 2, 0));

      read_mark (self, words);
    }
  {
    GString *all = g_steal_pointer (seen);

    hand_on (self, stream, end + 1, all->str + all->len - end - 1);
    forget_noise (self, all, mark - all->str);
    g_string_free (all, TRUE);
  }
}

char *
vmm_remotecmd_noise (VmmRemoteCmd *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (self->seen); i++)
    if (self->seen[i] != NULL)
      forget_noise (self, self->seen[i], self->seen[i]->len);
  return vmm_text_one_line (self->noise->str, (gssize) self->noise->len, 500);
}

gboolean
vmm_remotecmd_init (VmmRemoteCmd *self, const VmmCommand *command, const char *shell,
                    gboolean direct, const VmmRunContext *context, VmmOutcome *outcome,
                    GError **error)
{
  *self = (VmmRemoteCmd){ .context = context, .outcome = outcome };
  if (!check_arguments (command->argv, error))
    return FALSE;
  self->token = g_strdup_printf ("vmm-%08x%08x%08x", g_random_int (), g_random_int (),
                                 g_random_int ());
  self->noise = g_string_new (NULL);
  self->seen[0] = g_string_new (NULL);
  self->seen[1] = g_string_new (NULL);
  make_line (self, command, shell, direct);
  self->exec = (VmmExec){ self->line, self->head, command->input, on_data, self };
  return TRUE;
}

static void
free_string (GString **string)
{
  if (*string != NULL)
    g_string_free (*string, TRUE);
  *string = NULL;
}

void
vmm_remotecmd_clear (VmmRemoteCmd *self)
{
  g_clear_pointer (&self->pid, g_free);
  g_clear_pointer (&self->login_shell, g_free);
  g_clear_pointer (&self->line, g_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->head, g_bytes_unref);
  free_string (&self->noise);
  free_string (&self->seen[0]);
  free_string (&self->seen[1]);
}
