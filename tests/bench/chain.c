/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libssh2.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/quote.h"
#include "driver/config.h"
#include "driver/message.h"
#include "driver/plan.h"
#include "memory.h"

static void
step_free (gpointer data)
{
  ChainStep *step = data;

  g_strfreev (step->argv);
  g_free (step->remote);
  g_free (step->input);
  g_bytes_unref (step->bytes);
  g_free (step);
}

static ChainStep *
step_new (const VmmCommand *command, const char *dir)
{
  static guint number;
  ChainStep *step = g_new0 (ChainStep, 1);
  g_autoptr (GError) error = NULL;
  gsize len;
  const char *data = g_bytes_get_data (command->input, &len);

  g_assert_null (command->files);
  step->argv = g_strdupv (command->argv);
  if (command->host != NULL)
    step->remote = vmm_quote_argv ((const char *const *) step->argv);
  step->bytes = g_bytes_ref (command->input);
  if (len == 0)
    {
      step->input = g_strdup ("/dev/null");
      return step;
    }
  step->input = g_strdup_printf ("%s/input%u", dir, number++);
  g_file_set_contents (step->input, data, (gssize) len, &error);
  g_assert_no_error (error);
  return step;
}

GPtrArray *
chain_new (const char *line, const char *arguments, const char *dir)
{
  char *argv[] = { (char *) "one_vmm_exec", (char *) arguments, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmOptions) options = vmm_options_parse (2, argv, &error);
  VmmMessage *message = vmm_message_parse (line, strlen (line));
  g_autoptr (VmmConfig) config = vmm_config_load ();
  g_autoptr (VmmPlan) plan = vmm_plan_of_message (config, options, 502, message, &error);
  GPtrArray *chain = g_ptr_array_new_with_free_func (step_free);

  g_assert_no_error (error);
  for (guint i = 0; i < plan->steps->len; i++)
    {
      const VmmPlanStep *step = g_ptr_array_index (plan->steps, i);

      for (guint j = 0; j < step->calls->len; j++)
        g_ptr_array_add (chain, step_new (((VmmCall *) step->calls->pdata[j])->command, dir));
    }
  g_assert_cmpuint (chain->len, >, 0);
  vmm_message_free (message);
  return chain;
}

/* ---- here ---- */

/* In a session of its own as with the driver, because Linux shares out the processors
 * by session: else other work on the machine would slow down one side only. */
static pid_t
spawn (const ChainStep *step)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  pid_t pid;

  posix_spawnattr_init (&attr);
  posix_spawnattr_setflags (&attr, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, 0, step->input, O_RDONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 2, "/dev/null", O_WRONLY, 0);
  g_assert_cmpint (posix_spawn (&pid, step->argv[0], &actions, &attr, step->argv, environ), ==, 0);
  posix_spawnattr_destroy (&attr);
  posix_spawn_file_actions_destroy (&actions);
  return pid;
}

static void
run_step_here (const ChainStep *step)
{
  pid_t pid = spawn (step);
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

/* ---- there ---- */

typedef struct
{
  int              fd;
  LIBSSH2_SESSION *session;
} Link;

struct Bare
{
  int         port;
  const char *key;
  GArray     *links; /* of Link */
};

Bare *
bare_new (int port, const char *key)
{
  Bare *self = g_new0 (Bare, 1);

  self->port = port;
  self->key = key;
  self->links = g_array_new (FALSE, FALSE, sizeof (Link));
  return self;
}

static void
open_link (Bare *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) self->port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  Link link = { .fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
  int on = 1;

  setsockopt (link.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect (link.fd, (struct sockaddr *) &address, sizeof address) < 0)
    g_error ("connect");
  link.session = libssh2_session_init ();
  if (libssh2_session_handshake (link.session, link.fd) != 0
      || libssh2_userauth_publickey_fromfile (link.session, g_get_user_name (), NULL, self->key,
                                              NULL) != 0)
    g_error ("bare login failed");
  g_array_append_val (self->links, link);
}

static void
need_links (Bare *self, guint n)
{
  while (self->links->len < n)
    open_link (self);
}

void
bare_free (Bare *self)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      Link *link = &g_array_index (self->links, Link, i);

      libssh2_session_disconnect (link->session, "");
      libssh2_session_free (link->session);
      close (link->fd);
    }
  g_array_unref (self->links);
  g_free (self);
}

