/* SPDX-License-Identifier: Apache-2.0
 *
 * What a command takes with it, what comes back and how its end is told. Every
 * test runs over both kinds of connection.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sshlab.h"
#include "vmm-limits.h"

static SshLab  *lab;
static SshHost *host01;

static VmmTransport *
transport (gconstpointer kind)
{
  return sshlab_transport (lab, kind);
}

static void
set_bashrc (const char *text)
{
  g_autofree char *file = g_build_filename (host01->dir, "home", ".bashrc", NULL);

  g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

/* ---- the end ---- */

static void
test_success (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "ok", "#!/bin/sh\necho out \"$@\"\necho err >&2\n");
  g_autoptr (VmmTransport) ssh = transport (kind);

  for (int i = 0; i < 3; i++)
    {
      g_auto (SshResult) result = { 0 };

      sshlab_run (ssh, "host01", script, "a 'b'", &result);
      sshlab_assert_exited (&result, 0, "out a 'b'\n");
      g_assert_cmpstr (result.err->str, ==, "err\n");
      g_assert_cmpstr (result.notices->str, ==, "");
    }
  g_assert_cmpuint (sshlab_connections (host01), ==, 1);
}

static void
test_status (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "exit", "#!/bin/sh\necho ExitCode: 0\nexit $1\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  static const int codes[] = { 1, 42, 126, 127, 255, 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_auto (SshResult) result = { 0 };
      g_autofree char *code = g_strdup_printf ("%d", codes[i]);

      sshlab_run (ssh, "host01", script, code, &result);
      sshlab_assert_exited (&result, codes[i], "ExitCode: 0\n");
    }
  g_assert_cmpuint (sshlab_connections (host01), ==, 1);
}

static void
test_signal (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "die", "#!/bin/sh\nkill -$1 $$\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, "host01", script, "KILL", &result);
  sshlab_assert_ending (&result, VMM_ENDED_SIGNALLED);
  /* The OpenSSH client keeps the number to itself. */
  g_assert_cmpint (result.outcome.code, ==, g_str_equal (kind, "libssh2") ? SIGKILL : 0);
}

static void
test_missing_script (gconstpointer kind)
{
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, "host01", "/nonexistent/script", NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NO_SCRIPT);
  sshlab_assert_reason (&result, "/nonexistent/script on host01");
  sshlab_run (ssh, "host01", "/tmp", NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NO_SCRIPT);
}

static void
test_not_executable (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "plain", "#!/bin/sh\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  g_chmod (script, 0644);
  sshlab_run (ssh, "host01", script, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_EXECUTABLE);
  sshlab_assert_reason (&result, "on host01");
}

/* ---- arguments and input ---- */

static void
test_arguments (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "args", "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  const char *argv[] = { script, "", " ", "*", "$HOME", "`id`", "a;b", "it's", "\"", "\\", "-n",
                         "~", "a\nb", "\xc3\xa9\xff", "!x", "#", "EOT", "%s", NULL };
  g_autoptr (VmmCommand) command = sshlab_command ("host01", argv, "");
  g_autoptr (GString) expected = g_string_new (NULL);

  for (int i = 1; argv[i] != NULL; i++)
    g_string_append_printf (expected, "<%s>", argv[i]);
  /* The first runs through a shell of its own, the second in the login shell. */
  for (int i = 0; i < 2; i++)
    {
      g_auto (SshResult) result = { 0 };

      sshlab_run_command (ssh, command, 0, NULL, &result);
      sshlab_assert_exited (&result, 0, expected->str);
    }
}

static void
test_long_arguments (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "long", "#!/bin/sh\ncat\n"
                                           "for a in \"$@\"; do printf ' %s' ${#a}; done\n");
  g_autofree char *word = g_strnfill (100000, 'x');
  g_autofree char *longest = g_strnfill (128 * 1024 - 1, '\'');
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };
  const char *argv[] = { script, word, word, word, word, longest, NULL };
  g_autoptr (VmmCommand) command = sshlab_command ("host01", argv, "the input");

  sshlab_run_command (ssh, command, 0, NULL, &result);
  sshlab_assert_exited (&result, 0, "the input 100000 100000 100000 100000 131071");
}

static void
test_too_long_argument (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "ok", "#!/bin/sh\n");
  g_autofree char *word = g_strnfill (128 * 1024, 'x');
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, "host01", script, word, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  sshlab_assert_reason (&result, "argument 1 has 131072 bytes");
}

