/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/session.h"
#include "common/spawn.h"
#include "common/text.h"
#include "driver/ssh/link.h"

/* When a connection is given up whose far side acknowledges nothing any more. */
#define DEAD_PEER_MS 30000
#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_COUNT 3

/* How long an address may take when the name has others (IPv6 that leads nowhere). */
#define NEXT_ADDRESS_MS 3000

/* How long a proxy child may take to go after TERM. */
#define PROXY_GRACE_MS 200

struct _VmmSocket
{
  int   fd;
  pid_t proxy;        /* 0: none */
  int   proxy_stderr; /* -1: none */
};

/* ---- names ---- */

/* getaddrinfo() can't be interrupted, so it runs in a thread that is left
 * behind when its answer comes too late. */
typedef struct
{
  gatomicrefcount  refs;
  char            *hostname, *port;
  struct addrinfo  hints;
  struct addrinfo *addresses;
  int              rc;
  int              done; /* eventfd */
} Lookup;

static void
lookup_unref (Lookup *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  if (self->addresses != NULL)
    freeaddrinfo (self->addresses);
  if (self->done >= 0)
    close (self->done);
  g_free (self->hostname);
  g_free (self->port);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Lookup, lookup_unref)

static gpointer
lookup_thread (gpointer data)
{
  Lookup *self = data;

  self->rc = getaddrinfo (self->hostname, self->port, &self->hints, &self->addresses);
  eventfd_write (self->done, 1);
  lookup_unref (self);
  return NULL;
}

/* Asks a name server, for no longer than wait. */
static gboolean
ask (Lookup *self, const VmmWait *wait, GError **error)
{
  GThread *thread;
  eventfd_t count;

  self->done = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->done < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "%s", g_strerror (errno));
      return FALSE;
    }
  self->hints.ai_flags = AI_ADDRCONFIG;
  g_atomic_ref_count_inc (&self->refs);
  thread = g_thread_try_new ("resolve", lookup_thread, self, error);
  if (thread == NULL)
    {
      lookup_unref (self);
      return FALSE;
    }
  g_thread_unref (thread);
  if (!vmm_wait_fd (wait, self->done, POLLIN, error))
    return FALSE;
  eventfd_read (self->done, &count);
  return TRUE;
}

static Lookup *
look_up (const VmmHostConfig *config, const VmmWait *wait, GError **error)
{
  g_autoptr (Lookup) self = g_new0 (Lookup, 1);

  g_atomic_ref_count_init (&self->refs);
  self->hostname = g_strdup (config->hostname);
  self->port = g_strdup (config->port);
  self->done = -1;
  self->hints = (struct addrinfo){ .ai_family = config->family, .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST };
  /* A plain address needs no name server, hence no thread. */
  self->rc = getaddrinfo (self->hostname, self->port, &self->hints, &self->addresses);
  if (self->rc == EAI_NONAME && !ask (self, wait, error))
    {
      g_prefix_error (error, "resolving the name %s: ", config->hostname);
      return NULL;
    }
  if (self->rc != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s: %s", config->hostname,
                   gai_strerror (self->rc));
      return NULL;
    }
  return g_steal_pointer (&self);
}

/* ---- TCP ---- */

