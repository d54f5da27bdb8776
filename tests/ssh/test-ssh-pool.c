/* SPDX-License-Identifier: Apache-2.0
 *
 * How many connections there are and when, and the copying of the remotes.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "driver/ssh/link.h"
#include "sshlab.h"

static SshLab  *lab;
static SshHost *host01;
static char    *ok;

static VmmTransport *
transport (gconstpointer kind)
{
  return sshlab_transport (lab, kind);
}

static void
assert_ok (VmmTransport *ssh, const char *host, const char *script)
{
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, host, script, NULL, &result);
  sshlab_assert_exited (&result, 0, "ok\n");
}

static void
put (const char *dir, const char *path, const char *text, int mode)
{
  g_autofree char *file = g_build_filename (dir, path, NULL);
  g_autofree char *parent = g_path_get_dirname (file);

  g_mkdir_with_parents (parent, 0755);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  g_chmod (file, mode);
}

/* ---- many at once ---- */

typedef struct
{
  VmmTransport *ssh;
  const char   *host, *script;
  int           count;   /* actions in all */
  int           hosts;   /* host is a format with a number below this; 0: a name */
  int           next;    /* atomic */
  int           notices; /* atomic: how many were given */
  int           failed;  /* atomic */
} Crowd;

static gpointer
crowd_thread (gpointer data)
{
  Crowd *self = data;
  int n;

  while ((n = g_atomic_int_add (&self->next, 1)) < self->count)
    {
      g_autofree char *name = self->hosts == 0 ? g_strdup (self->host)
                                               : g_strdup_printf ("name%02d", n % self->hosts);
      g_auto (SshResult) result = { 0 };

      sshlab_run (self->ssh, name, self->script, NULL, &result);
      if (*result.notices->str != '\0')
        g_atomic_int_inc (&self->notices);
      if (result.outcome.ending != VMM_ENDED_EXITED || result.outcome.code != 0
          || strcmp (result.outcome.output->str, "ok\n") != 0)
        {
          g_autofree char *what = vmm_outcome_describe (&result.outcome);

          g_test_message ("%s: %s %s", name, what, result.err->str);
          g_atomic_int_inc (&self->failed);
        }
    }
  return NULL;
}

static void
run_crowd (Crowd *crowd, int threads)
{
  GThread **running = g_new0 (GThread *, threads);

  for (int i = 0; i < threads; i++)
    running[i] = g_thread_new ("crowd", crowd_thread, crowd);
  for (int i = 0; i < threads; i++)
    g_thread_join (running[i]);
  g_free (running);
  g_assert_cmpint (crowd->failed, ==, 0);
}

/* MaxStartups 1 and MaxSessions 1. */
static void
test_narrow_host (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  Crowd crowd = { .ssh = ssh, .host = "narrow", .script = ok, .count = 60 };

  run_crowd (&crowd, 12);
}

static void
test_bounded (gconstpointer kind)
{
  g_autofree char *slow = sshlab_script (lab, "slow", "#!/bin/sh\nsleep 0.05\necho ok\n");
  g_autoptr (VmmTransport) ssh = NULL;
  Crowd crowd = { .host = "host01", .script = slow, .count = 24 };

  lab->settings->ssh_per_host_max = 3;
  crowd.ssh = ssh = transport (kind);
  run_crowd (&crowd, 12);
  g_assert_cmpuint (sshlab_connections (host01), <=, 3);
  g_clear_pointer (&ssh, vmm_transport_free);
  lab->settings->ssh_per_host_max = 32;
}

/* ---- unused connections ---- */

static void
test_idle_time (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = NULL;

  lab->settings->ssh_idle_s = 1;
  ssh = transport (kind);
  for (int i = 0; i < 2; i++)
    {
      assert_ok (ssh, "host01", ok);
      g_assert_cmpuint (sshlab_connections (host01), ==, 1);
      SSHLAB_UNTIL (sshlab_connections (host01) == 0);
    }
  g_clear_pointer (&ssh, vmm_transport_free);
  lab->settings->ssh_idle_s = 60;
}

