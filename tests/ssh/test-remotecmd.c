/* SPDX-License-Identifier: Apache-2.0
 *
 * The words around a script, run by this machine's shells without any ssh.
 */
#include "driver/ssh/remotecmd.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const shells[] = { "bash", "dash", "busybox sh" };

typedef struct
{
  VmmCommand   *command;
  VmmRunContext context;
  VmmOutcome    outcome;
  VmmRemoteCmd  cmd;
  char         *dir, *script, *started;
} Fixture;

static void
set_up (Fixture *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *body = NULL;
  char **argv = g_new0 (char *, 2);

  *self = (Fixture){ 0 };
  self->dir = g_dir_make_tmp ("test-remotecmd.XXXXXX", &error);
  g_assert_no_error (error);
  self->script = g_build_filename (self->dir, "script", NULL);
  self->started = g_build_filename (self->dir, "started", NULL);
  body = g_strdup_printf ("#!/bin/sh\n: > %s\n%s\n", self->started, text);
  g_assert_true (g_file_set_contents (self->script, body, -1, NULL));
  g_chmod (self->script, 0755);
  argv[0] = g_strdup (self->script);
  self->command = vmm_command_new (g_strdup ("h"), argv, g_bytes_new_static ("", 0), NULL);
  vmm_outcome_init (&self->outcome);
  g_assert_true (vmm_remotecmd_init (&self->cmd, self->command, "sh", FALSE, &self->context,
                                     &self->outcome, NULL));
}

static void
tear_down (Fixture *self)
{
  g_unlink (self->started);
  g_unlink (self->script);
  g_rmdir (self->dir);
  g_free (self->started);
  g_free (self->script);
  g_free (self->dir);
  vmm_remotecmd_clear (&self->cmd);
  vmm_outcome_clear (&self->outcome);
  vmm_command_free (self->command);
}

static void
own_session (gpointer unused)
{
  (void) unused;
  setsid ();
}

/* As sshd does it: the login shell, in a session of its own. */
static GPid
start (const char *line)
{
  char *argv[] = { (char *) "bash", (char *) "-c", (char *) line, NULL };
  GPid pid = 0;

  g_assert_true (g_spawn_async (NULL, argv, NULL,
                                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD
                                | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                                own_session, NULL, &pid, NULL));
  return pid;
}

static void
assert_ends (Fixture *self, GPid pid, const char *shell)
{
  g_auto (GStrv) words = g_strsplit (shell, " ", 2);
  g_autofree char *line = vmm_remotecmd_end_line (&self->cmd, "sh");
  char *argv[] = { words[0], words[1] ? words[1] : (char *) "-c",
                   words[1] ? (char *) "-c" : line, words[1] ? line : NULL, NULL };
  g_autofree char *output = NULL;
  int status;

  g_assert_true (g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL,
                               NULL, NULL));
  g_assert_cmpstr (output, ==, VMM_REMOTE_ENDED "\n");
  g_assert_cmpint (waitpid (pid, &status, WNOHANG), ==, pid);
  g_assert_true (WIFSIGNALED (status));
}

static gboolean
have (const char *shell)
{
  g_autofree char *name = g_strndup (shell, strcspn (shell, " "));
  g_autofree char *path = g_find_program_in_path (name);

  return path != NULL;
}

static void
wait_until_started (const Fixture *self)
{
  for (int i = 0; access (self->started, F_OK) != 0; i++)
    {
      g_assert_cmpint (i, <, 3000);
      g_usleep (10000);
    }
}

/* The answer came, so the session's number is known. */
static void
test_end_by_number (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shells); i++)
    {
      Fixture self;
      GPid pid;

      if (!have (shells[i]))
        continue;
      set_up (&self, "trap '' TERM; sleep 98765 & sleep 98765; sleep 98765");
      pid = start (self.cmd.exec.line);
      wait_until_started (&self);
      self.cmd.pid = g_strdup_printf ("%d", (int) pid);
      assert_ends (&self, pid, shells[i]);
      tear_down (&self);
    }
}

