/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/libssh2_private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/error.h"
#include "driver/ssh/identity.h"
#include "driver/ssh/knownhosts.h"

/* More than any sane host says before the login. */
#define MAX_BYTES_BEFORE_LOGIN (1024 * 1024)

#define SSH_MSG_CHANNEL_REQUEST 98

/* ---- memory ----
 *
 * libssh2 reads the exit status of a command whose end the host never told as
 * 0, and offers no way to tell the difference. It does free each message once
 * it has dealt with it, so the one that tells the end is recognised there. */

typedef union
{
  gsize len;
  long double align;
} Block;

void *
vmm_libssh2_alloc (gsize len, G_GNUC_UNUSED void **abstract)
{
  Block *block = calloc (1, sizeof *block + len);

  if (block == NULL)
    return NULL;
  block->len = len;
  return block + 1;
}

static gboolean
tells_end (const guchar *message, gsize len)
{
  /* byte type, uint32 channel, string "exit-status" or "exit-signal", ... */
  return len >= 20 && message[0] == SSH_MSG_CHANNEL_REQUEST
         && memcmp (message + 5, "\0\0\0\013exit-s", 10) == 0;
}

static void
memory_free (void *data, void **abstract)
{
  Block *block = (Block *) data - 1;

  if (data == NULL)
    return;
  if (tells_end (data, block->len))
    ((VmmLibssh2 *) *abstract)->told_end = TRUE;
  free (block);
}

static void *
memory_realloc (void *data, gsize len, G_GNUC_UNUSED void **abstract)
{
  Block *block = data == NULL ? NULL : (Block *) data - 1;

  block = realloc (block, sizeof *block + len);
  if (block == NULL)
    return NULL;
  block->len = len;
  return block + 1;
}

/* ---- waiting ---- */

/* libssh2 reads on for as long as there is something, whatever it is. A host
 * that talks without end is stopped here. */
static ssize_t
receive (libssh2_socket_t fd, void *buffer, size_t len, int flags, void **abstract)
{
  VmmLibssh2 *self = *abstract;
  ssize_t n;

  if (!vmm_wait_goes_on (&self->wait, NULL))
    return -EAGAIN;
  if (!self->logged_in && self->received > MAX_BYTES_BEFORE_LOGIN)
    return -EBADMSG;
  n = recv (fd, buffer, len, flags);
  if (n < 0)
    return -errno;
  self->received += n;
  return n;
}

gboolean
vmm_libssh2_wait (VmmLibssh2 *self, GError **error)
{
  int directions = libssh2_session_block_directions (self->session);
  short events = 0;

  if (directions & LIBSSH2_SESSION_BLOCK_INBOUND)
    events |= POLLIN;
  if (directions & LIBSSH2_SESSION_BLOCK_OUTBOUND)
    events |= POLLOUT;
  return vmm_wait_fd (&self->wait, vmm_socket_fd (self->socket), events, error);
}

const char *
vmm_libssh2_message (VmmLibssh2 *self)
{
  char *message = NULL;

  libssh2_session_last_error (self->session, &message, NULL, 0);
  return message == NULL ? "" : message;
}

/* ---- connecting ---- */

/* Why the handshake failed; rc from libssh2. */
static void
set_handshake_error (VmmLibssh2 *self, int rc, GError **error)
{
  g_autofree char *proxy = vmm_socket_proxy_error (self->socket);

  if (rc == LIBSSH2_ERROR_EAGAIN)
    return;
  if (proxy != NULL)
    g_set_error (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BUSY, "%s", proxy);
  else if (self->received > MAX_BYTES_BEFORE_LOGIN)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_CONNECT,
                         "what answers there floods us and is no SSH server");
  else if (rc == LIBSSH2_ERROR_KEX_FAILURE || rc == LIBSSH2_ERROR_METHOD_NONE
           || rc == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED)
    g_set_error (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BEYOND,
                 "libssh2 and the host have no host key type or algorithm in common");
  else
    g_set_error (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BUSY,
                 "the connection broke off before the login (%s)", vmm_libssh2_message (self));
}

/* Asks for a host key of a type that can be checked. */
static gboolean
choose_key_types (VmmLibssh2 *self, const VmmKnownHosts *known, GError **error)
{
  g_autofree char *types = vmm_knownhosts_types (known, vmm_identity_host_types);
  g_autofree char *all = g_strjoinv (",", (char **) vmm_identity_host_types);

  if (types != NULL && *types == '\0')
    {
      g_set_error_literal (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BEYOND,
                           "the known host keys are of types that libssh2 can't check");
      return FALSE;
    }
  libssh2_session_method_pref (self->session, LIBSSH2_METHOD_HOSTKEY, types ? types : all);
  return TRUE;
}

static gboolean
handshake (VmmLibssh2 *self, GError **error)
{
  g_autoptr (VmmKnownHosts) known = vmm_knownhosts_load (self->link.config);
  const char *key;
  size_t len = 0;
  int rc, type;

  if (!choose_key_types (self, known, error))
    return FALSE;
  VMM_LIBSSH2_AGAIN (self, rc,
                     libssh2_session_handshake (self->session, vmm_socket_fd (self->socket)),
                     error);
  if (rc != 0)
    {
      set_handshake_error (self, rc, error);
      g_prefix_error (error, "key exchange: ");
      return FALSE;
    }
  key = libssh2_session_hostkey (self->session, &len, &type);
  self->link.host_key = vmm_identity_describe (key, len);
  return vmm_knownhosts_check (known, key, len, &self->link.notice, error);
}

static gboolean
is_alive (VmmLink *link)
{
  VmmLibssh2 *self = (VmmLibssh2 *) link;
  char byte;
  gssize n = recv (vmm_socket_fd (self->socket), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void
close_link (VmmLink *link)
{
  VmmLibssh2 *self = (VmmLibssh2 *) link;

  if (self->session != NULL)
    {
      /* Polite, but only as far as it goes without waiting: on a socket that is
       * shut down libssh2 neither waits for a channel's end nor keeps it. */
      self->wait = (VmmWait){ G_MAXINT64, NULL };
      if (self->logged_in && !self->half_sent)
        libssh2_session_disconnect (self->session, "");
      shutdown (vmm_socket_fd (self->socket), SHUT_RDWR);
      while (libssh2_session_free (self->session) == LIBSSH2_ERROR_EAGAIN)
        ;
    }
  vmm_socket_close (self->socket);
  g_ptr_array_unref (self->closing);
  vmm_link_clear (link);
  g_free (self);
}

VmmLink *
vmm_libssh2_open (VmmHostConfig *config, const VmmWait *wait, GError **error)
{
  static const VmmLinkOps ops = { "libssh2", is_alive, vmm_libssh2_exec, close_link };
  VmmLibssh2 *self;

  if (!vmm_ssh2_load (error))
    return NULL;
  self = g_new0 (VmmLibssh2, 1);
  vmm_link_init (&self->link, &ops, VMM_LINK_LIBSSH2, config);
  self->wait = *wait;
  self->closing = g_ptr_array_new ();
  self->socket = vmm_socket_open (config, wait, error);
  if (self->socket != NULL)
    {
      self->session = libssh2_session_init_ex (vmm_libssh2_alloc, memory_free, memory_realloc,
                                               self);
      libssh2_session_set_blocking (self->session, 0);
      libssh2_session_callback_set (self->session, LIBSSH2_CALLBACK_RECV, (void *) receive);
      if (handshake (self, error) && vmm_libssh2_login (self, error))
        {
          self->logged_in = TRUE;
          return &self->link;
        }
    }
  close_link (&self->link);
  return NULL;
}