static void
test_idle_number (gconstpointer kind)
{
  g_autofree char *slow = sshlab_script (lab, "slow", "#!/bin/sh\nsleep 0.05\necho ok\n");
  g_autoptr (VmmTransport) ssh = NULL;
  Crowd crowd = { .host = "host01", .script = slow, .count = 12 };

  lab->settings->ssh_idle_max = 2;
  crowd.ssh = ssh = transport (kind);
  run_crowd (&crowd, 6);
  SSHLAB_UNTIL (sshlab_connections (host01) <= 2);
  g_clear_pointer (&ssh, vmm_transport_free);

  lab->settings->ssh_idle_max = 0;
  ssh = transport (kind);
  assert_ok (ssh, "host01", ok);
  SSHLAB_UNTIL (sshlab_connections (host01) == 0);
  g_clear_pointer (&ssh, vmm_transport_free);
  lab->settings->ssh_idle_max = 100;
}

static void
test_closed_on_free (gconstpointer kind)
{
  VmmTransport *ssh = transport (kind);

  assert_ok (ssh, "host01", ok);
  vmm_transport_free (ssh);
  SSHLAB_UNTIL (sshlab_connections (host01) == 0);
  SSHLAB_UNTIL (sshlab_processes (lab->config) == 0);
}

/* A client whose connection was closed when there was no descriptor to tell it. */
static void
test_ended_later (gconstpointer kind)
{
  VmmWait wait = { G_MAXINT64, NULL };
  VmmHostConfigs *configs;
  g_autofree char *dir = g_build_filename (lab->dir, "control", NULL);
  g_autoptr (GError) error = NULL;
  struct rlimit most;
  VmmHostConfig *config;
  VmmLink *link;

  if (g_str_equal (kind, "libssh2"))
    {
      g_autoptr (VmmTransport) ssh = transport (kind);

      assert_ok (ssh, "host01", ok);
      g_assert_cmpuint (sshlab_processes (lab->config), ==, 0); /* no client at all */
      return;
    }
  configs = vmm_hostconfigs_new (lab->config);
  g_assert_cmpint (g_mkdir (dir, 0700), ==, 0);
  config = vmm_hostconfigs_get (configs, "host01", &wait, &error);
  g_assert_no_error (error);
  link = vmm_openssh_open (config, FALSE, dir, 60, FALSE, &wait, &error);
  g_assert_no_error (error);
  vmm_hostconfig_unref (config);
  g_assert_cmpuint (sshlab_processes (dir), ==, 1);

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &most), ==, 0);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &(struct rlimit){ 0, most.rlim_max }), ==, 0);
  vmm_link_close (link);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &most), ==, 0);
  g_assert_cmpuint (sshlab_processes (dir), ==, 1);
  vmm_openssh_end_all (dir);
  SSHLAB_UNTIL (sshlab_processes (dir) == 0);
  SSHLAB_UNTIL (g_rmdir (dir) == 0);
  vmm_hostconfigs_free (configs);
}

/* ---- seen from outside ---- */

/* What is known of one host at this moment, or NULL; *all holds it. */
static const VmmHostConnections *
look (VmmTransport *ssh, const char *host, GPtrArray **all)
{
  g_clear_pointer (all, g_ptr_array_unref);
  *all = vmm_ssh_connections (ssh);
  for (guint i = 0; i < (*all)->len; i++)
    if (strcmp (((VmmHostConnections *) (*all)->pdata[i])->host, host) == 0)
      return (*all)->pdata[i];
  return NULL;
}

static gpointer
run_ok (gpointer ssh)
{
  g_auto (SshResult) result = { 0 };
  g_autofree char *waits = g_build_filename (lab->dir, "waits", NULL);

  sshlab_run (ssh, "host01", waits, NULL, &result);
  sshlab_assert_exited (&result, 0, "ok\n");
  return NULL;
}

