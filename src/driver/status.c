/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/status.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"
#include "driver/statusformat.h"

/* How long somebody who asks may take, to say what and to read the answer. */
#define CLIENT_LIMIT_MS 2000

/* Several drivers may share a directory of scripts. */
#define MAX_DRIVERS 9

struct _VmmStatus
{
  char           *path;
  char           *name;
  VmmStatusSource source;
  int             fd;
  GThread        *thread;

  GMutex          lock;    /* for the two below */
  int             client;  /* who is being answered, or -1 */
  gboolean        closing;
};

char *
vmm_status_path (const char *var_dir, const char *name)
{
  g_autofree char *file = g_strdup_printf ("one_vmm_%s.status", name);

  return g_build_filename (var_dir, file, NULL);
}

static char *
answer (VmmStatus *self, const char *form)
{
  g_auto (VmmStatusView) view;

  vmm_statusview_take (&view, &self->source);
  return vmm_status_format (form, &view);
}

/* Waits for the client; FALSE when its time is over. */
static gboolean
wait_client (int client, short events, gint64 limit_us)
{
  struct pollfd fd = { .fd = client, .events = events };
  gint64 left_us = limit_us - g_get_monotonic_time ();

  return left_us > 0 && poll (&fd, 1, (int) (left_us / 1000) + 1) >= 0;
}

/* Reads up to the newline, the end or what a form has at most. */
static gboolean
read_form (int client, char *form, gsize size, gint64 limit_us)
{
  gsize len = 0;

  while (len + 1 < size && memchr (form, '\n', len) == NULL
         && wait_client (client, POLLIN, limit_us))
    {
      gssize n = recv (client, form + len, size - 1 - len, MSG_DONTWAIT);

      if (n > 0)
        len += n;
      else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        break;
    }
  form[len] = '\0';
  return len > 0;
}

static void
write_text (int client, const char *text, gint64 limit_us)
{
  gsize len = strlen (text);

  while (len > 0 && wait_client (client, POLLOUT, limit_us))
    {
      gssize n = send (client, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);

      if (n > 0)
        {
          text += n;
          len -= n;
        }
      else if (errno != EAGAIN && errno != EINTR)
        break;
    }
}

static void
serve_client (VmmStatus *self, int client)
{
  gint64 limit_us = g_get_monotonic_time () + CLIENT_LIMIT_MS * G_TIME_SPAN_MILLISECOND;
  char form[32];
  g_autofree char *text = NULL;

  if (!read_form (client, form, sizeof form, limit_us))
    return;
  text = answer (self, g_strstrip (form));
  if (text != NULL)
    write_text (client, text, limit_us);
}

/* FALSE when it came too late. */
static gboolean
take_client (VmmStatus *self, int client)
{
  gboolean take;

  g_mutex_lock (&self->lock);
  take = !self->closing;
  self->client = take ? client : -1;
  g_mutex_unlock (&self->lock);
  return take;
}

static void
drop_client (VmmStatus *self, int client)
{
  g_mutex_lock (&self->lock);
  self->client = -1;
  g_mutex_unlock (&self->lock);
  close (client);
}

static gpointer
serve (gpointer user_data)
{
  VmmStatus *self = user_data;
  int client;

  /* free() shuts the socket down, which ends the accept. */
  while ((client = accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno != EINVAL)
    if (client >= 0)
      {
        if (take_client (self, client))
          serve_client (self, client);
        drop_client (self, client);
      }
    else if (errno == EMFILE || errno == ENFILE)
      g_usleep (100 * 1000);
  return NULL;
}

/* ---- the socket ---- */

/* A socket that nobody listens on was left behind by a driver that was killed. */
static gboolean
is_stale (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean refused = connect (fd, (const struct sockaddr *) address, sizeof *address) < 0
                     && errno == ECONNREFUSED;

  close (fd);
  return refused;
}

/* FALSE with errno; EADDRINUSE: another driver has it. */
static gboolean
listen_privately (int fd, const struct sockaddr_un *address)
{
  /* Before it has a name nobody else can open it. */
  fchmod (fd, 0600);
  if (bind (fd, (const struct sockaddr *) address, sizeof *address) < 0)
    {
      if (errno != EADDRINUSE)
        return FALSE;
      if (!is_stale (address))
        {
          errno = EADDRINUSE;
          return FALSE;
        }
      unlink (address->sun_path);
      if (bind (fd, (const struct sockaddr *) address, sizeof *address) < 0)
        return FALSE;
    }
  return listen (fd, 8) == 0;
}

/* For a second at most: nobody is to be held up by a lock of somebody else. */
static void
lock_directory (int dir)
{
  for (int i = 0; i < 100 && flock (dir, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK; i++)
    g_usleep (10 * 1000);
}

/* Takes the first free name. The directory is locked meanwhile, because between
 * bind() and listen() a socket looks like one that was left behind. */
static int
open_socket (const char *var_dir, const char *driver, char **name, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *path = NULL;
  int dir = open (var_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean done = FALSE;

  lock_directory (dir);
  errno = EADDRINUSE;
  for (guint n = 1; !done && errno == EADDRINUSE && n <= MAX_DRIVERS; n++)
    {
      g_free (*name);
      g_free (path);
      *name = n == 1 ? g_strdup (driver) : g_strdup_printf ("%s.%u", driver, n);
      path = vmm_status_path (var_dir, *name);
      if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) < sizeof address.sun_path)
        done = listen_privately (fd, &address);
      else
        errno = ENAMETOOLONG;
    }
  if (!done)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "no status socket: %s: %s", path,
                   g_strerror (errno));
      close (fd);
    }
  close (dir);
  return done ? fd : -1;
}

VmmStatus *
vmm_status_new (const char *var_dir, const VmmStatusSource *source, GError **error)
{
  g_autofree char *name = NULL;
  int fd = open_socket (var_dir, source->driver, &name, error);
  VmmStatus *self;

  if (fd < 0)
    return NULL;
  self = g_new0 (VmmStatus, 1);
  self->path = vmm_status_path (var_dir, name);
  self->name = g_steal_pointer (&name);
  self->source = *source;
  self->fd = fd;
  self->client = -1;
  g_mutex_init (&self->lock);
  self->thread = g_thread_try_new ("status", serve, self, error);
  if (self->thread == NULL)
    {
      vmm_status_free (self);
      return NULL;
    }
  return self;
}

const char *
vmm_status_name (const VmmStatus *self)
{
  return self->name;
}

void
vmm_status_free (VmmStatus *self)
{
  if (self == NULL)
    return;
  unlink (self->path);
  shutdown (self->fd, SHUT_RDWR);
  /* oned kills soon after FINALIZE: nobody may hold us up by asking and not reading. */
  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  if (self->client >= 0)
    shutdown (self->client, SHUT_RDWR);
  g_mutex_unlock (&self->lock);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  close (self->fd);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}