static void
test_input (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "sum", "#!/bin/sh\nsha256sum\n");
  const gsize len = 3 * 1024 * 1024 + 7;
  g_autofree guchar *data = g_malloc (len);
  g_autofree char *sum = NULL, *expected = NULL;
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_autoptr (VmmCommand) command = NULL;
  g_auto (SshResult) result = { 0 };
  char *argv[] = { script, NULL };

  for (gsize i = 0; i < len; i++)
    data[i] = (guchar) (i * 7 + i / 256);
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, data, len);
  expected = g_strdup_printf ("%s  -\n", sum);
  command = vmm_command_new (g_strdup ("host01"), g_strdupv (argv), g_bytes_new (data, len), NULL);
  sshlab_run_command (ssh, command, 0, NULL, &result);
  sshlab_assert_exited (&result, 0, expected);
}

static void
test_input_not_read (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "ignore", "#!/bin/sh\necho done\n");
  g_autofree char *text = g_strnfill (5 * 1024 * 1024, 'x');
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };
  const char *argv[] = { script, NULL };
  g_autoptr (VmmCommand) command = sshlab_command ("host01", argv, text);

  sshlab_run_command (ssh, command, 20000, NULL, &result);
  sshlab_assert_exited (&result, 0, "done\n");
  sshlab_run (ssh, "host01", script, NULL, &result);
  sshlab_assert_exited (&result, 0, "done\n");
}

static void
test_empty_input_ends (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "cat", "#!/bin/sh\ncat; echo end\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, "host01", script, NULL, &result);
  sshlab_assert_exited (&result, 0, "end\n");
}

/* ---- files ---- */

static VmmCommand *
command_with_file (const char *script, const char *path, const void *data, gsize len)
{
  const char *argv[] = { script, path, NULL };
  VmmCommand *command = sshlab_command ("host01", argv, "");
  g_autoptr (GBytes) bytes = g_bytes_new (data, len);

  command->files = g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_file_free);
  g_ptr_array_add (command->files, vmm_file_new (path, bytes));
  return command;
}

static void
test_files (gconstpointer kind)
{
  static const char data[] = "a'b\"c\\n$HOME\n%s\t!x\r\0after \xff\xc3\xa9\\061\n\n";
  g_autofree char *script = sshlab_script (lab, "dump", "#!/bin/sh\nsha256sum < \"$1\"\n");
  g_autofree char *path = g_strdup_printf ("%s/new dir's/%s/deployment.0", lab->dir,
                                           (const char *) kind);
  g_autofree char *sum
    = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) data, sizeof data);
  g_autofree char *expected = g_strdup_printf ("%s  -\n", sum);
  g_autoptr (VmmCommand) command = command_with_file (script, path, data, sizeof data);
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  for (int i = 0; i < 2; i++)
    {
      sshlab_run_command (ssh, command, 0, NULL, &result);
      sshlab_assert_exited (&result, 0, expected);
    }
}

static void
test_file_not_writable (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "ok", "#!/bin/sh\necho ran\n");
  g_autoptr (VmmCommand) command = command_with_file (script, "/proc/no/file", "x", 1);
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run_command (ssh, command, 0, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  g_assert_cmpstr (result.outcome.output->str, ==, "");
  g_assert_nonnull (strstr (result.err->str, "/proc/no"));
}

/* ---- output ---- */

static void
test_noise (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "ok", "#!/bin/sh\necho STATE=a\necho err >&2\n");
  g_autoptr (VmmTransport) ssh = transport (kind);

  set_bashrc ("printf 'Welcome! vmm-'; echo noise >&2; printf 'vmm-more' >&2\n");
  for (int i = 0; i < 2; i++)
    {
      g_auto (SshResult) result = { 0 };

      sshlab_run (ssh, "host01", script, NULL, &result);
      sshlab_assert_exited (&result, 0, "STATE=a\n");
      g_assert_cmpstr (result.err->str, ==, "err\n");
    }
  set_bashrc ("");
}

static void
test_login_shell_fails (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "ok", "#!/bin/sh\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  set_bashrc ("echo 'account locked' >&2; exit 3\n");
  sshlab_run (ssh, "host01", script, NULL, &result);
  set_bashrc ("");
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  sshlab_assert_reason (&result, "status 3");
  sshlab_assert_reason (&result, "account locked");
}