static void
test_look (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autoptr (GPtrArray) all = NULL;
  g_autofree char *go = g_build_filename (lab->dir, "go", NULL);
  g_autofree char *text
    = g_strdup_printf ("#!/bin/sh\nuntil [ -e %s ]; do sleep 0.01; done\necho ok\n", go);
  const VmmHostConnections *host;
  const VmmConnection *connection;
  GThread *thread;

  put (lab->dir, "waits", text, 0755);
  g_assert_null (look (ssh, "host01", &all));
  assert_ok (ssh, "host01", ok);
  host = look (ssh, "host01", &all);
  g_assert_cmpuint (all->len, ==, 1);
  g_assert_cmpuint (host->open->len, ==, 1);
  g_assert_cmpuint (host->opened, ==, 1);
  g_assert_cmpuint (host->reused + host->broken + host->failed + host->opening, ==, 0);
  connection = host->open->pdata[0];
  g_assert_cmpstr (connection->transport, ==, kind);
  g_assert_false (connection->used);
  g_assert_cmpint (connection->since_us, >=, 0);
  g_assert_cmpint (connection->open_us, >=, connection->since_us);

  /* While something runs on it. */
  thread = g_thread_new ("run", run_ok, ssh);
  SSHLAB_UNTIL ((host = look (ssh, "host01", &all))->open->len == 1
                && ((VmmConnection *) host->open->pdata[0])->used);
  g_assert_cmpuint (host->reused, ==, 1);
  put (lab->dir, "go", "", 0644);
  g_thread_join (thread);
  host = look (ssh, "host01", &all);
  g_assert_false (((VmmConnection *) host->open->pdata[0])->used);
  g_assert_cmpuint (host->opened, ==, 1);
  g_unlink (go);

  sshlab_kill_connections (host01, SIGKILL);
  SSHLAB_UNTIL (sshlab_connections (host01) == 0);
  assert_ok (ssh, "host01", ok);
  host = look (ssh, "host01", &all);
  g_assert_cmpuint (host->open->len, ==, 1);
  g_assert_cmpuint (host->opened, ==, 2);
  g_assert_cmpuint (host->broken, ==, 1);
}

static gpointer
run_silent (gpointer ssh)
{
  const char *argv[] = { ok, NULL };
  g_autoptr (VmmCommand) command = sshlab_command ("silent", argv, "");
  g_auto (SshResult) result = { 0 };

  sshlab_run_command (ssh, command, 2000, NULL, &result);
  g_assert_cmpint (result.outcome.ending, !=, VMM_ENDED_EXITED);
  return NULL;
}

static void
test_look_opening (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autoptr (GPtrArray) all = NULL;
  const VmmHostConnections *host;
  Peer *peer = peer_new (PEER_SILENT, 0, 0);
  SshHost *silent = sshlab_add_port (lab, "silent", peer_port (peer));
  GThread *thread = g_thread_new ("run", run_silent, ssh);

  SSHLAB_UNTIL ((host = look (ssh, "silent", &all)) != NULL && host->opening == 1);
  g_assert_cmpuint (host->open->len, ==, 0);
  g_thread_join (thread);
  host = look (ssh, "silent", &all);
  g_assert_cmpuint (host->opening, ==, 0);
  g_assert_cmpuint (host->opened, ==, 0);
  g_assert_cmpuint (host->failed, ==, 1);
  g_ptr_array_remove (lab->hosts, silent);
  sshlab_write_config (lab);
  peer_free (peer);
}

