/* SPDX-License-Identifier: Apache-2.0 */
#include "common/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"

void
vmm_fd_set_nonblocking (int fd)
{
  int flags;

  if (fd >= 0 && (flags = fcntl (fd, F_GETFL)) >= 0)
    fcntl (fd, F_SETFL, flags | O_NONBLOCK);
}

gboolean
vmm_fd_fill_standard (void)
{
  gboolean had_stderr = fcntl (2, F_GETFD) >= 0;
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= 2);
  if (fd > 2)
    close (fd);
  return had_stderr;
}

gboolean
vmm_fd_write_all (int fd, const char *data, gsize len)
{
  while (len > 0)
    {
      gssize n = write (fd, data, len);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      len -= n;
    }
  return TRUE;
}

static gboolean
set_file_error (GError **error, const char *path)
{
  g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "%s: %s", path, g_strerror (errno));
  return FALSE;
}

static gboolean
read_all (int fd, const char *path, GString *out, gsize max_bytes, GError **error)
{
  char buffer[16384];
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return set_file_error (error, path);
      g_string_append_len (out, buffer, n);
      if (out->len > max_bytes)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG,
                       "%s: larger than %" G_GSIZE_FORMAT " bytes", path, max_bytes);
          return FALSE;
        }
    }
  return TRUE;
}

char *
vmm_fd_read_file (const char *path, gsize max_bytes, gsize *len, GError **error)
{
  /* O_NONBLOCK: a FIFO in the place of a file must not stop us. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean ok;

  if (fd < 0)
    {
      set_file_error (error, path);
      return NULL;
    }
  ok = read_all (fd, path, out, max_bytes, error);
  close (fd);
  if (!ok)
    return NULL;
  if (len != NULL)
    *len = out->len;
  return g_string_free (g_steal_pointer (&out), FALSE);
}
