/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in the place of every action script of a fault run. What it does is
 * told by the number of the VM (script.h), and it leaves a line at its begin
 * and one at its end in the file "record" of the nearest directory above it
 * that has one:
 *
 *   B|E VM HOST SCRIPT PID NANOSECONDS STATUS
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "script.h"

#define FOREVER_S 1000
#define DAEMON_S  2

static int record = -1;
static const char *name, *host;
static long vm;

static void
open_record (const char *script)
{
  char path[PATH_MAX + 16], root[PATH_MAX];

  snprintf (root, sizeof root, "%s", script);
  for (char *slash; record < 0 && (slash = strrchr (root, '/')) != NULL && slash != root;)
    {
      *slash = '\0';
      snprintf (path, sizeof path, "%s/record", root);
      record = open (path, O_WRONLY | O_APPEND | O_CLOEXEC);
    }
}

static void
note (char what, int status)
{
  struct timespec now;
  char line[512];
  int len;

  clock_gettime (CLOCK_MONOTONIC, &now);
  len = snprintf (line, sizeof line, "%c %ld %s %s %d %lld %d\n", what, vm, host, name,
                  (int) getpid (), now.tv_sec * 1000000000LL + now.tv_nsec, status);
  if (write (record, line, (size_t) len) != len)
    _exit (99);
}

static int
say (int status)
{
  if (status == 0)
    printf ("one-%ld\n", vm);
  else
    fputs ("ERROR MESSAGE --8<------\nit said no\nERROR MESSAGE ------>8--\n", stderr);
  fflush (NULL);
  note ('E', status);
  return status;
}

/* A child that keeps what it was given. */
static void
leave_child (unsigned seconds, int own_session)
{
  if (fork () != 0)
    return;
  if (own_session)
    setsid ();
  sleep (seconds);
  _exit (0);
}

static void
hang (int stubborn)
{
  leave_child (FOREVER_S, 0);
  if (stubborn)
    signal (SIGTERM, SIG_IGN);
  leave_child (FOREVER_S, 0);
  sleep (FOREVER_S);
  _exit (1);
}

/* More than anybody takes, on both outputs. */
static void
flood (void)
{
  static char line[4096];

  memset (line, 'x', sizeof line - 1);
  line[sizeof line - 1] = '\n';
  for (int i = 0; i < 512; i++)
    {
      fwrite (line, 1, sizeof line, stderr);
      if (i % 4 == 0)
        fwrite (line, 1, sizeof line, stdout);
    }
}

static int
behave (enum behaviour what)
{
  switch (what)
    {
    case FAILS:
      return say (1);
    case IS_SLOW:
      usleep (100000);
      return say (0);
    case FLOODS:
      flood ();
      return say (0);
    case DIES:
      raise (vm / BEHAVIOURS % 2 == 0 ? SIGSEGV : SIGKILL);
      return 1;
    case FORKS:
      leave_child (DAEMON_S, 0);
      leave_child (DAEMON_S, 1);
      return say (0);
    case HANGS:
      hang (vm / BEHAVIOURS % 2);
      return 1;
    default:
      return say (0);
    }
}

/* The number of the VM and the host come last with every script of the hypervisor's
 * driver; the others only succeed. */
int
main (int argc, char **argv)
{
  name = strrchr (argv[0], '/') == NULL ? argv[0] : strrchr (argv[0], '/') + 1;
  if (strstr (argv[0], "/vmm/") == NULL || strcmp (name, "cancel") == 0)
    return 0;
  open_record (argv[0]);
  if (record < 0 || argc < 3)
    return 99;
  vm = strtol (argv[argc - 2], NULL, 10);
  host = argv[argc - 1];
  note ('B', 0);
  return behave ((enum behaviour) (vm % BEHAVIOURS));
}