/* One that breaks off is told apart, so that people see why it takes long. */
static void
test_look_one_by_one (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = NULL;
  g_autoptr (GPtrArray) all = NULL;
  const VmmHostConnections *host;
  Peer *peer = peer_new (PEER_CLOSES, 0, 0);
  SshHost *closes = sshlab_add_port (lab, "closes", peer_port (peer));
  g_auto (SshResult) result = { 0 };

  ssh = transport (kind);
  assert_ok (ssh, "host01", ok);
  sshlab_run (ssh, "closes", ok, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  host = look (ssh, "closes", &all);
  g_assert_cmpint (host->slowed_us, >, 0);
  g_assert_cmpuint (host->failed, ==, 1);
  g_assert_cmpint (look (ssh, "host01", &all)->slowed_us, ==, 0);
  g_ptr_array_remove (lab->hosts, closes);
  sshlab_write_config (lab);
  peer_free (peer);
}

static char *
fingerprint (const char *key)
{
  g_autofree char *file = g_strconcat (key, ".pub", NULL);
  char *argv[] = { (char *) "ssh-keygen", (char *) "-lf", file, NULL };
  g_autofree char *output = NULL;
  g_auto (GStrv) words = NULL;

  g_assert_true (g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL,
                               NULL, NULL));
  words = g_strsplit (output, " ", 3);
  return g_strdup (words[1]);
}

/* The keys, as ssh-keygen names them; the client tells only when it is told to. */
static void
test_look_keys (gconstpointer kind)
{
  g_autofree char *ours = fingerprint (lab->key), *theirs = fingerprint (host01->key);

  for (int explain = 0; explain < 2; explain++)
    {
      g_autoptr (VmmTransport) ssh = transport (kind);
      g_autoptr (GPtrArray) all = NULL;
      const VmmConnection *connection;

      if (explain)
        vmm_ssh_explain (ssh);
      assert_ok (ssh, "host01", ok);
      assert_ok (ssh, "host01", ok);
      connection = look (ssh, "host01", &all)->open->pdata[0];
      if (!explain && strcmp (kind, "openssh") == 0)
        {
          g_assert_null (connection->key);
          g_assert_null (connection->host_key);
          continue;
        }
      g_test_message ("%s; %s", connection->key, connection->host_key);
      g_assert_true (g_str_has_prefix (connection->key, lab->key));
      g_assert_nonnull (strstr (connection->key, ours));
      g_assert_true (g_str_has_prefix (connection->host_key, "ssh-ed25519 SHA256:"));
      g_assert_true (g_str_has_suffix (connection->host_key, theirs));
    }
}

/* ---- what is left over ---- */

static guint
open_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static guint
own_children (void)
{
  g_autofree char *text = NULL;
  g_autofree char *file = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return 0;
  {
    g_auto (GStrv) words = g_strsplit (g_strstrip (text), " ", -1);

    return g_strv_length (words);
  }
}

/* A thousand actions over fifty names. */
static void
test_nothing_left (gconstpointer kind)
{
  gboolean client = strcmp (kind, "openssh") == 0;
  guint before = open_descriptors (), children = own_children ();
  g_autoptr (GString) names = g_string_new (NULL);
  VmmTransport *ssh;
  Crowd crowd = { .host = "", .script = ok, .count = client ? 200 : 1000,
                  .hosts = client ? 10 : 50 };

  for (int i = 0; i < crowd.hosts; i++)
    g_string_append_printf (names, "Host name%02d\n  HostName 127.0.0.1\n  Port %d\n", i,
                            host01->port);
  g_string_assign (host01->client, names->str);
  sshlab_write_config (lab);
  crowd.ssh = ssh = transport (kind);
  run_crowd (&crowd, 15);
  vmm_transport_free (ssh);
  g_string_truncate (host01->client, 0);
  sshlab_write_config (lab);

  SSHLAB_UNTIL (sshlab_connections (host01) == 0);
  g_assert_cmpuint (open_descriptors (), ==, before);
  g_assert_cmpuint (own_children (), ==, children);
}

