/* SPDX-License-Identifier: Apache-2.0
 *
 * Data that would like to be commands, in every field of every captured request,
 * run here and on hosts. Each request is sent with a plain word of its own in each
 * field first, which shows where the field arrives, then with hostile text in its
 * place, which must arrive in the same places, byte for byte.
 *
 *     hostile -> request -> run -> calls
 *
 * is the way of the text; which tests there are is in tests.h.
 */
#include <sys/statvfs.h>
#include <unistd.h>

#include "run.h"
#include "tests.h"

static SshLab *lab;

static void
add (const char *what, const char *way, const Release *release, GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/injection/%s/%s/%s", what, way, release->name);
  RunCase *test = g_new (RunCase, 1);

  *test = (RunCase){ way, release, lab };
  g_test_add_data_func_full (path, test, func, g_free);
}

/* The records are a hundred thousand small files; in memory that is ten times as fast. */
static void
work_in_memory (void)
{
  struct statvfs info;

  if (access ("/dev/shm", W_OK) == 0 && statvfs ("/dev/shm", &info) == 0
      && (info.f_flag & ST_NOEXEC) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
}

static int
run_tests (int argc, char **argv)
{
  static const char *const ways[] = { "local", "libssh2", "openssh" };
  int status;

  work_in_memory ();

  g_test_init (&argc, &argv, NULL);
  lab = sshlab_new ();
  sshlab_add (lab, "host01", "ed25519", "");
  sshlab_add (lab, "host-02.example.org", "ed25519", "");
  g_test_add_func ("/injection/complete", test_complete);
  for (gsize i = 0; i < G_N_ELEMENTS (ways); i++)
    {
      gboolean local = g_str_equal (ways[i], "local");

      add ("control", ways[i], &release_7_4, test_control);
      for (gsize j = 0; releases[j] != NULL; j++)
        {
          /* The three of 4.14 differ in one action. */
          if (local || j > 1)
            add ("fields", ways[i], releases[j], test_fields);
        }
      if (local)
        {
          add ("unfit", ways[i], &release_4_14, test_unfit);
          add ("unfit", ways[i], &release_7_4, test_unfit);
        }
      add ("names", ways[i], &release_4_14, test_names);
      add ("names", ways[i], &release_7_4, test_names);
      add ("long", ways[i], &release_4_14, test_long);
      add ("long", ways[i], &release_7_4, test_long);
      add ("outputs", ways[i], &release_7_4, test_outputs);
      add ("deploy-id", ways[i], &release_7_4, test_deploy_id);
      add ("options", ways[i], &release_7_4, test_options);
      if (!local)
        add ("hosts", ways[i], &release_7_4, test_hosts);
    }
  status = g_test_run ();
  sshlab_free (lab);
  return status;
}

int
main (int argc, char **argv)
{
  return sshlab_main_of_copy (argc, argv, run_tests);
}
