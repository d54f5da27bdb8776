/* SPDX-License-Identifier: Apache-2.0 */
#include "start.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t
spawn (const char *path, const char *argument, int in, int out)
{
  char *argv[] = { (char *) path, (char *) argument, NULL };
  posix_spawn_file_actions_t actions;
  pid_t pid;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, in, 0);
  posix_spawn_file_actions_adddup2 (&actions, out, 1);
  posix_spawn_file_actions_addopen (&actions, 2, "/dev/null", O_WRONLY, 0);
  g_assert_cmpint (posix_spawn (&pid, path, &actions, NULL, argv, environ), ==, 0);
  posix_spawn_file_actions_destroy (&actions);
  return pid;
}

static double
since_ms (gint64 begin_us)
{
  return (double) (g_get_monotonic_time () - begin_us) / 1000;
}

Started
start_program (const char *path, const char *argument)
{
  static const char answer[] = "INIT SUCCESS - -\n";
  char buffer[64] = "";
  gint64 begin_us = g_get_monotonic_time ();
  int in[2], out[2];
  Started self;

  g_assert_cmpint (pipe2 (in, O_CLOEXEC), ==, 0);
  g_assert_cmpint (pipe2 (out, O_CLOEXEC), ==, 0);
  g_assert_cmpint (write (in[1], "INIT\n", 5), ==, 5);
  self.pid = spawn (path, argument, in[0], out[1]);
  close (in[0]);
  close (out[1]); /* so that one that dies is seen */
  g_assert_cmpint (read (out[0], buffer, sizeof buffer - 1), >, 0);
  self.ms = since_ms (begin_us);
  g_assert_cmpstr (buffer, ==, answer);
  self.in = in[1];
  self.out = out[0];
  return self;
}

void
start_end (Started *self)
{
  close (self->in);
  g_assert_cmpint (waitpid (self->pid, NULL, 0), ==, self->pid);
  close (self->out);
}

double
start_true_ms (void)
{
  gint64 begin_us = g_get_monotonic_time ();
  int null = open ("/dev/null", O_RDWR | O_CLOEXEC);

  g_assert_cmpint (waitpid (spawn ("/bin/true", NULL, null, null), NULL, 0), >, 0);
  close (null);
  return since_ms (begin_us);
}
