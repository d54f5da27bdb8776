/* SPDX-License-Identifier: Apache-2.0
 *
 * What ssh_config, known_hosts and the user's keys say is followed, by libssh2
 * or by the OpenSSH client in its stead.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/ssh/wire.h"
#include "sshlab.h"

static SshLab  *lab;
static SshHost *host01, *rsa, *two; /* two: has an ecdsa key, too */
static char    *ok, *known;

/* Appends to the host's part of ssh_config; undone by plain(). */
static void G_GNUC_PRINTF (2, 3)
say (SshHost *host, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_string_append_vprintf (host->client, format, args);
  va_end (args);
  sshlab_write_config (lab);
}

static void
plain (SshHost *host)
{
  g_string_truncate (host->client, 0);
  sshlab_write_config (lab);
}

static void
set_known (const char *text)
{
  g_assert_true (g_file_set_contents (known, text, -1, NULL));
}

/* One command over a new transport; the notices it gave. */
static char *
works (const char *kind, const char *host)
{
  g_autoptr (VmmTransport) ssh = sshlab_transport (lab, kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, host, ok, NULL, &result);
  sshlab_assert_exited (&result, 0, "ok\n");
  return g_strdup (result.notices->str);
}

static void
assert_works (const char *kind, const char *host)
{
  g_autofree char *notices = works (kind, host);

  g_assert_cmpstr (notices, ==, "");
}

/* By the OpenSSH client, with one notice that says why. */
static void
assert_falls_over (const char *host, const char *why)
{
  g_autofree char *notices = works ("auto", host);

  g_assert_nonnull (strstr (notices, "using the OpenSSH client"));
  g_test_message ("%s", notices);
  g_assert_nonnull (strstr (notices, why));
  g_assert_cmpint (strlen (notices), ==, strchr (notices, '\n') + 1 - notices);
}

