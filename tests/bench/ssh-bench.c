/* SPDX-License-Identifier: Apache-2.0
 *
 * The ssh transport beside a bare libssh2 loop that runs the same script on
 * open sessions, in turns within one run, so that both meet the same machine:
 *   - one after the other on one host,
 *   - many threads over many hosts.
 * ssh-bench [ROUNDS [TRANSPORT]]: each round is a hundred actions of either side.
 */
#include <libssh2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../ssh/sshlab.h"

#define WARM_ROUNDS 20

static SshLab     *lab;
static const char *script;
static int         hosts = 20, threads = 15, count = 100, rounds = 20;

/* ---- bare ---- */

typedef struct
{
  int              fd;
  LIBSSH2_SESSION *session;
} Bare;

static void
bare_open (Bare *bare, const SshHost *host)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) host->port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int on = 1;

  bare->fd = socket (AF_INET, SOCK_STREAM, 0);
  setsockopt (bare->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect (bare->fd, (struct sockaddr *) &address, sizeof address) < 0)
    g_error ("connect");
  bare->session = libssh2_session_init ();
  if (libssh2_session_handshake (bare->session, bare->fd) != 0
      || libssh2_userauth_publickey_fromfile (bare->session, g_get_user_name (), NULL, lab->key,
                                              NULL) != 0)
    g_error ("bare login failed");
}

static void
bare_run (Bare *bare, const char *command)
{
  LIBSSH2_CHANNEL *channel = libssh2_channel_open_session (bare->session);
  char buffer[4096];

  if (channel == NULL || libssh2_channel_exec (channel, command) != 0)
    g_error ("bare exec failed");
  while (libssh2_channel_read (channel, buffer, sizeof buffer) > 0)
    ;
  libssh2_channel_close (channel);
  if (libssh2_channel_get_exit_status (channel) != 0)
    g_error ("bare: exit status");
  libssh2_channel_free (channel);
}

static void
bare_close (Bare *bare)
{
  libssh2_session_disconnect (bare->session, "");
  libssh2_session_free (bare->session);
  close (bare->fd);
}

/* ---- ours ---- */

static void
ours_run (VmmTransport *ssh, const char *host)
{
  const char *argv[] = { script, "one-7", host, NULL };
  g_autoptr (VmmCommand) command
    = vmm_command_new (g_strdup (host), g_strdupv ((char **) argv),
                       g_bytes_new_static ("", 0), NULL);
  VmmRunContext context = { .deadline_us = G_MAXINT64 };
  g_auto (VmmOutcome) outcome = { 0 };

  vmm_outcome_init (&outcome);
  vmm_transport_run (ssh, command, &context, &outcome);
  if (!vmm_outcome_is_success (&outcome))
    {
      g_autofree char *what = vmm_outcome_describe (&outcome);

      g_error ("%s: %s", host, what);
    }
}

/* ---- many at once ---- */

typedef struct
{
  VmmTransport *ssh;    /* NULL: bare */
  Bare         *bare;   /* of this thread */
  int           number; /* of this thread */
} Worker;

static int next_action; /* atomic */

static gpointer
worker_thread (gpointer data)
{
  Worker *self = data;
  int n;

  while ((n = g_atomic_int_add (&next_action, 1)) < count)
    if (self->ssh != NULL)
      {
        g_autofree char *host = g_strdup_printf ("host%02d", n % hosts);

        ours_run (self->ssh, host);
      }
    else
      {
        g_autofree char *command = g_strdup_printf ("%s one-7 host01", script);

        bare_run (self->bare, command);
      }
  return NULL;
}

/* Seconds. */
static double
run_workers (VmmTransport *ssh, Bare *bare, int n)
{
  g_autofree Worker *workers = g_new0 (Worker, n);
  g_autofree GThread **running = g_new0 (GThread *, n);
  gint64 start_us = g_get_monotonic_time ();

  g_atomic_int_set (&next_action, 0);
  for (int i = 0; i < n; i++)
    {
      workers[i] = (Worker){ ssh, bare == NULL ? NULL : &bare[i], i };
      running[i] = g_thread_new ("bench", worker_thread, &workers[i]);
    }
  for (int i = 0; i < n; i++)
    g_thread_join (running[i]);
  return (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
}

static void
compare (const char *what, VmmTransport *ssh, int n, int over)
{
  g_autofree Bare *bare = g_new0 (Bare, n);
  double theirs = 0, ours = 0;
  int all = hosts;

  hosts = over;
  for (int i = 0; i < n; i++)
    bare_open (&bare[i], lab->hosts->pdata[i % over]);
  /* Until two threads that meet on a host find a connection each. */
  for (int i = 0; i < WARM_ROUNDS; i++)
    run_workers (ssh, NULL, n);
  for (int round = 0; round < rounds; round++)
    {
      theirs += run_workers (NULL, bare, n);
      ours += run_workers (ssh, NULL, n);
    }
  g_print ("%s: bare %.0f/s, ours %.0f/s, %.0f %%\n", what, rounds * count / theirs,
           rounds * count / ours, 100 * theirs / ours);
  for (int i = 0; i < n; i++)
    bare_close (&bare[i]);
  hosts = all;
}

int
main (int argc, char **argv)
{
  const char *skip = sshlab_become_user ();
  VmmTransport *ssh;

  if (skip != NULL)
    {
      g_printerr ("ssh-bench: %s\n", skip);
      return 77;
    }
  if (argc > 1)
    rounds = MAX (atoi (argv[1]), 1);
  lab = sshlab_new ();
  script = sshlab_script (lab, "poll", "#!/bin/sh\necho STATE=a\n");
  for (int i = 0; i < hosts; i++)
    {
      g_autofree char *name = g_strdup_printf ("host%02d", i);

      sshlab_add (lab, name, "ed25519", "");
    }
  if (argc > 2)
    {
      g_free (lab->settings->transport);
      lab->settings->transport = g_strdup (argv[2]);
    }
  ssh = vmm_ssh_new (lab->settings, NULL);
  compare ("one host, in sequence", ssh, 1, 1);
  compare ("20 hosts, 15 threads", ssh, threads, hosts);
  vmm_transport_free (ssh);
  sshlab_free (lab);
  return 0;
}
