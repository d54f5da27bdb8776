/* SPDX-License-Identifier: Apache-2.0 */

/*
 * subreap PIDFILE [-o OWNER] COMMAND [ARGUMENT...]
 *
 * Runs COMMAND and adopts whatever it leaves behind (qemu detaches itself from libvirtd), so that
 * one TERM to this process ends all of it.  Everything is killed as well when COMMAND ends by
 * itself and when the process OWNER disappears: a test that was killed leaves no guests running.
 * PIDFILE receives "PID STARTTIME": with the start time a number used again can be told apart.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void
die (const char *what)
{
  fprintf (stderr, "subreap: %s: %s\n", what, strerror (errno));
  exit (127);
}

/* The start time is field 22 of /proc/self/stat; our own name holds no blank to mislead us. */
static void
write_pidfile (const char *path)
{
  FILE *stat = fopen ("/proc/self/stat", "re");
  FILE *out = fopen (path, "we");
  char start[32] = "";
  int i;

  if (!stat || !out)
    die (path);
  for (i = 1; i <= 22; i++)
    if (fscanf (stat, "%31s", start) != 1)
      die ("/proc/self/stat");
  fprintf (out, "%ld %s\n", (long) getpid (), start);
  fclose (stat);
  if (fclose (out) != 0)
    die (path);
}

static pid_t
spawn (char **argv)
{
  pid_t child = fork ();

  if (child < 0)
    die ("fork");
  if (child == 0)
    {
      sigset_t none;

      sigemptyset (&none);
      sigprocmask (SIG_SETMASK, &none, NULL);
      execvp (argv[0], argv);
      die (argv[0]);
    }
  return child;
}

/* Kills our children; theirs become ours as they die, until nobody is left. */
static void
kill_everything (void)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/self/task/%ld/children", (long) getpid ());
  for (;;)
    {
      FILE *children = fopen (path, "re");
      long child;

      if (children)
        {
          while (fscanf (children, "%ld", &child) == 1)
            kill ((pid_t) child, SIGKILL);
          fclose (children);
        }
      if (wait (NULL) < 0 && errno == ECHILD)
        return;
    }
}

/* TRUE when the command itself was among the dead. */
static int
reap (pid_t command)
{
  pid_t pid;
  int ended = 0;

  while ((pid = waitpid (-1, NULL, WNOHANG)) > 0)
    ended |= pid == command;
  return ended;
}

int
main (int argc, char **argv)
{
  struct pollfd watch[2] = { { .fd = -1, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
  sigset_t signals;
  pid_t command;
  int first = 2;

  if (argc > 4 && strcmp (argv[2], "-o") == 0)
    {
      first = 4;
      watch[1].fd = (int) syscall (SYS_pidfd_open, (pid_t) atol (argv[3]), 0);
      if (watch[1].fd < 0)
        die ("the owner");
    }
  if (argc <= first)
    {
      fprintf (stderr, "usage: subreap PIDFILE [-o OWNER] COMMAND [ARGUMENT...]\n");
      return 2;
    }

  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGHUP);
  sigaddset (&signals, SIGCHLD);
  sigprocmask (SIG_BLOCK, &signals, NULL);
  if (prctl (PR_SET_CHILD_SUBREAPER, 1) != 0)
    die ("subreaper");
  watch[0].fd = signalfd (-1, &signals, SFD_CLOEXEC);
  if (watch[0].fd < 0)
    die ("signalfd");

  write_pidfile (argv[1]);
  command = spawn (argv + first);
  for (;;)
    {
      struct signalfd_siginfo info;

      if (poll (watch, 2, -1) < 0 && errno != EINTR)
        die ("poll");
      if (watch[1].revents)
        break;
      if (!watch[0].revents || read (watch[0].fd, &info, sizeof info) != sizeof info)
        continue;
      if (info.ssi_signo != SIGCHLD || reap (command))
        break;
    }
  kill_everything ();
  unlink (argv[1]);
  return 0;
}
