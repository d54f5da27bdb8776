/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/push.h"

#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/text.h"
#include "driver/ssh/remotecmd.h"

/* No remotes are that large; a directory that is was given by mistake. */
#define MAX_ARCHIVE_BYTES (256 * 1024 * 1024)

#define MAX_ANSWER_BYTES 8192

#define DONE "vmm-pushed"
#define SAME "vmm-same"

/* $1: the place, $2: the checksum, $3: the file that holds it. */
#define COMPARE \
  "{ read -r old < \"$1/$3\"; } 2>/dev/null; [ \"$old\" = \"$2\" ] && echo " SAME "; :"

/* A new copy comes into being in one move. An older one (or one that somebody
 * else is making) is replaced file by file, because scripts of it may be
 * running and sites keep files of their own beside ours. */
#define UNPACK \
  "umask 022; if [ -d \"$1\" ]; then new=$1/.one-vmm-new.$$; else new=$1.one-vmm-new.$$; fi; " \
  "trap 'rm -rf -- \"$new\"' EXIT; " \
  "mkdir -p -- \"${1%/*}/\" && mkdir -- \"$new\" && tar -xof - -C \"$new\" " \
  "&& printf \"%s\\n\" \"$2\" > \"$new/$3\" && cd \"$new\" || exit 1; " \
  "if [ -d \"$1\" ] || ! mv -T -- \"$new\" \"$1\" 2>/dev/null; then " \
  "find . -type d | while IFS= read -r d; do mkdir -p -- \"$1/$d\" || exit 1; done || exit 1; " \
  "find . -type d -o -name \"$3\" -o -print | while IFS= read -r f; do " \
  "mv -f -- \"$f\" \"$1/$f\" || exit 1; done && mv -f -- \"$3\" \"$1/$3\" || exit 1; " \
  "fi; echo " DONE

struct _VmmRemotes
{
  GBytes *archive;
  char   *checksum;
};

/* ---- reading ---- */

static char *
make_archive (const char *dir, const VmmWait *wait, GError **error)
{
  g_autofree char *file = NULL;
  int fd = g_file_open_tmp ("one-vmm-remotes.XXXXXX", &file, error);
  g_autofree char *output = NULL;

  if (fd < 0)
    return NULL;
  close (fd);
  {
    /* The same tree gives the same bytes, hence the same checksum. */
    const char *argv[] = { "tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0",
                           "--numeric-owner", "--format=gnu", "-C", dir, "-cf", file, ".", NULL };

    output = vmm_hostconfig_ask (argv, wait, NULL, error);
  }
  if (output != NULL)
    return g_steal_pointer (&file);
  g_prefix_error (error, "reading the remotes at %s: ", dir);
  unlink (file);
  return NULL;
}

VmmRemotes *
vmm_remotes_read (const char *dir, const VmmWait *wait, GError **error)
{
  g_autofree char *file = NULL;
  g_autoptr (GMappedFile) mapped = NULL;
  VmmRemotes *self;

  if (!g_file_test (dir, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING, "%s: there are no remotes to copy", dir);
      return NULL;
    }
  if ((file = make_archive (dir, wait, error)) == NULL)
    return NULL;
  mapped = g_mapped_file_new (file, FALSE, error);
  unlink (file);
  if (mapped == NULL)
    return NULL;
  if (g_mapped_file_get_length (mapped) > MAX_ARCHIVE_BYTES)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG, "%s: larger than remotes can be", dir);
      return NULL;
    }
  self = g_new0 (VmmRemotes, 1);
  self->archive = g_mapped_file_get_bytes (mapped);
  self->checksum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, self->archive);
  return self;
}

void
vmm_remotes_free (VmmRemotes *self)
{
  if (self == NULL)
    return;
  g_bytes_unref (self->archive);
  g_free (self->checksum);
  g_free (self);
}

const char *
vmm_remotes_checksum (const VmmRemotes *self)
{
  return self->checksum;
}

/* ---- copying ---- */

typedef struct
{
  GString *output, *errors;
} Answer;

static void
collect (int stream, const char *data, gsize len, gpointer user_data)
{
  Answer *answer = user_data;
  GString *text = stream == 1 ? answer->output : answer->errors;

  /* Of its errors the last words tell most. */
  if (text->len + len > MAX_ANSWER_BYTES)
    g_string_truncate (text, 0);
  g_string_append_len (text, data, MIN (len, MAX_ANSWER_BYTES));
}

static void
set_failed (const VmmExecResult *result, const Answer *answer, const VmmWait *wait, GError **error)
{
  g_autofree char *errors = vmm_text_one_line (answer->errors->str, answer->errors->len, 1000);

  if (result->end == VMM_EXEC_STOPPED && !vmm_wait_goes_on (wait, error))
    return;
  g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s",
               *errors != '\0' ? errors : result->reason != NULL ? result->reason
                                                                : "it ended without a word");
}

/* Runs script there. TRUE when it ran to its end; *said: whether it said word. */
static gboolean
run (VmmRemotes *self, VmmLink *link, const char *shell, const char *script, GBytes *input,
     const char *host_dir, const VmmWait *wait, const char *word, gboolean *said, GError **error)
{
  const char *arguments[] = { host_dir, self->checksum, VMM_REMOTES_MARK, NULL };
  g_autofree char *line = vmm_remotecmd_shell_line (shell, script, arguments);
  Answer answer = { g_string_new (NULL), g_string_new (NULL) };
  VmmExec exec = { line, NULL, input, collect, &answer };
  VmmExecResult result = { 0 };
  gboolean ok;

  vmm_link_exec (link, &exec, wait, &result);
  ok = result.end == VMM_EXEC_EXITED && result.status == 0;
  *said = strstr (answer.output->str, word) != NULL;
  if (!ok)
    set_failed (&result, &answer, wait, error);
  g_free (result.reason);
  g_string_free (answer.output, TRUE);
  g_string_free (answer.errors, TRUE);
  return ok;
}

gboolean
vmm_remotes_push (VmmRemotes *self, VmmLink *link, const char *shell, const char *host_dir,
                  gboolean unless_same, const VmmWait *wait, gboolean *pushed, GError **error)
{
  gboolean same = FALSE, done = FALSE;

  if (pushed != NULL)
    *pushed = FALSE;
  if (unless_same
      && !run (self, link, shell, COMPARE, NULL, host_dir, wait, SAME, &same, error))
    return FALSE;
  if (same)
    return TRUE;
  if (!run (self, link, shell, UNPACK, self->archive, host_dir, wait, DONE, &done, error))
    {
      g_prefix_error (error, "copying the remotes to %s: ", host_dir);
      return FALSE;
    }
  if (pushed != NULL)
    *pushed = TRUE;
  return TRUE;
}
