/* SPDX-License-Identifier: Apache-2.0 */
#include "common/session.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/fd.h"

/* The session of pid from /proc/PID/stat (proc(5)): "PID (name) S PPID PGRP SESSION ...",
 * where the name may hold blanks and brackets. */
static gboolean
read_groups (const char *pid, int *group, int *session)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/stat", pid);
  g_autofree char *stat = vmm_fd_read_file (path, 4096, NULL, NULL);
  const char *rest = stat == NULL ? NULL : strrchr (stat, ')');

  return rest != NULL && sscanf (rest, ") %*c %*d %d %d", group, session) == 2;
}

static void
signal_stragglers (pid_t sid, int signal)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  int group, session;

  while (proc != NULL && (name = g_dir_read_name (proc)) != NULL)
    if (g_ascii_isdigit (*name) && read_groups (name, &group, &session) && session == sid
        && group != sid)
      {
        pid_t pid = (pid_t) g_ascii_strtoll (name, NULL, 10);

        kill (pid, signal);
        kill (pid, SIGCONT);
      }
}

void
vmm_session_kill (pid_t sid, int signal)
{
  kill (-sid, signal);
  kill (-sid, SIGCONT);
  signal_stragglers (sid, signal);
}