/* The script runs, but its answer did not get through. */
static void
test_end_by_mark (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (shells); i++)
    {
      Fixture self;
      GPid pid;

      if (!have (shells[i]))
        continue;
      set_up (&self, "sleep 98765; sleep 98765");
      pid = start (self.cmd.exec.line);
      wait_until_started (&self);
      assert_ends (&self, pid, shells[i]);
      tear_down (&self);
    }
}

/* Not even the script runs yet: the login shell hangs. */
static void
test_end_login_shell (void)
{
  Fixture self;
  g_autofree char *line = NULL;
  GPid pid;

  set_up (&self, "exit 0");
  line = g_strdup_printf (": > %s; sleep 98765; %s", self.started, self.cmd.exec.line);
  pid = start (line);
  wait_until_started (&self);
  assert_ends (&self, pid, "bash");
  tear_down (&self);
}

static void
test_end_nothing (void)
{
  Fixture self;
  g_autofree char *line = NULL, *output = NULL;
  const char *argv[] = { "sh", "-c", NULL, NULL };

  set_up (&self, "exit 0");
  argv[2] = line = vmm_remotecmd_end_line (&self.cmd, "sh");
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                               &output, NULL, NULL, NULL));
  g_assert_cmpstr (output, ==, VMM_REMOTE_ENDED "\n");
  tear_down (&self);
}

/* ---- the answer, in pieces of any size ---- */

static void
feed (Fixture *self, int stream, const char *text, gsize piece)
{
  gsize len = strlen (text);

  for (gsize at = 0; at < len; at += piece)
    self->cmd.exec.on_data (stream, text + at, MIN (piece, len - at), self->cmd.exec.user_data);
}

static void
test_answer_in_pieces (void)
{
  for (gsize piece = 1; piece < 60; piece++)
    {
      Fixture self;
      g_autofree char *answer = NULL;

      set_up (&self, "exit 0");
      answer = g_strdup_printf ("Welcome\nvmm-0000%s ok 4711 /bin/bash\nSTATE=a\n\n",
                                self.cmd.token);
      feed (&self, 1, answer, piece);
      g_assert_cmpint (self.cmd.state, ==, VMM_REMOTE_STARTED);
      g_assert_cmpstr (self.cmd.pid, ==, "4711");
      g_assert_cmpstr (self.cmd.login_shell, ==, "/bin/bash");
      g_assert_cmpstr (self.outcome.output->str, ==, "STATE=a\n\n");
      tear_down (&self);
    }
}

static void
test_no_answer (void)
{
  Fixture self;
  g_autofree char *noise = NULL;

  set_up (&self, "exit 0");
  feed (&self, 2, "This account is\n\nnot available.\n", 7);
  g_assert_cmpint (self.cmd.state, ==, VMM_REMOTE_NOTHING);
  g_assert_cmpstr (self.outcome.output->str, ==, "");
  noise = vmm_remotecmd_noise (&self.cmd);
  g_assert_cmpstr (noise, ==, "This account is not available.");
  tear_down (&self);
}

static void
test_login_shells (void)
{
  g_assert_true (vmm_remotecmd_shell_will_do ("/bin/bash", "bash"));
  g_assert_true (vmm_remotecmd_shell_will_do ("/bin/sh", "bash"));
  g_assert_false (vmm_remotecmd_shell_will_do ("/bin/csh", "bash"));
  g_assert_false (vmm_remotecmd_shell_will_do ("/bin/bash", "/opt/bash"));
  g_assert_false (vmm_remotecmd_shell_will_do (NULL, "bash"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/remotecmd/end-by-number", test_end_by_number);
  g_test_add_func ("/remotecmd/end-by-mark", test_end_by_mark);
  g_test_add_func ("/remotecmd/end-login-shell", test_end_login_shell);
  g_test_add_func ("/remotecmd/end-nothing", test_end_nothing);
  g_test_add_func ("/remotecmd/answer-in-pieces", test_answer_in_pieces);
  g_test_add_func ("/remotecmd/no-answer", test_no_answer);
  g_test_add_func ("/remotecmd/login-shells", test_login_shells);
  return g_test_run ();
}
