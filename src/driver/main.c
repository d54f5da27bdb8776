/* SPDX-License-Identifier: Apache-2.0
 *
 * one_vmm_exec: OpenNebula's virtual machine driver.
 *
 * The way of one request, and of the files in this directory:
 *
 *   reader -> message -> queue/pool -> payload -> recipe -> plan -> runner -> transport (local | ssh)
 *                                                                   |              |
 *                            oned <- writer <-----------------------+--- scriptlog + outcome
 *
 * service.c reads and hands out; everything right of the pool happens in a
 * worker's thread. Data goes one way.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "driver/check.h"
#include "driver/config.h"
#include "driver/era.h"
#include "driver/local.h"
#include "driver/options.h"
#include "driver/pool.h"
#include "driver/recipe.h"
#include "driver/runner.h"
#include "driver/service.h"
#include "driver/signals.h"
#include "driver/ssh.h"
#include "driver/status.h"

/* What the last lines may take on their way to an oned that is slow. */
#define LAST_WRITE_MS 1000

enum
{
  EXIT_OK = 0,
  EXIT_FOUND = 1, /* --check: problems; --sync: hosts that failed */
  EXIT_USAGE = 2,
};

static void
run_job (VmmJob *job, gpointer user_data)
{
  vmm_runner_run (user_data, job);
}

/* oned closes descriptor 2, so what we have to say goes to a file of our own. */
static void
open_log (const VmmConfig *config, const VmmOptions *options)
{
  g_autofree char *name = g_strdup_printf ("one_vmm_%s.log", options->driver);
  g_autofree char *path = g_build_filename (config->log_dir, name, NULL);

  vmm_log_to_file (path, NULL);
}

static void
log_start (const VmmConfig *config, const VmmRunner *runner, const char *release_why)
{
  for (guint i = 0; i < config->warnings->len; i++)
    vmm_log ("warning: %s", (char *) g_ptr_array_index (config->warnings, i));
  if (runner->release != 0)
    vmm_log ("recipes of OpenNebula %s: %s", vmm_release_find (runner->release)->name,
             release_why);
}

/* A driver that is not among the remotes is most likely a slip in oned.conf. */
static gboolean
check_driver (const VmmConfig *config, const VmmOptions *options)
{
  g_autofree char *vmm = g_build_filename (config->remotes_dir, "vmm", NULL);
  g_autofree char *dir = g_build_filename (vmm, options->driver, NULL);

  if (g_file_test (dir, G_FILE_TEST_IS_DIR) || !g_file_test (vmm, G_FILE_TEST_IS_DIR))
    return TRUE;
  vmm_log ("there is no driver directory %s; look at ARGUMENTS of this VM_MAD in oned.conf", dir);
  return FALSE;
}

static VmmStatus *
open_status (const VmmRunner *runner, VmmQueue *queue)
{
  const VmmStatusSource source = { runner->options->driver, queue, runner->stats, runner->remote };
  g_autoptr (GError) error = NULL;
  VmmStatus *status = vmm_status_new (runner->config->var_dir, &source, &error);

  if (status == NULL)
    vmm_log ("warning: %s", error->message);
  else if (strcmp (vmm_status_name (status), source.driver) != 0)
    vmm_log ("another driver %s is running; to ask this one: one_vmm_status %s", source.driver,
             vmm_status_name (status));
  return status;
}

static void
serve (const VmmConfig *config, const VmmOptions *options, int signals)
{
  g_autofree char *release_why = NULL;
  VmmRunner runner = { .config = config, .options = options };
  VmmQueue *queue = vmm_queue_new (options->parallel);
  VmmPool *pool = vmm_pool_new (queue, options->threads, run_job, &runner);
  VmmStatus *status;
  guint waiting, running;

  runner.release = vmm_era_fixed (config, &release_why);
  log_start (config, &runner, release_why);
  runner.local = vmm_local_new ();
  runner.remote = vmm_ssh_new (config, options->shell);
  runner.writer = vmm_writer_new (STDOUT_FILENO);
  runner.stats = vmm_stats_new ();
  status = open_status (&runner, queue);

  vmm_service_run (queue, pool, runner.writer, STDIN_FILENO, STDOUT_FILENO, signals);

  vmm_status_free (status);
  vmm_queue_count (queue, &waiting, &running);
  if (running > 0)
    {
      vmm_log ("%u actions did not end when they were told to", running);
      vmm_writer_close (runner.writer, LAST_WRITE_MS);
      _exit (EXIT_OK);
    }
  vmm_pool_free (pool);
  vmm_writer_close (runner.writer, LAST_WRITE_MS);
  vmm_transport_free (runner.remote);
  vmm_transport_free (runner.local);
  vmm_stats_free (runner.stats);
  vmm_queue_free (queue);
}

/* ---- --check and --sync ---- */

static void
tell_progress (const char *host, guint done, guint of, const char *what, gboolean failed,
               gpointer user_data G_GNUC_UNUSED)
{
  printf ("[%u/%u] %s: %s%s\n", done, of, host, failed ? "FAILED: " : "", what);
  fflush (stdout);
}

static int
look_after_hosts (const VmmConfig *config, const VmmOptions *options)
{
  VmmTransport *remote = vmm_ssh_new (config, options->shell);
  guint bad;

  if (options->mode == VMM_MODE_SYNC)
    bad = vmm_ssh_sync (remote, (const char *const *) options->hosts, tell_progress, NULL);
  else
    bad = vmm_check_run (config, remote, options->hosts);
  vmm_transport_free (remote);
  return bad == 0 ? EXIT_OK : EXIT_FOUND;
}

int
main (int argc, char **argv)
{
  gboolean had_stderr = vmm_fd_fill_standard ();
  int signals = vmm_signals_init ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmOptions) options = NULL;
  g_autoptr (VmmConfig) config = NULL;

  g_set_prgname ("one_vmm_exec");
  /* One arena for all threads: malloc_trim() gives back what is free in it, but not
   * at the end of any other. */
  mallopt (M_ARENA_MAX, 1);

  options = vmm_options_parse (argc, argv, &error);
  if (options == NULL)
    {
      vmm_log ("%s", error->message);
      vmm_log ("try one_vmm_exec --help");
      return EXIT_USAGE;
    }
  if (options->mode == VMM_MODE_HELP)
    {
      fputs (options->message, stdout);
      return EXIT_OK;
    }

  config = vmm_config_load ();
  if (options->mode != VMM_MODE_DRIVER)
    return look_after_hosts (config, options);
  if (!had_stderr)
    open_log (config, options);
  if (!check_driver (config, options))
    return EXIT_USAGE;
  if (chdir (config->var_dir) < 0)
    vmm_log ("warning: cannot change to %s: %s", config->var_dir, g_strerror (errno));
  serve (config, options, signals);
  return EXIT_OK;
}
