/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes wrong on the way: hosts that hang, break off, flood, die; commands
 * that have to be ended there. Each ends in one clear answer and costs nobody else.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "sshlab.h"
#include "vmm-limits.h"

static SshLab  *lab;
static SshHost *host01;
static char    *ok;
static char    *nap; /* "sleep N": a command that no other test has */
static SshHost *odd; /* the name of whatever peer a test has */

static VmmTransport *
transport (gconstpointer kind)
{
  return sshlab_transport (lab, kind);
}

/* limit_s: for connecting there; 0: the general one. */
static void
point_at (int port, guint limit_s)
{
  odd->port = port;
  g_string_truncate (odd->client, 0);
  if (limit_s > 0)
    g_string_append_printf (odd->client, "  ConnectTimeout %u\n", limit_s);
  sshlab_write_config (lab);
}

/* Runs script without arguments with a limit. */
static void
run_limited (VmmTransport *ssh, const char *host, const char *script, guint limit_ms,
             VmmCancel *cancel, SshResult *result)
{
  const char *argv[] = { script, NULL };
  g_autoptr (VmmCommand) command = sshlab_command (host, argv, "");

  sshlab_run_command (ssh, command, limit_ms, cancel, result);
}

static void
assert_host_works (VmmTransport *ssh, const char *host)
{
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, host, ok, NULL, &result);
  sshlab_assert_exited (&result, 0, "ok\n");
}

/* ---- peers that are no sshd ---- */

static void
test_peers (gconstpointer kind)
{
  static const PeerMode modes[] = { PEER_SILENT, PEER_CLOSES, PEER_BANNER, PEER_BANNER_CLOSES,
                                    PEER_GARBAGE, PEER_FLOODS_TEXT, PEER_FLOODS_BYTES };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autoptr (VmmTransport) ssh = transport (kind);
      g_auto (SshResult) result = { 0 };
      Peer *peer = peer_new (modes[i], 0, 0);
      gint64 start_us = g_get_monotonic_time ();

      point_at (peer_port (peer), 1);
      sshlab_run (ssh, "odd", ok, NULL, &result);
      g_test_message ("peer %d: %s", (int) modes[i], result.outcome.reason);
      sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
      sshlab_assert_reason (&result, "odd: ");
      /* The limit is one second; a loaded machine may take some more. */
      g_assert_cmpint (g_get_monotonic_time () - start_us, <, 10 * G_USEC_PER_SEC);
      assert_host_works (ssh, "host01");
      peer_free (peer);
    }
}

static void
test_refused (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };
  Peer *peer = peer_new (PEER_CLOSES, 0, 0);

  point_at (peer_port (peer), 0);
  peer_free (peer);
  sshlab_run (ssh, "odd", ok, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  sshlab_assert_reason (&result, "Connection refused");
}

/* The action's own limit is shorter than that for connecting. */
static void
test_limit_while_connecting (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };
  Peer *peer = peer_new (PEER_SILENT, 0, 0);

  point_at (peer_port (peer), 0);
  run_limited (ssh, "odd", ok, 300, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_TIMED_OUT);
  peer_free (peer);
}

static gpointer
cancel_soon (gpointer cancel)
{
  g_usleep (200000);
  vmm_cancel_trigger (cancel);
  return NULL;
}

static void
test_cancel_while_connecting (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autoptr (VmmCancel) cancel = vmm_cancel_new ();
  g_auto (SshResult) result = { 0 };
  Peer *peer = peer_new (PEER_BANNER, 0, 0);
  GThread *thread;

  point_at (peer_port (peer), 0);
  thread = g_thread_new ("cancel", cancel_soon, cancel);
  run_limited (ssh, "odd", ok, 0, cancel, &result);
  sshlab_assert_ending (&result, VMM_ENDED_CANCELLED);
  g_thread_join (thread);
  peer_free (peer);
}

/* A real conversation that breaks off or stalls, everywhere from the banner to
 * the end of the command. */
static void
relay_everywhere (gconstpointer kind, PeerMode mode)
{
  gsize whole;

  {
    g_autoptr (VmmTransport) ssh = transport (kind);
    Peer *peer = peer_new (PEER_RELAY_BREAKS, host01->port, G_MAXSIZE);

    point_at (peer_port (peer), 0);
    assert_host_works (ssh, "odd");
    whole = peer_passed (peer);
    g_clear_pointer (&ssh, vmm_transport_free);
    peer_free (peer);
  }
  for (int part = 0; part < 8; part++)
    {
      g_autoptr (VmmTransport) ssh = transport (kind);
      g_auto (SshResult) result = { 0 };
      Peer *peer = peer_new (mode, host01->port, 1 + whole * part / 8);

      point_at (peer_port (peer), 2);
      run_limited (ssh, "odd", ok, 1500, NULL, &result);
      g_test_message ("after %d/8: %d %s", part, (int) result.outcome.ending,
                      result.outcome.reason);
      if (result.outcome.ending == VMM_ENDED_EXITED)
        sshlab_assert_exited (&result, 0, "ok\n"); /* it broke after the end was told */
      else
        g_assert_true (result.outcome.ending == VMM_ENDED_NOT_STARTED
                       || result.outcome.ending == VMM_ENDED_LOST
                       || result.outcome.ending == VMM_ENDED_TIMED_OUT);
      assert_host_works (ssh, "host01");
      peer_free (peer);
    }
}