static void
assert_refused (const char *kind, const char *host, const char *why)
{
  g_autoptr (VmmTransport) ssh = sshlab_transport (lab, kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, host, ok, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  g_test_message ("%s", result.outcome.reason);
  sshlab_assert_reason (&result, why);
}

/* ---- host keys ---- */

static void
test_known_forms (void)
{
  g_autofree char *port_name = g_strdup_printf ("[127.0.0.1]:%d", host01->port);
  g_autofree char *list = g_strdup_printf ("other.example,%s,third", port_name);
  g_autofree char *wild = g_strdup_printf ("[127.0.0.*]:%d", host01->port);
  g_autofree char *negated = g_strdup_printf ("[*,!%s", port_name);
  const char *names[] = { port_name, list, wild, "127.0.0.1", "*" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *line = sshlab_known_line (host01, names[i]);
      g_autofree char *text = g_strdup_printf ("# a comment\n\nbroken\n  %s", line);

      set_known (text);
      assert_works ("libssh2", "host01");
    }
  {
    g_autofree char *line = sshlab_known_line (host01, negated);

    set_known (line);
    assert_refused ("libssh2", "host01", "no host key of [127.0.0.1]");
  }
  plain (host01);
}

static void
test_known_hashed (void)
{
  const char *argv[] = { "ssh-keygen", "-q", "-H", "-f", known, NULL };

  sshlab_do (argv);
  assert_works ("libssh2", "host01");
  plain (host01);
}

static void
test_host_key_alias (void)
{
  g_autofree char *line = sshlab_known_line (host01, "an-alias");

  say (host01, "  HostKeyAlias an-alias\n");
  set_known (line);
  assert_works ("libssh2", "host01");
  set_known ("");
  assert_refused ("libssh2", "host01", "no host key of an-alias");
  plain (host01);
}

/* A file with only an ed25519 line, and a host that would rather show ecdsa. */
static void
test_only_ed25519_known (void)
{
  assert_works ("libssh2", "two");
}

static void
test_unknown_key (void)
{
  set_known ("");
  assert_refused ("libssh2", "host01", "ssh-keyscan");
  assert_refused ("openssh", "host01", "Host key verification failed");
  plain (host01);
}

static void
test_accept_new (void)
{
  g_autofree char *text = NULL, *notices = NULL;

  say (host01, "  StrictHostKeyChecking accept-new\n");
  g_unlink (known);
  notices = works ("libssh2", "host01");
  g_assert_nonnull (strstr (notices, "new host key SHA256:"));
  g_assert_true (g_file_get_contents (known, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "]:"));
  assert_works ("libssh2", "host01");
  assert_works ("openssh", "host01");
  plain (host01);
}

static void
test_accept_new_hashed (void)
{
  g_autofree char *text = NULL, *notices = NULL;

  say (host01, "  StrictHostKeyChecking accept-new\n  HashKnownHosts yes\n");
  set_known ("no newline at the end");
  notices = works ("libssh2", "host01");
  g_assert_true (g_file_get_contents (known, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "\n|1|"));
  assert_works ("libssh2", "host01");
  assert_works ("openssh", "host01");
  plain (host01);
}

static void
test_changed_key (void)
{
  g_autofree char *name = g_strdup_printf ("[127.0.0.1]:%d", host01->port);
  g_autofree char *line = sshlab_known_line (two, name);
  g_autofree char *text = g_strdup_printf ("\n%s", line);
  g_autofree char *place = g_strdup_printf ("%s:2", known);
  g_autofree char *remedy = g_strdup_printf ("ssh-keygen -f %s -R '%s'", known, name);

  set_known (text);
  assert_refused ("auto", "host01", place);
  assert_refused ("auto", "host01", remedy);
  say (host01, "  StrictHostKeyChecking accept-new\n");
  set_known (text);
  assert_refused ("auto", "host01", "has changed");
  plain (host01);
  say (host01, "  StrictHostKeyChecking no\n");
  set_known (text);
  {
    g_autofree char *notices = works ("libssh2", "host01");

    g_assert_nonnull (strstr (notices, "differs from"));
  }
  plain (host01);
}

static void
test_revoked_key (void)
{
  g_autofree char *line = sshlab_known_line (host01, "*");
  g_autofree char *text = g_strdup_printf ("%s@revoked %s", line, line);

  set_known (text);
  assert_refused ("auto", "host01", "is revoked");
  plain (host01);
}

static void
test_rsa_host (void)
{
  assert_falls_over ("rsa", "host key");
  assert_refused ("libssh2", "rsa", "can't check");
}

/* ---- the user's keys ---- */

/* Runs f with another default identity. */
static void
with_identity (const char *key, const char *more, void (*f) (void))
{
  g_autofree char *defaults = g_strdup (lab->defaults->str);

  g_string_printf (lab->defaults, "  IdentityFile %s\n%s  UserKnownHostsFile %s\n"
                   "  StrictHostKeyChecking yes\n", key, more, known);
  sshlab_write_config (lab);
  f ();
  g_string_assign (lab->defaults, defaults);
  sshlab_write_config (lab);
}

static void
works_with_libssh2 (void)
{
  assert_works ("libssh2", "host01");
}

static void
falls_over_rsa (void)
{
  assert_falls_over ("host01", "id_rsa is of type ssh-rsa");
  assert_refused ("libssh2", "host01", "id_rsa is of type ssh-rsa");
}

static void
test_rsa_identity (void)
{
  g_autofree char *key = sshlab_make_key (lab, "id_rsa", "rsa", TRUE);

  with_identity (key, "  IdentitiesOnly yes\n", falls_over_rsa);
}

static void
test_ecdsa_identity (void)
{
  g_autofree char *key = sshlab_make_key (lab, "id_ecdsa", "ecdsa", TRUE);

  with_identity (key, "  IdentitiesOnly yes\n", works_with_libssh2);
}

static void
refused_stranger (void)
{
  assert_refused ("auto", "host01", "authorized_keys");
  assert_refused ("openssh", "host01", "Permission denied");
}

static void
test_stranger (void)
{
  g_autofree char *key = sshlab_make_key (lab, "id_stranger", "ed25519", FALSE);

  with_identity (key, "  IdentitiesOnly yes\n", refused_stranger);
}

static void
refused_open_key (void)
{
  assert_refused ("auto", "host01", "chmod 600");
}

static void
test_open_permissions (void)
{
  g_autofree char *key = sshlab_make_key (lab, "id_open", "ed25519", TRUE);

  g_chmod (key, 0644);
  with_identity (key, "  IdentitiesOnly yes\n", refused_open_key);
}

static void
falls_over_certificate (void)
{
  assert_falls_over ("host01", "certificate");
}

static void
test_certificate (void)
{
  g_autofree char *authority = sshlab_make_key (lab, "ca", "ed25519", FALSE);
  g_autofree char *key = sshlab_make_key (lab, "id_cert", "ed25519", FALSE);
  g_autofree char *public_key = g_strconcat (key, ".pub", NULL);
  const char *argv[] = { "ssh-keygen", "-q", "-s", authority, "-I", "test", "-n",
                         g_get_user_name (), public_key, NULL };

  sshlab_do (argv);
  with_identity (key, "  IdentitiesOnly yes\n", falls_over_certificate);
}

/* ---- agents ---- */

typedef struct
{
  char *socket;
  GPid  pid;
} Agent;

static gboolean
listens (const char *path)
{
  VmmWait wait = { G_MAXINT64, NULL };
  int fd = vmm_wire_connect (path, &wait, NULL);

  if (fd >= 0)
    close (fd);
  return fd >= 0;
}

static void
agent_start (Agent *agent, const char *key)
{
  char *argv[] = { (char *) "ssh-agent", (char *) "-D", (char *) "-a", NULL, NULL };
  const char *load[] = { "ssh-add", "-q", key, NULL };

  agent->socket = g_build_filename (lab->dir, "agent", NULL);
  argv[3] = agent->socket;
  g_assert_true (g_spawn_async (NULL, argv, NULL,
                                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD
                                | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &agent->pid, NULL));
  SSHLAB_UNTIL (listens (agent->socket));
  g_setenv ("SSH_AUTH_SOCK", agent->socket, TRUE);
  sshlab_do (load);
  g_unsetenv ("SSH_AUTH_SOCK");
}

static void
agent_stop (Agent *agent)
{
  kill (agent->pid, SIGCONT);
  kill (agent->pid, SIGTERM);
  g_spawn_close_pid (agent->pid);
  g_unlink (agent->socket);
  g_free (agent->socket);
}

static void
works_with_both (void)
{
  assert_works ("libssh2", "host01");
  assert_works ("openssh", "host01");
}

static void
key_is_the_agents (void)
{
  static const char *const kinds[] = { "libssh2", "openssh" };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (VmmTransport) ssh = sshlab_transport (lab, kinds[i]);
      g_autoptr (GPtrArray) all = NULL;
      g_auto (SshResult) result = { 0 };
      const VmmHostConnections *host;
      const char *key;

      vmm_ssh_explain (ssh);
      sshlab_run (ssh, "host01", ok, NULL, &result);
      sshlab_assert_exited (&result, 0, "ok\n");
      all = vmm_ssh_connections (ssh);
      host = all->pdata[0];
      key = ((VmmConnection *) host->open->pdata[0])->key;
      g_test_message ("%s", key);
      g_assert_nonnull (strstr (key, "agent"));
      g_assert_nonnull (strstr (key, "SHA256:"));
    }
}

