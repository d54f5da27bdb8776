/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"

/* What OpenSSH itself allows for one message. */
#define MAX_MESSAGE_BYTES (256 * 1024)

void
vmm_wire_put_byte (GByteArray *message, guint8 value)
{
  g_byte_array_append (message, &value, 1);
}

void
vmm_wire_put_u32 (GByteArray *message, guint32 value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (message, (const guint8 *) &value, sizeof value);
}

void
vmm_wire_put_string (GByteArray *message, const void *data, gsize len)
{
  vmm_wire_put_u32 (message, (guint32) len);
  g_byte_array_append (message, data, (guint) len);
}

void
vmm_wire_reader_init (VmmWireReader *self, const void *data, gsize len)
{
  self->at = data;
  self->end = self->at + len;
}

gboolean
vmm_wire_get_u32 (VmmWireReader *self, guint32 *value)
{
  if (self->end - self->at < 4)
    return FALSE;
  memcpy (value, self->at, 4);
  *value = GUINT32_FROM_BE (*value);
  self->at += 4;
  return TRUE;
}

GBytes *
vmm_wire_get_string (VmmWireReader *self)
{
  VmmWireReader ahead = *self;
  guint32 len;

  if (!vmm_wire_get_u32 (&ahead, &len) || (gsize) (ahead.end - ahead.at) < len)
    return NULL;
  self->at = ahead.at + len;
  return g_bytes_new (ahead.at, len);
}

static void
set_errno (GError **error, const char *what)
{
  g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s: %s", what, g_strerror (errno));
}

int
vmm_wire_connect (const char *path, const VmmWait *wait, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd, rc;

  if (strlen (path) >= sizeof address.sun_path)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s: too long for a socket", path);
      return -1;
    }
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      set_errno (error, "socket");
      return -1;
    }
  /* EAGAIN: its queue is full; there is nothing to poll for. */
  while ((rc = connect (fd, (struct sockaddr *) &address, sizeof address)) < 0 && errno == EAGAIN)
    if (!vmm_wait_sleep (wait, 10, error))
      {
        close (fd);
        return -1;
      }
  if (rc == 0)
    return fd;
  set_errno (error, path);
  close (fd);
  return -1;
}

static gboolean
send_all (int fd, const void *data, gsize len, const VmmWait *wait, GError **error)
{
  const char *at = data;

  while (len > 0)
    {
      gssize n = send (fd, at, len, MSG_NOSIGNAL);

      if (n > 0)
        {
          at += n;
          len -= n;
        }
      else if (n < 0 && errno == EAGAIN)
        {
          if (!vmm_wait_fd (wait, fd, POLLOUT, error))
            return FALSE;
        }
      else if (n < 0 && errno != EINTR)
        {
          set_errno (error, "send");
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
receive_all (int fd, void *data, gsize len, const VmmWait *wait, GError **error)
{
  char *at = data;

  while (len > 0)
    {
      gssize n = recv (fd, at, len, 0);

      if (n > 0)
        {
          at += n;
          len -= n;
        }
      else if (n < 0 && errno == EAGAIN)
        {
          if (!vmm_wait_fd (wait, fd, POLLIN, error))
            return FALSE;
        }
      else if (n == 0)
        {
          g_set_error_literal (error, VMM_ERROR, VMM_ERROR_CONNECT, "closed by the other side");
          return FALSE;
        }
      else if (errno != EINTR)
        {
          set_errno (error, "recv");
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
vmm_wire_send (int fd, const GByteArray *message, const VmmWait *wait, GError **error)
{
  g_autoptr (GByteArray) packet = g_byte_array_new ();

  vmm_wire_put_string (packet, message->data, message->len);
  return send_all (fd, packet->data, packet->len, wait, error);
}

GByteArray *
vmm_wire_receive (int fd, const VmmWait *wait, GError **error)
{
  g_autoptr (GByteArray) message = NULL;
  guint32 len;

  if (!receive_all (fd, &len, sizeof len, wait, error))
    return NULL;
  len = GUINT32_FROM_BE (len);
  if (len > MAX_MESSAGE_BYTES)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "a message of %u bytes", len);
      return NULL;
    }
  message = g_byte_array_sized_new (len);
  g_byte_array_set_size (message, len);
  if (!receive_all (fd, message->data, len, wait, error))
    return NULL;
  return g_steal_pointer (&message);
}