static void
test_breaks_off (gconstpointer kind)
{
  relay_everywhere (kind, PEER_RELAY_BREAKS);
}

static void
test_stalls (gconstpointer kind)
{
  relay_everywhere (kind, PEER_RELAY_STALLS);
}

/* ---- sshd in trouble ---- */

typedef struct
{
  VmmTransport *ssh;
  const char   *script;
  guint         limit_ms;
  VmmCancel    *cancel;
  SshResult     result;
} Background;

static gpointer
background_thread (gpointer data)
{
  Background *self = data;

  run_limited (self->ssh, "host01", self->script, self->limit_ms, self->cancel, &self->result);
  return NULL;
}

/* Waits until the script says that it runs. */
static void
wait_for_file (const char *file)
{
  SSHLAB_UNTIL (access (file, F_OK) == 0);
  unlink (file);
}

static char *
sleeper (const char *name, const char *before)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\nnap='%s'\n%s\n: > %s/running\n$nap\n"
                                           "$nap\necho slept\n", nap, before, lab->dir);

  return sshlab_script (lab, name, text);
}

static char *
running_file (void)
{
  return g_build_filename (lab->dir, "running", NULL);
}

/* Nobody else could: the connection was gone. */
static void
end_naps (void)
{
  const char *argv[] = { "pkill", "-KILL", "-f", nap, NULL };

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  SSHLAB_UNTIL (sshlab_processes (nap) == 0);
}

static void
test_connection_dies (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *script = sleeper ("sleeper", "");
  g_autofree char *running = running_file ();
  Background job = { .ssh = ssh, .script = script };
  GThread *thread = g_thread_new ("job", background_thread, &job);

  wait_for_file (running);
  sshlab_kill_connections (host01, SIGKILL);
  g_thread_join (thread);
  sshlab_assert_ending (&job.result, VMM_ENDED_LOST);
  sshlab_assert_reason (&job.result, "connection");
  sshlab_assert_reason (&job.result, "what still ran there was ended");
  g_assert_cmpuint (sshlab_processes (nap), ==, 0);
  ssh_result_clear (&job.result);
  assert_host_works (ssh, "host01");
}

static void
test_connection_dies_idle (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);

  for (int i = 0; i < 3; i++)
    {
      assert_host_works (ssh, "host01");
      sshlab_kill_connections (host01, SIGKILL);
      SSHLAB_UNTIL (sshlab_connections (host01) == 0);
    }
  assert_host_works (ssh, "host01");
}

static void
test_sshd_restarts (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);

  assert_host_works (ssh, "host01");
  sshlab_stop (host01);
  /* The OpenSSH client needs a moment to notice; what is given to it before is lost. */
  SSHLAB_UNTIL (sshlab_processes (lab->config) == 0);
  {
    g_auto (SshResult) result = { 0 };

    sshlab_run (ssh, "host01", ok, NULL, &result);
    sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  }
  sshlab_start (host01);
  sshlab_write_config (lab);
  assert_host_works (ssh, "host01");
}

/* ---- ending what runs ---- */

static void
test_limit (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *script = sleeper ("sleeper", "");
  g_autofree char *running = running_file ();
  g_auto (SshResult) result = { 0 };

  assert_host_works (ssh, "host01");
  run_limited (ssh, "host01", script, 2000, NULL, &result);
  g_assert_cmpint (unlink (running), ==, 0);
  sshlab_assert_ending (&result, VMM_ENDED_TIMED_OUT);
  g_assert_null (result.outcome.reason);
  g_assert_cmpuint (sshlab_processes (nap), ==, 0);
  g_assert_cmpuint (sshlab_processes (script), ==, 0);
  assert_host_works (ssh, "host01");
}

static void
cancel_running (gconstpointer kind, const char *before)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autoptr (VmmCancel) cancel = vmm_cancel_new ();
  g_autofree char *script = sleeper ("sleeper", before);
  g_autofree char *running = running_file ();
  Background job = { .ssh = ssh, .script = script, .cancel = cancel };
  GThread *thread = g_thread_new ("job", background_thread, &job);

  wait_for_file (running);
  vmm_cancel_trigger (cancel);
  g_thread_join (thread);
  sshlab_assert_ending (&job.result, VMM_ENDED_CANCELLED);
  g_assert_null (job.result.outcome.reason);
  ssh_result_clear (&job.result);
  g_assert_cmpuint (sshlab_processes (nap), ==, 0);
  g_assert_cmpuint (sshlab_processes (script), ==, 0);
  assert_host_works (ssh, "host01");
}