static void
test_much_output (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "flood",
                                           "#!/bin/sh\nhead -c 5000000 /dev/zero | tr '\\0' x >&2\n"
                                           "head -c 20000000 /dev/zero | tr '\\0' y\nexit 3\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  g_auto (SshResult) result = { 0 };

  sshlab_run (ssh, "host01", script, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_EXITED);
  g_assert_cmpint (result.outcome.code, ==, 3);
  g_assert_cmpuint (result.outcome.output->len, ==, VMM_MAX_OUTPUT_BYTES);
  g_assert_cmpuint (result.outcome.output_dropped, ==, 20000000 - VMM_MAX_OUTPUT_BYTES);
  g_assert_cmpuint (result.err->len, ==, 5000000);
}

static void
test_background_child (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "daemon",
                                           "#!/bin/sh\nsleep 4321 & echo $!\necho err >&2\n");
  g_autoptr (VmmTransport) ssh = transport (kind);
  pid_t pids[2] = { 0 };

  for (int i = 0; i < 2; i++)
    {
      g_auto (SshResult) result = { 0 };
      gint64 start_us = g_get_monotonic_time ();

      sshlab_run (ssh, "host01", script, NULL, &result);
      sshlab_assert_ending (&result, VMM_ENDED_EXITED);
      g_assert_cmpint (result.outcome.code, ==, 0);
      g_assert_cmpstr (result.err->str, ==, "err\n");
      pids[i] = atoi (result.outcome.output->str);
      /* It sleeps for an hour; anything well below shows that it was not waited for. */
      g_assert_cmpint (g_get_monotonic_time () - start_us, <, 30 * G_USEC_PER_SEC);
      g_assert_cmpint (kill (pids[i], 0), ==, 0);
    }
  for (int i = 0; i < 2; i++)
    kill (pids[i], SIGKILL);
}

/* ---- the shell around it ---- */

static void
test_shells (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "args", "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
  g_autofree char *word = g_strnfill (60000, 'x');
  g_autofree char *expected = g_strdup_printf ("<%s>", word);
  g_autofree char *busybox = g_build_filename (lab->dir, "ash", NULL);
  const char *shells[] = { "sh", "dash", "/bin/bash", busybox };

  g_assert_true (g_file_set_contents (busybox, "#!/bin/sh\nexec busybox sh \"$@\"\n", -1, NULL));
  g_chmod (busybox, 0755);
  for (gsize i = 0; i < G_N_ELEMENTS (shells); i++)
    {
      g_autoptr (VmmTransport) ssh = NULL;
      g_auto (SshResult) result = { 0 };

      if (shells[i] == busybox && access ("/bin/busybox", X_OK) != 0)
        continue;
      vmm_transport_free (transport (kind));
      ssh = vmm_ssh_new (lab->settings, shells[i]);
      for (int j = 0; j < 2; j++)
        {
          sshlab_run (ssh, "host01", script, "it's $HOME", &result);
          sshlab_assert_exited (&result, 0, "<it's $HOME>");
        }
      sshlab_run (ssh, "host01", script, word, &result);
      sshlab_assert_exited (&result, 0, expected);
    }
}

static void
test_missing_shell (gconstpointer kind)
{
  g_autofree char *script = sshlab_script (lab, "ok", "#!/bin/sh\n");
  g_autoptr (VmmTransport) ssh = NULL;
  g_auto (SshResult) result = { 0 };

  vmm_transport_free (transport (kind));
  ssh = vmm_ssh_new (lab->settings, "nosuchshell");
  sshlab_run (ssh, "host01", script, NULL, &result);
  sshlab_assert_ending (&result, VMM_ENDED_NOT_STARTED);
  sshlab_assert_reason (&result, "option -s");
}

static void
set_up (void)
{
  host01 = sshlab_add (lab, "host01", "ed25519", "");
}

int
main (int argc, char **argv)
{
  static const SshTest tests[] = {
    { "success", test_success },
    { "status", test_status },
    { "signal", test_signal },
    { "missing-script", test_missing_script },
    { "not-executable", test_not_executable },
    { "arguments", test_arguments },
    { "long-arguments", test_long_arguments },
    { "too-long-argument", test_too_long_argument },
    { "input", test_input },
    { "input-not-read", test_input_not_read },
    { "empty-input-ends", test_empty_input_ends },
    { "files", test_files },
    { "file-not-writable", test_file_not_writable },
    { "noise", test_noise },
    { "login-shell-fails", test_login_shell_fails },
    { "much-output", test_much_output },
    { "background-child", test_background_child },
    { "shells", test_shells },
    { "missing-shell", test_missing_shell },
    { NULL, NULL },
  };

  return sshlab_main (argc, argv, "ssh", tests, &lab, set_up, NULL);
}