/* Four steps, as in a deployment with two network drivers. */
static void
test_warm_costs_nothing (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *who = sshlab_script (lab, "who", "#!/bin/sh\necho $SSH_CONNECTION\n");
  g_autofree char *first = NULL;
  guint descriptors = 0, children = 0;

  for (int i = 0; i < 6; i++)
    {
      g_auto (SshResult) result = { 0 };

      sshlab_run (ssh, "host01", who, NULL, &result);
      sshlab_assert_ending (&result, VMM_ENDED_EXITED);
      if (i == 0)
        {
          first = g_strdup (result.outcome.output->str);
          descriptors = open_descriptors ();
          children = own_children ();
          continue;
        }
      /* Addresses and ports: the same connection. */
      g_assert_cmpstr (result.outcome.output->str, ==, first);
      g_assert_cmpuint (open_descriptors (), ==, descriptors);
      g_assert_cmpuint (own_children (), ==, children);
      g_assert_cmpuint (sshlab_connections (host01), ==, 1);
    }
}

/* ---- the remotes ---- */

static char *
at_host (const char *path)
{
  return g_build_filename (lab->settings->host_dir, path, NULL);
}

/* As on a host that never saw us. */
static void
fresh_host (void)
{
  const char *argv[] = { "rm", "-rf", lab->settings->host_dir, NULL };

  sshlab_do (argv);
  put (lab->remotes, "vmm/kvm/poll", "#!/bin/sh\necho ok\n", 0755);
  put (lab->remotes, "vmm/kvm/with blank", "#!/bin/sh\necho ok\n", 0755);
  put (lab->remotes, "vmm/kvm/kvmrc", "A=1\n", 0644);
  put (lab->remotes, "VERSION", "5.2\n", 0644);
}

