/* SPDX-License-Identifier: Apache-2.0
 *
 * The captured lines on hosts: real sshd processes on loopback, reached by the
 * names that stand in the requests.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "captures.h"
#include "../ssh/sshlab.h"

static SshLab *lab;

static void
use_hosts (Rig *rig, const char *transport)
{
  g_autofree char *text = g_strdup_printf ("VMM_SSH_CONFIG=%s\nVMM_TRANSPORT=%s\n", lab->config,
                                           transport);

  rig_write (rig, "etc/vmm_exec/vmm_execrc", text);
}

static void
use_libssh2 (Rig *rig)
{
  use_hosts (rig, "libssh2");
}

static void
use_openssh (Rig *rig)
{
  use_hosts (rig, "openssh");
}

static const CapturesWay with_libssh2 = {
  .name = "libssh2", .arguments = "", .prepare = use_libssh2,
};
static const CapturesWay with_openssh = {
  .name = "openssh", .arguments = "", .calls_only = TRUE, .prepare = use_openssh,
};

static int
run (int argc, char **argv)
{
  const char *problem = sshlab_become_user ();
  int status;

  g_test_init (&argc, &argv, NULL);
  if (problem != NULL)
    {
      printf ("1..0 # SKIP %s\n", problem);
      return 0;
    }
  lab = sshlab_new ();
  sshlab_add (lab, "host01", "ed25519", "");
  sshlab_add (lab, "host-02.example.org", "ed25519", "");
  captures_add_tests (&with_libssh2);
  captures_add_tests (&with_openssh);
  status = g_test_run ();
  sshlab_free (lab);
  return status;
}

/* The ordinary user that sshd needs may not be able to read the place of the
 * build, so all that is run and read is copied. */
static char *
copy_build (void)
{
  char *dir = g_strdup ("/tmp/one-vmm-copy.XXXXXX");
  g_autofree char *captures = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "captures", NULL);
  g_autofree char *stub = g_build_filename (g_getenv ("G_TEST_BUILDDIR"), "lib", "stub", NULL);
  g_autofree char *driver = g_build_filename (g_getenv ("BUILDDIR"), "one_vmm_exec", NULL);
  g_autofree char *lib = NULL;

  g_assert_nonnull (g_mkdtemp (dir));
  lib = g_build_filename (dir, "lib", NULL);
  sshlab_do ((const char *const[]) { "cp", "-r", captures, driver, dir, NULL });
  sshlab_do ((const char *const[]) { "mkdir", lib, NULL });
  sshlab_do ((const char *const[]) { "cp", stub, lib, NULL });
  sshlab_do ((const char *const[]) { "chmod", "-R", "a+rX", dir, NULL });
  g_setenv ("BUILDDIR", dir, TRUE);
  g_setenv ("G_TEST_BUILDDIR", dir, TRUE);
  g_setenv ("G_TEST_SRCDIR", dir, TRUE);
  return dir;
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = NULL;
  int status = 1;
  pid_t child;

  if (argc > 1 && g_str_equal (argv[1], "--inner"))
    return run (1, argv);
  dir = copy_build ();
  child = fork ();
  if (child == 0)
    execv ("/proc/self/exe", (char *[]) { argv[0], (char *) "--inner", NULL });
  waitpid (child, &status, 0);
  sshlab_do ((const char *const[]) { "rm", "-rf", dir, NULL });
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}
