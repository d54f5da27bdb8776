/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/text.h"

static gboolean stamped;

void
vmm_log_to_file (const char *path, GError **error)
{
  int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

  if (fd < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "%s: %s", path, g_strerror (errno));
      return;
    }
  dup2 (fd, 2);
  close (fd);
  stamped = TRUE;
}

void
vmm_log (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *safe = NULL;
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  safe = vmm_text_one_line (text, -1, 0);
  if (stamped)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_local ();
      g_autofree char *when = g_date_time_format (now, "%Y-%m-%d %H:%M:%S");

      line = g_strdup_printf ("%s %s\n", when, safe);
    }
  else
    line = g_strdup_printf ("%s: %s\n", g_get_prgname (), safe);
  vmm_fd_write_all (2, line, strlen (line));
}