static void
test_agent (void)
{
  g_autofree char *key = sshlab_make_key (lab, "id_agent", "ed25519", TRUE);
  g_autofree char *elsewhere = g_strconcat (key, ".moved", NULL);
  g_autofree char *more = NULL;
  Agent agent;

  agent_start (&agent, key);
  g_rename (key, elsewhere); /* only the public half stays */
  more = g_strdup_printf ("  IdentityAgent %s\n", agent.socket);
  with_identity ("/nonexistent", more, works_with_both);
  with_identity ("/nonexistent", more, key_is_the_agents);
  {
    g_autofree char *only = g_strconcat (more, "  IdentitiesOnly yes\n", NULL);

    with_identity (key, only, works_with_both);
    with_identity ("/nonexistent", only, refused_stranger);
  }
  agent_stop (&agent);
}

/* One that hangs costs some time, not the action. */
static void
test_agent_hangs (void)
{
  g_autofree char *key = sshlab_make_key (lab, "id_other", "ed25519", FALSE);
  g_autofree char *more = NULL;
  Agent agent;

  agent_start (&agent, key);
  kill (agent.pid, SIGSTOP);
  more = g_strdup_printf ("  IdentityAgent %s\n", agent.socket);
  with_identity (lab->key, more, works_with_libssh2);
  agent_stop (&agent);
}