static void
set_options (int fd)
{
  int on = 1, idle = KEEPALIVE_IDLE_S, interval = KEEPALIVE_INTERVAL_S, count = KEEPALIVE_COUNT;
  unsigned int dead_ms = DEAD_PEER_MS;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt (fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt (fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt (fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
  setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof dead_ms);
}

static int
connect_to (const struct addrinfo *address, const VmmWait *wait, GError **error)
{
  int fd = socket (address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int problem = 0;
  socklen_t len = sizeof problem;

  if (fd < 0)
    problem = errno;
  else if (connect (fd, address->ai_addr, address->ai_addrlen) < 0)
    {
      problem = errno;
      if (problem == EINPROGRESS)
        {
          if (!vmm_wait_fd (wait, fd, POLLOUT, error))
            {
              close (fd);
              return -1;
            }
          getsockopt (fd, SOL_SOCKET, SO_ERROR, &problem, &len);
        }
    }
  if (problem == 0)
    {
      set_options (fd);
      return fd;
    }
  g_set_error_literal (error, VMM_LINK_ERROR, VMM_LINK_ERROR_DOWN, g_strerror (problem));
  if (fd >= 0)
    close (fd);
  return -1;
}

static int
connect_tcp (const VmmHostConfig *config, const VmmWait *wait, GError **error)
{
  g_autoptr (Lookup) found = look_up (config, wait, error);
  int fd = -1;

  for (const struct addrinfo *address = found == NULL ? NULL : found->addresses;
       address != NULL && fd < 0; address = address->ai_next)
    {
      VmmWait limited = vmm_wait_at_most (wait, NEXT_ADDRESS_MS);

      g_clear_error (error);
      fd = connect_to (address, address->ai_next != NULL ? &limited : wait, error);
    }
  if (fd < 0 && found != NULL)
    g_prefix_error (error, "connecting to %s port %s: ", config->hostname, config->port);
  return fd;
}

/* ---- proxies ---- */

static GPtrArray *
shell_argv (const char *command)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);

  /* As the client does it: the user's shell, replaced by the command. */
  g_ptr_array_add (argv, g_strdup (g_getenv ("SHELL") ? g_getenv ("SHELL") : "/bin/sh"));
  g_ptr_array_add (argv, g_strdup ("-c"));
  g_ptr_array_add (argv, g_strdup_printf ("exec %s", command));
  g_ptr_array_add (argv, NULL);
  return argv;
}

/* ProxyJump a,b: by way of a to b, and from there to the host. */
static GPtrArray *
jump_argv (const VmmHostConfig *config)
{
  GPtrArray *argv = g_ptr_array_new_with_free_func (g_free);
  const char *comma = strrchr (config->proxy_jump, ',');
  const char *last = comma == NULL ? config->proxy_jump : comma + 1;

  g_ptr_array_add (argv, g_strdup ("ssh"));
  if (config->ssh_config != NULL)
    {
      g_ptr_array_add (argv, g_strdup ("-F"));
      g_ptr_array_add (argv, g_strdup (config->ssh_config));
    }
  if (comma != NULL)
    {
      g_ptr_array_add (argv, g_strdup ("-J"));
      g_ptr_array_add (argv, g_strndup (config->proxy_jump, comma - config->proxy_jump));
    }
  g_ptr_array_add (argv, g_strdup ("-oBatchMode=yes"));
  g_ptr_array_add (argv, g_strdup ("-oControlMaster=no"));
  g_ptr_array_add (argv, g_strdup ("-oControlPath=none"));
  g_ptr_array_add (argv, g_strdup ("-W"));
  g_ptr_array_add (argv, g_strdup_printf ("[%s]:%s", config->hostname, config->port));
  g_ptr_array_add (argv, g_strdup ("--"));
  g_ptr_array_add (argv, strstr (last, "://") != NULL ? g_strdup (last)
                                                      : g_strdup_printf ("ssh://%s", last));
  g_ptr_array_add (argv, NULL);
  return argv;
}

static gboolean
open_proxy (VmmSocket *self, const VmmHostConfig *config, GError **error)
{
  g_autoptr (GPtrArray) argv = config->proxy_jump != NULL ? jump_argv (config)
                                                          : shell_argv (config->proxy_command);
  int pair[2] = { -1, -1 }, err[2] = { -1, -1 };
  int rc = 0;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
    rc = errno;
  else if (pipe2 (err, O_CLOEXEC | O_NONBLOCK) < 0)
    /* Non-blocking at its end too: a chatty proxy loses words rather than stops. */
    rc = errno;
  else
    rc = vmm_spawn (&self->proxy, pair[1], pair[1], err[1], (char *const *) argv->pdata);

  if (pair[1] >= 0)
    close (pair[1]);
  if (err[1] >= 0)
    close (err[1]);
  self->fd = pair[0];
  self->proxy_stderr = err[0];
  vmm_fd_set_nonblocking (self->fd);
  if (rc == 0)
    return TRUE;
  self->proxy = 0;
  g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "starting the proxy %s: %s",
               (char *) argv->pdata[0], g_strerror (rc));
  return FALSE;
}

static void
end_proxy (VmmSocket *self)
{
  int pidfd = pidfd_open (self->proxy, 0);
  struct pollfd gone = { .fd = pidfd, .events = POLLIN };

  vmm_session_kill (self->proxy, SIGTERM);
  if (pidfd >= 0)
    {
      poll (&gone, 1, PROXY_GRACE_MS);
      close (pidfd);
    }
  vmm_session_kill (self->proxy, SIGKILL);
  while (waitpid (self->proxy, NULL, 0) < 0 && errno == EINTR)
    ;
}

/* ---- the socket ---- */

VmmSocket *
vmm_socket_open (const VmmHostConfig *config, const VmmWait *wait, GError **error)
{
  VmmSocket *self = g_new0 (VmmSocket, 1);

  self->fd = -1;
  self->proxy_stderr = -1;
  if (config->proxy_jump == NULL && config->proxy_command == NULL)
    self->fd = connect_tcp (config, wait, error);
  else if (!open_proxy (self, config, error))
    g_clear_pointer (&self, vmm_socket_close);
  if (self != NULL && self->fd < 0)
    g_clear_pointer (&self, vmm_socket_close);
  return self;
}

void
vmm_socket_close (VmmSocket *self)
{
  if (self == NULL)
    return;
  if (self->fd >= 0)
    close (self->fd);
  if (self->proxy > 0)
    end_proxy (self);
  if (self->proxy_stderr >= 0)
    close (self->proxy_stderr);
  g_free (self);
}

int
vmm_socket_fd (const VmmSocket *self)
{
  return self->fd;
}

char *
vmm_socket_proxy_error (VmmSocket *self)
{
  char buffer[2048];
  gssize n = self->proxy_stderr < 0 ? 0 : read (self->proxy_stderr, buffer, sizeof buffer);
  g_autofree char *line = n > 0 ? vmm_text_one_line (buffer, n, 1000) : NULL;

  return line != NULL && *line != '\0' ? g_steal_pointer (&line) : NULL;
}