double
bare_memory_kb (Bare *self, guint connections)
{
  guint before = self->links->len;
  double kb;

  need_links (self, before + 1);
  malloc_trim (0);
  kb = memory_kb (getpid (), "Rss:");
  need_links (self, before + 1 + connections);
  return (memory_kb (getpid (), "Rss:") - kb) / connections;
}

static void
run_step_there (const ChainStep *step, Link *link)
{
  LIBSSH2_CHANNEL *channel = libssh2_channel_open_session (link->session);
  gsize len;
  const char *data = g_bytes_get_data (step->bytes, &len);
  char buffer[4096];

  if (channel == NULL || libssh2_channel_exec (channel, step->remote) != 0)
    g_error ("bare exec failed");
  for (gssize n = 0; len > 0; data += n, len -= n)
    if ((n = libssh2_channel_write (channel, data, len)) < 0)
      break; /* the script does not read its input */
  libssh2_channel_send_eof (channel);
  while (libssh2_channel_read (channel, buffer, sizeof buffer) > 0)
    ;
  libssh2_channel_close (channel);
  if (libssh2_channel_get_exit_status (channel) != 0)
    g_error ("bare: exit status of %s", step->remote);
  libssh2_channel_free (channel);
}

/* ---- all of it ---- */

/* link NULL: all steps are run here. */
static void
run_once (const GPtrArray *chain, Link *link)
{
  for (guint i = 0; i < chain->len; i++)
    {
      const ChainStep *step = chain->pdata[i];

      if (step->remote == NULL)
        run_step_here (step);
      else
        run_step_there (step, link);
    }
}

void
chain_run_once (const GPtrArray *chain)
{
  run_once (chain, NULL);
}

typedef struct
{
  const GPtrArray *chain;
  Bare            *bare;
  guint            number, at_once, connections;
  Meter           *meter;
  GMutex          *lock; /* of the meter */
} Worker;

static gpointer
work (gpointer data)
{
  const Worker *self = data;
  guint n = self->number;

  while (g_get_monotonic_time () < self->meter->end_us)
    {
      gint64 asked_us = g_get_monotonic_time ();

      run_once (self->chain,
                self->bare == NULL ? NULL : &g_array_index (self->bare->links, Link, n));
      g_mutex_lock (self->lock);
      meter_add (self->meter, asked_us);
      g_mutex_unlock (self->lock);
      n = n + self->at_once < self->connections ? n + self->at_once : self->number;
    }
  return NULL;
}

Figures
chain_run (const GPtrArray *chain, Bare *bare, guint connections, guint at_once, double seconds)
{
  g_autofree Worker *workers = g_new0 (Worker, at_once);
  g_autofree GThread **threads = g_new0 (GThread *, at_once);
  GMutex lock;
  Meter meter;

  connections = MAX (connections, at_once);
  if (bare != NULL)
    need_links (bare, connections);
  g_mutex_init (&lock);
  meter_begin (&meter, cpu_of_self (), seconds);
  for (guint i = 0; i < at_once; i++)
    {
      workers[i] = (Worker) { chain, bare, i, at_once, connections, &meter, &lock };
      threads[i] = g_thread_new ("floor", work, &workers[i]);
    }
  for (guint i = 0; i < at_once; i++)
    g_thread_join (threads[i]);
  g_mutex_clear (&lock);
  return meter_end (&meter, cpu_of_self ());
}