static void
test_agent_forwarding (void)
{
  g_autofree char *script = sshlab_script (lab, "forward",
                                           "#!/bin/sh\nssh-add -l | cut -d' ' -f4\n");
  g_autofree char *key = sshlab_make_key (lab, "id_lent", "ed25519", FALSE);
  g_autoptr (VmmTransport) ssh = NULL;
  g_auto (SshResult) result = { 0 };
  const char *argv[] = { script, NULL };
  g_autoptr (VmmCommand) command = sshlab_command ("host01", argv, "");
  Agent agent;

  command->forward_agent = TRUE;
  agent_start (&agent, key);
  g_setenv ("SSH_AUTH_SOCK", agent.socket, TRUE);
  ssh = sshlab_transport (lab, "auto");
  sshlab_run_command (ssh, command, 0, NULL, &result);
  sshlab_assert_exited (&result, 0, "(ED25519)\n");
  /* And lends it to nobody else. */
  command->forward_agent = FALSE;
  sshlab_run_command (ssh, command, 0, NULL, &result);
  sshlab_assert_exited (&result, 0, "");
  g_unsetenv ("SSH_AUTH_SOCK");
  g_clear_pointer (&ssh, vmm_transport_free);
  agent_stop (&agent);
}

/* ---- ways there ---- */

static void
test_proxy_command (void)
{
  g_autofree char *marker = g_build_filename (lab->dir, "proxied", NULL);

  say (host01, "  ProxyCommand sh -c 'touch %s; ssh -F %s -W %%h:%%p two'\n", marker, lab->config);
  for (int i = 0; i < 2; i++)
    {
      assert_works (i == 0 ? "libssh2" : "openssh", "host01");
      g_assert_cmpint (g_unlink (marker), ==, 0);
    }
  SSHLAB_UNTIL (sshlab_connections (two) == 0);
  plain (host01);
  say (host01, "  ProxyCommand sh -c 'echo the way is closed >&2'\n");
  assert_refused ("libssh2", "host01", "the way is closed");
  plain (host01);
}

static void
test_proxy_jump (void)
{
  say (host01, "  ProxyJump two\n");
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (VmmTransport) ssh = sshlab_transport (lab, i == 0 ? "libssh2" : "openssh");
      g_auto (SshResult) result = { 0 };

      sshlab_run (ssh, "host01", ok, NULL, &result);
      sshlab_assert_exited (&result, 0, "ok\n");
      g_assert_cmpuint (sshlab_connections (two), ==, 1);
      g_clear_pointer (&ssh, vmm_transport_free);
      SSHLAB_UNTIL (sshlab_connections (two) == 0);
    }
  plain (host01);
  say (host01, "  ProxyJump rsa,%s@two\n", g_get_user_name ());
  assert_works ("libssh2", "host01");
  plain (host01);
}

static void
test_other_option (void)
{
  say (host01, "  SetEnv FOO=bar\n");
  assert_falls_over ("host01", "FOO=bar");
  plain (host01);
}

