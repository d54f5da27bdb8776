/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct _Peer
{
  PeerMode   mode;
  int        port, server_port;
  gsize      limit;
  gsize      passed; /* atomic */
  int        listener, stop;
  GThread   *thread;
  GPtrArray *connections; /* of GThread; the accepting thread's */
};

typedef struct
{
  Peer *peer;
  int   fd;
} Connection;

/* Until the other side closes or the peer ends. */
static void
wait_for_end (Connection *self)
{
  for (;;)
    {
      struct pollfd fds[] = { { .fd = self->fd, .events = POLLIN },
                              { .fd = self->peer->stop, .events = POLLIN } };
      char buffer[4096];

      poll (fds, 2, -1);
      if (fds[1].revents != 0 || recv (self->fd, buffer, sizeof buffer, 0) <= 0)
        return;
    }
}

static gboolean
say (Connection *self, const char *text, gsize len)
{
  return send (self->fd, text, len, MSG_NOSIGNAL) == (gssize) len;
}

static void
flood (Connection *self, const char *text, gsize len)
{
  struct pollfd stop = { .fd = self->peer->stop, .events = POLLIN };

  while (poll (&stop, 1, 0) == 0 && say (self, text, len))
    ;
}

static int
connect_server (int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  return fd;
}

static void
relay (Connection *self)
{
  Peer *peer = self->peer;
  int server = connect_server (peer->server_port);
  gsize left = peer->limit;
  char buffer[4096];

  while (left > 0)
    {
      struct pollfd fds[] = { { .fd = self->fd, .events = POLLIN },
                              { .fd = server, .events = POLLIN },
                              { .fd = peer->stop, .events = POLLIN } };
      gssize n;

      poll (fds, 3, -1);
      if (fds[2].revents != 0)
        break;
      if (fds[0].revents != 0)
        {
          if ((n = recv (self->fd, buffer, sizeof buffer, 0)) <= 0)
            break;
          send (server, buffer, n, MSG_NOSIGNAL);
        }
      if (fds[1].revents != 0)
        {
          if ((n = recv (server, buffer, MIN (sizeof buffer, left), 0)) <= 0)
            break;
          send (self->fd, buffer, n, MSG_NOSIGNAL);
          left -= n;
          g_atomic_pointer_add (&peer->passed, n);
        }
    }
  if (left == 0 && peer->mode == PEER_RELAY_STALLS)
    wait_for_end (self);
  close (server);
}

static gpointer
connection_thread (gpointer data)
{
  Connection *self = data;
  static const char banner[] = "SSH-2.0-peer\r\n";
  char junk[8192];

  memset (junk, 'x', sizeof junk);
  switch (self->peer->mode)
    {
    case PEER_CLOSES:
      break;
    case PEER_BANNER_CLOSES:
      say (self, banner, sizeof banner - 1);
      break;
    case PEER_GARBAGE:
      say (self, banner, sizeof banner - 1);
      say (self, "\0\0\0\024garbage that is no packet", 28);
      break;
    case PEER_FLOODS_TEXT:
      junk[100] = '\n';
      flood (self, junk, sizeof junk);
      break;
    case PEER_FLOODS_BYTES:
      say (self, banner, sizeof banner - 1);
      memset (junk, 0, sizeof junk);
      flood (self, junk, sizeof junk);
      break;
    case PEER_RELAY_BREAKS:
    case PEER_RELAY_STALLS:
      relay (self);
      break;
    case PEER_BANNER:
      say (self, banner, sizeof banner - 1);
      wait_for_end (self);
      break;
    case PEER_SILENT:
      wait_for_end (self);
      break;
    }
  close (self->fd);
  g_free (self);
  return NULL;
}

static gpointer
accept_thread (gpointer data)
{
  Peer *self = data;

  for (;;)
    {
      struct pollfd fds[] = { { .fd = self->listener, .events = POLLIN },
                              { .fd = self->stop, .events = POLLIN } };
      Connection *connection;
      int fd;

      poll (fds, 2, -1);
      if (fds[1].revents != 0)
        return NULL;
      if ((fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
        continue;
      connection = g_new0 (Connection, 1);
      connection->peer = self;
      connection->fd = fd;
      g_ptr_array_add (self->connections, g_thread_new ("peer", connection_thread, connection));
    }
}

Peer *
peer_new (PeerMode mode, int server_port, gsize limit)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof address;
  Peer *self = g_new0 (Peer, 1);

  self->mode = mode;
  self->server_port = server_port;
  self->limit = limit;
  self->connections = g_ptr_array_new ();
  self->stop = eventfd (0, EFD_CLOEXEC);
  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listener, 100), ==, 0);
  g_assert_cmpint (getsockname (self->listener, (struct sockaddr *) &address, &len), ==, 0);
  self->port = ntohs (address.sin_port);
  self->thread = g_thread_new ("peer-accept", accept_thread, self);
  return self;
}

void
peer_free (Peer *self)
{
  eventfd_write (self->stop, 1);
  g_thread_join (self->thread);
  for (guint i = 0; i < self->connections->len; i++)
    g_thread_join (self->connections->pdata[i]);
  g_ptr_array_unref (self->connections);
  close (self->listener);
  close (self->stop);
  g_free (self);
}

int
peer_port (const Peer *self)
{
  return self->port;
}

gsize
peer_passed (Peer *self)
{
  return (gsize) g_atomic_pointer_get (&self->passed);
}
