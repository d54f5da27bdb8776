/* SPDX-License-Identifier: Apache-2.0
 *
 * The captured lines on hosts: real sshd processes on loopback, reached by the
 * names that stand in the requests.
 */
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
  int status;

  g_test_init (&argc, &argv, NULL);
  lab = sshlab_new ();
  sshlab_add (lab, "host01", "ed25519", "");
  sshlab_add (lab, "host-02.example.org", "ed25519", "");
  captures_add_tests (&with_libssh2);
  captures_add_tests (&with_openssh);
  status = g_test_run ();
  sshlab_free (lab);
  return status;
}

int
main (int argc, char **argv)
{
  return sshlab_main_of_copy (argc, argv, run);
}