/* The next action sees what was written a moment ago. */
static void
test_config_changes (void)
{
  g_autoptr (VmmTransport) ssh = sshlab_transport (lab, "auto");
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, "host01", ok, NULL, &result);
  sshlab_assert_exited (&result, 0, "ok\n");
  say (host01, "  User nobody-we-know\n");
  sshlab_run (ssh, "host01", ok, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  plain (host01);
  sshlab_run (ssh, "host01", ok, NULL, &result);
  sshlab_assert_exited (&result, 0, "ok\n");
}

static void
test_bad_config (void)
{
  say (host01, "  NoSuchOption yes\n");
  assert_refused ("auto", "host01", "nosuchoption");
  plain (host01);
}

static void
test_hostile_names (void)
{
  static const char *const names[] = { "", "-oProxyCommand=touch /tmp/x", "a;id", "$(id)", "a b",
                                       "`id`", "a\nb", "../a" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    assert_refused ("auto", names[i], "is not a host name");
  assert_refused ("auto", "no-such-host.invalid", "no-such-host.invalid");
}

int
main (int argc, char **argv)
{
  const char *skip = sshlab_become_user ();
  int rc;

  g_test_init (&argc, &argv, NULL);
  if (skip != NULL)
    {
      g_print ("1..0 # SKIP %s\n", skip);
      return 0;
    }
  lab = sshlab_new ();
  known = g_build_filename (lab->dir, "known_hosts", NULL);
  ok = sshlab_script (lab, "ok", "#!/bin/sh\necho ok\n");
  {
    g_autofree char *ecdsa = sshlab_make_key (lab, "hostkey-ecdsa", "ecdsa", FALSE);
    g_autofree char *more = g_strdup_printf ("HostKey %s\n", ecdsa);
    g_autofree char *trust = g_strdup_printf ("TrustedUserCAKeys %s/ca.pub\n", lab->dir);

    host01 = sshlab_add (lab, "host01", "ed25519", trust);
    two = sshlab_add (lab, "two", "ed25519", more);
    rsa = sshlab_add (lab, "rsa", "rsa", "");
  }
  g_test_add_func ("/ssh-config/known-forms", test_known_forms);
  g_test_add_func ("/ssh-config/known-hashed", test_known_hashed);
  g_test_add_func ("/ssh-config/host-key-alias", test_host_key_alias);
  g_test_add_func ("/ssh-config/only-ed25519-known", test_only_ed25519_known);
  g_test_add_func ("/ssh-config/unknown-key", test_unknown_key);
  g_test_add_func ("/ssh-config/accept-new", test_accept_new);
  g_test_add_func ("/ssh-config/accept-new-hashed", test_accept_new_hashed);
  g_test_add_func ("/ssh-config/changed-key", test_changed_key);
  g_test_add_func ("/ssh-config/revoked-key", test_revoked_key);
  g_test_add_func ("/ssh-config/rsa-host", test_rsa_host);
  g_test_add_func ("/ssh-config/rsa-identity", test_rsa_identity);
  g_test_add_func ("/ssh-config/ecdsa-identity", test_ecdsa_identity);
  g_test_add_func ("/ssh-config/stranger", test_stranger);
  g_test_add_func ("/ssh-config/open-permissions", test_open_permissions);
  g_test_add_func ("/ssh-config/certificate", test_certificate);
  g_test_add_func ("/ssh-config/agent", test_agent);
  g_test_add_func ("/ssh-config/agent-hangs", test_agent_hangs);
  g_test_add_func ("/ssh-config/agent-forwarding", test_agent_forwarding);
  g_test_add_func ("/ssh-config/proxy-command", test_proxy_command);
  g_test_add_func ("/ssh-config/proxy-jump", test_proxy_jump);
  g_test_add_func ("/ssh-config/other-option", test_other_option);
  g_test_add_func ("/ssh-config/config-changes", test_config_changes);
  g_test_add_func ("/ssh-config/bad-config", test_bad_config);
  g_test_add_func ("/ssh-config/hostile-names", test_hostile_names);
  rc = g_test_run ();
  g_free (ok);
  g_free (known);
  sshlab_free (lab);
  return rc;
}
