/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/status.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "driver/statusformat.h"

/* How long somebody who asks may take to say what, and to read the answer. */
#define CLIENT_TIMEOUT_S 2

struct _VmmStatus
{
  char           *path;
  VmmStatusSource source;
  int             fd;
  GThread        *thread;

  GMutex          lock;    /* for the two below */
  int             client;  /* who is being answered, or -1 */
  gboolean        closing;
};

char *
vmm_status_path (const char *var_dir, const char *driver)
{
  g_autofree char *name = g_strdup_printf ("one_vmm_%s.status", driver);

  return g_build_filename (var_dir, name, NULL);
}

static char *
answer (VmmStatus *self, const char *form)
{
  g_auto (VmmStatusView) view;

  vmm_statusview_take (&view, &self->source);
  return vmm_status_format (form, &view);
}

static void
serve_client (VmmStatus *self, int client)
{
  const struct timeval limit = { .tv_sec = CLIENT_TIMEOUT_S };
  char form[32] = "";
  g_autofree char *text = NULL;
  gssize n;

  setsockopt (client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt (client, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  n = read (client, form, sizeof form - 1);
  if (n <= 0)
    return;
  text = answer (self, g_strstrip (form));
  if (text != NULL)
    vmm_fd_write_all (client, text, strlen (text));
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

/* A socket that nobody listens on was left behind by a driver that was killed. */
static gboolean
is_stale (const struct sockaddr_un *address)
{
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean refused = connect (fd, (const struct sockaddr *) address, sizeof *address) < 0
                     && errno == ECONNREFUSED;

  close (fd);
  return refused;
}

static gboolean
bind_private (int fd, const struct sockaddr_un *address)
{
  /* Before it has a name nobody else can open it. */
  fchmod (fd, 0600);
  if (bind (fd, (const struct sockaddr *) address, sizeof *address) == 0)
    return TRUE;
  if (errno != EADDRINUSE || !is_stale (address))
    return FALSE;
  unlink (address->sun_path);
  return bind (fd, (const struct sockaddr *) address, sizeof *address) == 0;
}

VmmStatus *
vmm_status_new (const char *path, const VmmStatusSource *source, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  VmmStatus *self;
  int fd;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG, "no status socket: the path %s is too long",
                   path);
      return NULL;
    }
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || !bind_private (fd, &address) || listen (fd, 8) < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "no status socket: %s: %s", path,
                   g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return NULL;
    }
  self = g_new0 (VmmStatus, 1);
  self->path = g_strdup (path);
  self->source = *source;
  self->fd = fd;
  self->client = -1;
  g_mutex_init (&self->lock);
  self->thread = g_thread_new ("status", serve, self);
  return self;
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
  g_thread_join (self->thread);
  close (self->fd);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  g_free (self);
}
