/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands in the place of every action script: leaves a record of how it was
 * called and does what the test asked for. The tree it lies in is told by its
 * path: the nearest directory above that holds "calls".
 *
 *   calls/BEGIN.PID/   argv, environ (NUL-terminated strings), cwd, stdin, end,
 *                      state (of signals, descriptors and the session)
 *   stub/NAME.out      what the script NAME prints
 *   stub/NAME.ms       how long it takes
 *   stub/fail_at       the number of the call (from 0) that says no
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char root[PATH_MAX];
static char record[PATH_MAX + 64];

static long long
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static FILE *
open_in (const char *dir, const char *name, const char *mode)
{
  char path[2 * PATH_MAX];

  snprintf (path, sizeof path, "%s/%s", dir, name);
  return fopen (path, mode);
}

static int
find_root (const char *script)
{
  struct stat info;
  char calls[PATH_MAX + 8];

  snprintf (root, sizeof root, "%s", script);
  for (char *slash; (slash = strrchr (root, '/')) != NULL && slash != root;)
    {
      *slash = '\0';
      snprintf (calls, sizeof calls, "%s/calls", root);
      if (stat (calls, &info) == 0)
        return 1;
    }
  return 0;
}

static int
count_calls (void)
{
  char path[PATH_MAX + 8];
  struct dirent *entry;
  DIR *calls;
  int n = 0;

  snprintf (path, sizeof path, "%s/calls", root);
  calls = opendir (path);
  while (calls != NULL && (entry = readdir (calls)) != NULL)
    n += entry->d_name[0] != '.';
  if (calls != NULL)
    closedir (calls);
  return n;
}

static void
write_strings (const char *name, char **strings)
{
  FILE *file = open_in (record, name, "w");

  for (; *strings != NULL; strings++)
    fwrite (*strings, 1, strlen (*strings) + 1, file);
  fclose (file);
}

static void
write_text (const char *name, const char *text)
{
  FILE *file = open_in (record, name, "w");

  fputs (text, file);
  fclose (file);
}

/* Which descriptors are open, before we open any. */
static void
list_descriptors (char *to, size_t size)
{
  for (int fd = 0; fd < 1024; fd++)
    if (fcntl (fd, F_GETFD) >= 0)
      {
        size_t len = strlen (to);

        snprintf (to + len, size - len, " %d", fd);
      }
}

/* Signals 32 and 33 are the C library's own business. */
static void
write_state (const char *descriptors)
{
  FILE *status = fopen ("/proc/self/status", "r");
  char line[256], text[1024];
  unsigned long long set, blocked = 0, ignored = 0;

  while (status != NULL && fgets (line, sizeof line, status) != NULL)
    if (sscanf (line, "SigBlk: %llx", &set) == 1)
      blocked = set & ~0x180000000ULL;
    else if (sscanf (line, "SigIgn: %llx", &set) == 1)
      ignored = set & ~0x180000000ULL;
  if (status != NULL)
    fclose (status);
  snprintf (text, sizeof text, "fds:%s blocked: %llx ignored: %llx session: %s", descriptors,
            blocked, ignored, getsid (0) == getpid () ? "own" : "another's");
  write_text ("state", text);
}

static void
copy (FILE *from, FILE *to)
{
  char buffer[65536];
  size_t n;

  while ((n = fread (buffer, 1, sizeof buffer, from)) > 0)
    fwrite (buffer, 1, n, to);
}

static long
read_number (const char *name, long otherwise)
{
  char path[PATH_MAX + 64];
  FILE *file;
  long number = otherwise;

  snprintf (path, sizeof path, "%s/stub", root);
  file = open_in (path, name, "r");
  if (file != NULL)
    {
      if (fscanf (file, "%ld", &number) != 1)
        number = otherwise;
      fclose (file);
    }
  return number;
}

static void
behave (const char *script)
{
  char dir[PATH_MAX + 8];
  char name[256];
  FILE *out;

  snprintf (name, sizeof name, "%s.ms", script);
  usleep ((useconds_t) read_number (name, 0) * 1000);
  snprintf (dir, sizeof dir, "%s/stub", root);
  snprintf (name, sizeof name, "%s.out", script);
  out = open_in (dir, name, "r");
  if (out != NULL)
    {
      copy (out, stdout);
      fclose (out);
    }
  fflush (stdout);
}

int
main (int argc, char **argv, char **environment)
{
  char text[PATH_MAX], descriptors[512] = "";
  FILE *input;
  int number;

  list_descriptors (descriptors, sizeof descriptors);
  if (argc < 1 || !find_root (argv[0]))
    {
      fprintf (stderr, "%s: no directory above this script has \"calls\"\n", argv[0]);
      return 99;
    }
  number = count_calls ();
  snprintf (record, sizeof record, "%s/calls/%020lld.%ld", root, now_ns (), (long) getpid ());
  if (mkdir (record, 0755) < 0)
    {
      perror (record);
      return 99;
    }
  write_strings ("argv", argv);
  write_strings ("environ", environment);
  write_state (descriptors);
  write_text ("cwd", getcwd (text, sizeof text) == NULL ? "" : text);
  input = open_in (record, "stdin", "w");
  copy (stdin, input);
  fclose (input);

  behave (strrchr (argv[0], '/') + 1);
  snprintf (text, sizeof text, "%lld", now_ns ());
  write_text ("end", text);
  if (number != read_number ("fail_at", -1))
    return 0;
  fputs ("INFO: about to fail\nERROR MESSAGE --8<------\nit said no\nERROR MESSAGE ------>8--\n",
         stderr);
  return 1;
}