static void
assert_clean_place (void)
{
  g_autoptr (GDir) dir = g_dir_open (lab->dir, 0, NULL);
  g_autoptr (GDir) inside = g_dir_open (lab->settings->host_dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_null (strstr (name, "one-vmm-new"));
  while ((name = g_dir_read_name (inside)) != NULL)
    g_assert_null (strstr (name, "one-vmm-new"));
}

static void
test_pushed_once (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *script = at_host ("vmm/kvm/poll");
  g_autofree char *blank = at_host ("vmm/kvm/with blank");
  g_autofree char *kvmrc = at_host ("vmm/kvm/kvmrc");
  Crowd crowd = { .ssh = ssh, .host = "host01", .script = script, .count = 50 };

  fresh_host ();
  run_crowd (&crowd, 50);
  g_assert_cmpint (crowd.notices, ==, 1);
  assert_ok (ssh, "host01", blank);
  {
    g_auto (SshResult) result = { 0 };

    sshlab_run (ssh, "host01", kvmrc, NULL, &result);
    sshlab_assert_ending (&result, VMM_ENDED_NOT_EXECUTABLE);
  }
  assert_clean_place ();
}

/* They share the place here, so this is also two front-ends that meet. */
static void
test_pushed_to_several (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = NULL;
  g_autofree char *script = at_host ("vmm/kvm/poll");
  g_autoptr (GString) names = g_string_new (NULL);
  Crowd crowd = { .host = "", .script = script, .count = 32, .hosts = 4 };

  for (int i = 0; i < crowd.hosts; i++)
    g_string_append_printf (names, "Host name%02d\n  HostName 127.0.0.1\n  Port %d\n", i,
                            host01->port);
  g_string_assign (host01->client, names->str);
  sshlab_write_config (lab);
  fresh_host ();
  crowd.ssh = ssh = transport (kind);
  run_crowd (&crowd, 16);
  g_clear_pointer (&ssh, vmm_transport_free);
  assert_clean_place ();
  g_string_truncate (host01->client, 0);
  sshlab_write_config (lab);
}

static void
test_nothing_to_push (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *script = at_host ("vmm/kvm/no-such-script");
  g_auto (SshResult) result = { 0 };

  fresh_host ();
  sshlab_run (ssh, "host01", script, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NO_SCRIPT);
  g_assert_cmpstr (result.notices->str, ==, "");
  g_assert_false (g_file_test (lab->settings->host_dir, G_FILE_TEST_EXISTS));
}

static void
test_push_fails (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = NULL;
  g_autofree char *before = g_strdup (lab->settings->host_dir);
  g_auto (SshResult) result = { 0 };

  fresh_host ();
  g_free (lab->settings->host_dir);
  lab->settings->host_dir = g_strdup ("/proc/one");
  ssh = transport (kind);
  sshlab_run (ssh, "host01", "/proc/one/vmm/kvm/poll", NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  sshlab_assert_reason (&result, "copying the remotes to /proc/one");
  g_clear_pointer (&ssh, vmm_transport_free);
  g_free (lab->settings->host_dir);
  lab->settings->host_dir = g_steal_pointer (&before);
}

/* ---- --sync ---- */

static void
on_progress (const char *host, guint done, guint of, const char *what, gboolean failed,
             gpointer text)
{
  g_string_append_printf (text, "%u/%u %s %s%s\n", done, of, host, what, failed ? "!" : "");
}

static void
assert_sync (VmmTransport *ssh, const char *host, guint failed, const char *words)
{
  const char *hosts[] = { host, NULL };
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_cmpuint (vmm_ssh_sync (ssh, hosts, on_progress, text), ==, failed);
  g_test_message ("%s", text->str);
  g_assert_nonnull (strstr (text->str, words));
}

static void
test_sync (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autofree char *own = NULL, *text = NULL, *version = at_host ("VERSION");

  fresh_host ();
  assert_sync (ssh, "host01", 0, "1/1 host01 copied\n");
  assert_sync (ssh, "host01", 0, "1/1 host01 up to date\n");
  put (lab->settings->host_dir, "vmm/kvm/own", "a site's own file\n", 0755);
  put (lab->remotes, "VERSION", "5.4\n", 0644);
  assert_sync (ssh, "host01", 0, "1/1 host01 copied\n");
  g_assert_true (g_file_get_contents (version, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "5.4\n");
  own = at_host ("vmm/kvm/own");
  g_assert_true (g_file_test (own, G_FILE_TEST_EXISTS));
  assert_sync (ssh, "host01", 0, "1/1 host01 up to date\n");
  assert_sync (ssh, "no-such-host.invalid", 1, "no-such-host.invalid");
  assert_clean_place ();
}

static void
set_up (void)
{
  host01 = sshlab_add (lab, "host01", "ed25519", "MaxStartups 100\n");
  sshlab_add (lab, "narrow", "ed25519", "MaxStartups 1\nMaxSessions 1\n");
  put (lab->dir, "ok", "#!/bin/sh\necho ok\n", 0755); /* not with what is pushed */
  ok = g_build_filename (lab->dir, "ok", NULL);
}

static void
tear_down (void)
{
  g_free (ok);
}

int
main (int argc, char **argv)
{
  static const SshTest tests[] = {
    { "narrow-host", test_narrow_host },
    { "bounded", test_bounded },
    { "idle-time", test_idle_time },
    { "idle-number", test_idle_number },
    { "closed-on-free", test_closed_on_free },
    { "ended-later", test_ended_later },
    { "look", test_look },
    { "look-opening", test_look_opening },
    { "look-one-by-one", test_look_one_by_one },
    { "look-keys", test_look_keys },
    { "nothing-left", test_nothing_left },
    { "warm-costs-nothing", test_warm_costs_nothing },
    { "pushed-once", test_pushed_once },
    { "pushed-to-several", test_pushed_to_several },
    { "nothing-to-push", test_nothing_to_push },
    { "push-fails", test_push_fails },
    { "sync", test_sync },
    { NULL, NULL },
  };

  return sshlab_main (argc, argv, "ssh-pool", tests, &lab, set_up, tear_down);
}
