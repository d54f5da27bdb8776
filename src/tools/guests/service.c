/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/service.h"

#include "common/error.h"
#include "tools/guests/say.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static gboolean
set_errno (GError **error, const char *what, const char *path)
{
  g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "cannot %s %s: %s", what, path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
set_taken (GError **error, int fd)
{
  char who[128] = "";
  gssize len = pread (fd, who, sizeof who - 1, 0);

  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
               "one-guests is at work already (%s): try again when that has ended",
               len > 0 ? g_strchomp (who) : "no more is known");
  return FALSE;
}

gboolean
guests_service_lock (GuestsService *service, const char *command, GError **error)
{
  g_autofree char *path = g_build_filename (service->run_dir, "lock", NULL);
  g_autofree char *who = g_strdup_printf ("%s, process %d\n", command, (int) getpid ());
  int fd;

  if (g_mkdir_with_parents (service->run_dir, 0755) < 0)
    return set_errno (error, "make", service->run_dir);
  if (g_mkdir_with_parents (service->state_dir, 0700) < 0)
    return set_errno (error, "make", service->state_dir);
  fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0)
    return set_errno (error, "open", path);
  if (flock (fd, LOCK_EX | LOCK_NB) < 0)
    {
      set_taken (error, fd);
      close (fd);
      return FALSE;
    }
  /* Stays open: the lock ends with the process. What it says is for people only. */
  if (ftruncate (fd, 0) < 0 || pwrite (fd, who, strlen (who), 0) < 0)
    return set_errno (error, "write", path);
  return TRUE;
}

static char *
started_path (GuestsService *service)
{
  return g_build_filename (service->run_dir, "started", NULL);
}

gboolean
guests_service_is_started (GuestsService *service)
{
  g_autofree char *path = started_path (service);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

void
guests_service_set_started (GuestsService *service, gboolean started)
{
  g_autofree char *path = started_path (service);

  if (!started)
    g_unlink (path);
  else if (!g_file_set_contents (path, "", 0, NULL))
    guests_service_fail (service, "cannot write %s: the service does not count as started", path);
}

void
guests_service_fail (GuestsService *service, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  guests_say_error ("%s", text);
  if (service->status == 0)
    service->status = GUESTS_EXIT_FAILED;
}

void
guests_service_write (GuestsService *service)
{
  g_autoptr (GError) error = NULL;

  if (!guests_state_write (service->state, &error))
    guests_service_fail (service, "The list of guests is not on the disk: %s", error->message);
}

void
guests_service_drop (GuestsService *service, GuestsEntry *entry)
{
  g_autoptr (GError) error = NULL;

  if (!guests_state_drop (service->state, entry, &error))
    guests_service_fail (service, "The list of guests is not on the disk: %s", error->message);
}