static void
test_cancel (gconstpointer kind)
{
  cancel_running (kind, "");
}

/* Neither TERM nor a process group of its own nor being stopped saves it. */
static void
test_cancel_stubborn (gconstpointer kind)
{
  cancel_running (kind, "trap '' TERM HUP INT; timeout 9999 $nap & $nap & kill -STOP $!");
}

static void
test_cancel_flooding (gconstpointer kind)
{
  cancel_running (kind, "yes $nap & yes >&2 &");
}

static void
test_limit_stopped_sshd (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *script = sleeper ("sleeper", "");
  g_autofree char *running = running_file ();
  Background job = { .ssh = ssh, .script = script, .limit_ms = 3000 };
  GThread *thread;

  assert_host_works (ssh, "host01");
  thread = g_thread_new ("job", background_thread, &job);
  wait_for_file (running);
  /* Only this connection: a new one is answered. */
  sshlab_kill_connections (host01, SIGSTOP);
  g_thread_join (thread);
  sshlab_assert_ending (&job.result, VMM_ENDED_TIMED_OUT);
  g_assert_null (job.result.outcome.reason);
  ssh_result_clear (&job.result);
  g_assert_cmpuint (sshlab_processes (nap), ==, 0);
  sshlab_kill_connections (host01, SIGKILL);
}

static void
test_limit_dead_host (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *script = sleeper ("sleeper", "");
  g_autofree char *running = running_file ();
  Background job = { .ssh = ssh, .script = script, .limit_ms = 3000 };
  GThread *thread;

  assert_host_works (ssh, "host01");
  thread = g_thread_new ("job", background_thread, &job);
  wait_for_file (running);
  sshlab_kill_connections (host01, SIGSTOP);
  kill (host01->pid, SIGSTOP);
  g_thread_join (thread);
  sshlab_assert_ending (&job.result, VMM_ENDED_TIMED_OUT);
  sshlab_assert_reason (&job.result, "may still run there");
  ssh_result_clear (&job.result);
  kill (host01->pid, SIGCONT);
  sshlab_kill_connections (host01, SIGCONT);
  end_naps ();
}

/* The login shell hangs before anything of ours could say its number: once,
 * or else no other command could end it. */
static void
test_limit_in_bashrc (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *file = g_build_filename (host01->dir, "home", ".bashrc", NULL);
  g_autofree char *text = g_strdup_printf ("rm ~/once 2>/dev/null && %s\n", nap);
  g_autofree char *once = g_build_filename (host01->dir, "home", "once", NULL);
  g_auto (SshResult) result = { 0 };

  assert_host_works (ssh, "host01");
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  g_assert_true (g_file_set_contents (once, "", -1, NULL));
  run_limited (ssh, "host01", ok, 1500, NULL, &result);
  unlink (file);
  sshlab_assert_ending (&result, VMM_ENDED_TIMED_OUT);
  g_assert_null (result.outcome.reason);
  g_assert_cmpuint (sshlab_processes (nap), ==, 0);
}

static void
set_up (void)
{
  nap = g_strdup_printf ("sleep %d", 1000000 + getpid ());
  host01 = sshlab_add (lab, "host01", "ed25519", "");
  odd = sshlab_add_port (lab, "odd", 1);
  ok = sshlab_script (lab, "ok", "#!/bin/sh\necho ok\n");
}

static void
tear_down (void)
{
  g_free (ok);
  g_free (nap);
}

int
main (int argc, char **argv)
{
  static const SshTest tests[] = {
    { "peers", test_peers },
    { "refused", test_refused },
    { "limit-while-connecting", test_limit_while_connecting },
    { "cancel-while-connecting", test_cancel_while_connecting },
    { "breaks-off", test_breaks_off },
    { "stalls", test_stalls },
    { "connection-dies", test_connection_dies },
    { "connection-dies-idle", test_connection_dies_idle },
    { "sshd-restarts", test_sshd_restarts },
    { "limit", test_limit },
    { "cancel", test_cancel },
    { "cancel-stubborn", test_cancel_stubborn },
    { "cancel-flooding", test_cancel_flooding },
    { "limit-stopped-sshd", test_limit_stopped_sshd },
    { "limit-dead-host", test_limit_dead_host },
    { "limit-in-bashrc", test_limit_in_bashrc },
    { NULL, NULL },
  };

  return sshlab_main (argc, argv, "ssh-faults", tests, &lab, set_up, tear_down);
}
