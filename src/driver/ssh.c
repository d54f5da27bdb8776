/* SPDX-License-Identifier: Apache-2.0
 *
 * What happens to one command here: find out how to reach the host, take a
 * link, run, and say how it ended. Failures on the way there, before anything
 * can have run, are repeated once; so is a script that was missing, after the
 * remotes were copied.
 */
#include "driver/ssh.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "driver/ssh/gate.h"
#include "driver/ssh/linkpool.h"
#include "driver/ssh/push.h"
#include "driver/ssh/remotecmd.h"
#include "vmm-limits.h"

/* How long ending a command may take beyond its grace, host included. */
#define END_LIMIT_MS 4000

/* --sync: hosts at a time, and how long one may take. */
#define SYNC_THREADS 8
#define SYNC_LIMIT_MS (10 * 60 * 1000)

typedef struct
{
  VmmTransport     base;
  const VmmConfig *config;
  char            *shell;
  gboolean         explain;
  VmmHostConfigs  *configs;
  VmmLinkPool     *pool;
  char            *control_dir; /* of the OpenSSH client's sockets; mutex; NULL until needed */
  GMutex           mutex;
  GHashTable      *hosts; /* name -> Host; mutex */
} VmmSsh;

/* What was learnt of a host. Lives as long as the transport. */
typedef struct
{
  VmmGate *pushing; /* one at a time */
  int      pushed;  /* how often; atomic */
  int      direct;  /* its login shell needs no other one; atomic */
  int      beyond;  /* the VmmHostConfig's serial with which libssh2 failed; atomic */
} Host;

/* One command on its way. */
typedef struct
{
  VmmSsh              *ssh;
  Host                *host;
  const VmmCommand    *command;
  const VmmRunContext *context;
  VmmOutcome          *outcome;
  VmmWait              wait;
  VmmHostConfig       *config;
  gboolean             fresh;    /* the last link failed: take a new one */
  gboolean             repeated;
  gboolean             pushed;
} Job;

/* ---- hosts ---- */

static void
host_free (gpointer data)
{
  Host *host = data;

  vmm_gate_free (host->pushing);
  g_free (host);
}

static Host *
find_host (VmmSsh *self, const char *name)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Host *host = g_hash_table_lookup (self->hosts, name);

  if (host == NULL)
    {
      host = g_new0 (Host, 1);
      host->pushing = vmm_gate_new (1);
      g_hash_table_insert (self->hosts, g_strdup (name), host);
    }
  return host;
}

static void G_GNUC_PRINTF (2, 3)
notice (const VmmRunContext *context, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (context == NULL || context->on_notice == NULL)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  context->on_notice (text, context->user_data);
}

/* ---- links ---- */

static const char *
control_dir (VmmSsh *self, GError **error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  /* Short, because the path of a socket has 107 bytes, and the client makes a
   * longer one of it first. */
  if (self->control_dir == NULL)
    {
      g_autofree char *template = g_strdup ("/tmp/one-vmm.XXXXXX");

      if (g_mkdtemp (template) == NULL)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "/tmp: cannot make a directory");
          return NULL;
        }
      self->control_dir = g_steal_pointer (&template);
    }
  return self->control_dir;
}

/* For the pool. */
static VmmLink *
open_link (VmmHostConfig *config, VmmLinkKind kind, const VmmWait *wait, gpointer user_data,
           GError **error)
{
  VmmSsh *self = user_data;

  if (kind != VMM_LINK_LIBSSH2)
    {
      const char *dir = control_dir (self, error);

      return dir == NULL ? NULL
             : vmm_openssh_open (config, kind == VMM_LINK_OPENSSH_AGENT, dir,
                                 self->config->ssh_idle_s, self->explain, wait, error);
    }
  return vmm_libssh2_open (config, wait, error);
}

/* Which way to go, and the one notice about it per host. */
static VmmLinkKind
choose_kind (VmmSsh *self, Host *host, const VmmHostConfig *config, gboolean forward_agent,
             const VmmRunContext *context)
{
  VmmLinkKind client = forward_agent ? VMM_LINK_OPENSSH_AGENT : VMM_LINK_OPENSSH;

  if (g_strcmp0 (self->config->transport, "openssh") == 0)
    return client;
  if (g_strcmp0 (self->config->transport, "libssh2") == 0)
    return VMM_LINK_LIBSSH2;
  if (forward_agent || g_atomic_int_get (&host->beyond) == (int) config->serial)
    return client;
  if (config->beyond == NULL)
    return VMM_LINK_LIBSSH2;
  g_atomic_int_set (&host->beyond, (int) config->serial);
  notice (context, "%s: using the OpenSSH client, because ssh_config says \"%s\"", config->name,
          config->beyond);
  return client;
}

/* ---- failures ---- */

static void
fail (Job *job, const GError *error)
{
  const char *host = job->command->host;

  if (vmm_cancel_is_triggered (job->wait.cancel))
    vmm_outcome_set (job->outcome, VMM_ENDED_CANCELLED, 0, NULL);
  else if (g_get_monotonic_time () >= job->wait.deadline_us)
    vmm_outcome_set (job->outcome, VMM_ENDED_TIMED_OUT, 0, "%s: %s", host, error->message);
  else
    vmm_outcome_set (job->outcome, VMM_ENDED_NOT_STARTED, 0, "%s: %s", host, error->message);
}

/* TRUE: go round once more. */
static gboolean
repeat (Job *job, const char *why)
{
  if (job->repeated || !vmm_wait_goes_on (&job->wait, NULL))
    return FALSE;
  job->repeated = TRUE;
  job->fresh = TRUE;
  g_debug ("%s: %s; once more", job->command->host, why);
  return TRUE;
}

static gboolean
link_failed (Job *job, VmmLinkKind kind, GError **error)
{
  if (kind == VMM_LINK_LIBSSH2
      && g_error_matches (*error, VMM_LINK_ERROR, VMM_LINK_ERROR_BEYOND))
    {
      if (g_strcmp0 (job->ssh->config->transport, "libssh2") != 0)
        {
          g_atomic_int_set (&job->host->beyond, (int) job->config->serial);
          notice (job->context, "%s: using the OpenSSH client, because %s", job->command->host,
                  (*error)->message);
          return TRUE;
        }
      g_prefix_error (error, "libssh2 can't go there and VMM_TRANSPORT allows nothing else: ");
    }
  fail (job, *error);
  return FALSE;
}

/* ---- the end ---- */

static void
note_end (int stream, const char *data, gsize len, gpointer said)
{
  if (stream == 1 && ((GString *) said)->len < 4096)
    g_string_append_len (said, data, len);
}

static gboolean
end_through (VmmLink *link, const char *line, const VmmWait *wait)
{
  g_autoptr (GString) said = g_string_new (NULL);
  VmmExec exec = { line, NULL, NULL, note_end, said };
  VmmExecResult result = { 0 };

  vmm_link_exec (link, &exec, wait, &result);
  g_free (result.reason);
  return strstr (said->str, VMM_REMOTE_ENDED) != NULL;
}

static VmmWait
end_limit (void)
{
  VmmWait whenever = { G_MAXINT64, NULL };

  return vmm_wait_at_most (&whenever, VMM_KILL_GRACE_MS + END_LIMIT_MS);
}

/* Ends what runs on the host, through another connection than it was started on. */
static gboolean
end_through_another (Job *job, VmmLinkKind kind, const char *line)
{
  VmmWait wait = end_limit ();
  VmmLink *other = vmm_linkpool_take_urgent (job->ssh->pool, job->config, kind, &wait, NULL);
  gboolean ended;

  if (other == NULL)
    return FALSE;
  ended = end_through (other, line, &wait);
  vmm_link_close (other);
  return ended;
}

/* The same connection, if that answers, is the fastest. */
static gboolean
end_remote (Job *job, VmmLink *link, const VmmRemoteCmd *cmd)
{
  g_autofree char *line = vmm_remotecmd_end_line (cmd, job->ssh->shell);
  VmmWait wait = end_limit ();

  return end_through (link, line, &wait) || end_through_another (job, link->kind, line);
}

/* What is undone next must not meet the script still at work, so after the
 * connection has broken it is ended on a new one. */
static void
end_lost (Job *job, VmmLinkKind kind, const VmmRemoteCmd *cmd, VmmExecResult *result)
{
  g_autofree char *line = vmm_remotecmd_end_line (cmd, job->ssh->shell);
  g_autofree char *reason = g_steal_pointer (&result->reason);
  gboolean ended = end_through_another (job, kind, line);

  if (ended)
    result->reason = g_strdup_printf ("%s; what still ran there was ended", reason);
  else if (cmd->pid != NULL)
    result->reason = g_strdup_printf ("%s; process %s may still run there", reason, cmd->pid);
  else
    result->reason = g_strdup_printf ("%s; it may still run there", reason);
}

static void
stopped (Job *job, VmmLink *link, const VmmRemoteCmd *cmd)
{
  VmmEnding ending = vmm_cancel_is_triggered (job->wait.cancel) ? VMM_ENDED_CANCELLED
                                                                : VMM_ENDED_TIMED_OUT;

  if (end_remote (job, link, cmd))
    vmm_outcome_set (job->outcome, ending, 0, NULL);
  else if (cmd->pid != NULL)
    vmm_outcome_set (job->outcome, ending, 0, "%s does not answer; process %s may still run there",
                     job->command->host, cmd->pid);
  else
    vmm_outcome_set (job->outcome, ending, 0, "%s does not answer; it may still be started there",
                     job->command->host);
}

/* The script ran. */
static void
conclude (Job *job, const VmmExecResult *result)
{
  const char *host = job->command->host;

  switch (result->end)
    {
    case VMM_EXEC_EXITED:
      vmm_outcome_set (job->outcome, VMM_ENDED_EXITED, result->status, NULL);
      break;
    case VMM_EXEC_SIGNALLED:
      vmm_outcome_set (job->outcome, VMM_ENDED_SIGNALLED, result->status, "%s", result->reason);
      break;
    case VMM_EXEC_NO_STATUS:
      vmm_outcome_set (job->outcome, VMM_ENDED_LOST, 0,
                       "%s closed the session without telling the exit status", host);
      break;
    default:
      vmm_outcome_set (job->outcome, VMM_ENDED_LOST, 0, "%s: %s", host, result->reason);
      break;
    }
}

/* Nothing shows that it ran. TRUE: go round once more. */
static gboolean
not_started (Job *job, VmmRemoteCmd *cmd, const VmmExecResult *result)
{
  const char *host = job->command->host;
  g_autofree char *noise = vmm_remotecmd_noise (cmd);
  const char *hint = "";

  switch (result->end)
    {
    case VMM_EXEC_REFUSED:
    case VMM_EXEC_BROKEN:
      if (repeat (job, result->reason))
        return TRUE;
      vmm_outcome_set (job->outcome, VMM_ENDED_NOT_STARTED, 0, "%s: %s", host, result->reason);
      return FALSE;
    case VMM_EXEC_LOST:
    case VMM_EXEC_NO_STATUS:
      /* The command was sent: it may have begun just before the line went dead. */
      vmm_outcome_set (job->outcome, VMM_ENDED_LOST, 0, "%s: while it was started: %s", host,
                       result->reason != NULL ? result->reason : "the session was closed");
      return FALSE;
    default:
      if (g_atomic_int_get (&job->host->direct))
        {
          /* Another login shell than last time? */
          g_atomic_int_set (&job->host->direct, FALSE);
          if (repeat (job, "the login shell did not understand"))
            return TRUE;
        }
      if (result->status == 127)
        hint = " (is there such a shell? see option -s)";
      vmm_outcome_set (job->outcome, VMM_ENDED_NOT_STARTED, 0,
                       "%s: the login shell ended with status %d before it ran '%s'%s%s%s", host,
                       result->status, job->ssh->shell, hint, *noise != '\0' ? ": " : "", noise);
      return FALSE;
    }
}

/* ---- missing remotes ---- */

/* Whether copying the remotes would bring this script. */
static gboolean
have_script (Job *job)
{
  const char *script = job->command->argv[0];
  gsize len = strlen (job->ssh->config->host_dir);
  g_autofree char *here = NULL;

  if (strncmp (script, job->ssh->config->host_dir, len) != 0 || script[len] != '/')
    return FALSE;
  here = g_build_filename (job->ssh->config->remotes_dir, script + len, NULL);
  return g_file_test (here, G_FILE_TEST_EXISTS);
}

static gboolean
push_now (VmmSsh *self, VmmHostConfig *config, VmmLinkKind kind, gboolean unless_same,
          const VmmWait *wait, gboolean *pushed, GError **error)
{
  g_autoptr (VmmRemotes) remotes = vmm_remotes_read (self->config->remotes_dir, wait, error);
  VmmLink *link = remotes == NULL ? NULL : vmm_linkpool_take (self->pool, config, kind, FALSE,
                                                              wait, error);
  gboolean done;

  if (link == NULL)
    return FALSE;
  done = vmm_remotes_push (remotes, link, self->shell, self->config->host_dir, unless_same, wait,
                           pushed, error);
  if (done)
    vmm_linkpool_put (self->pool, link);
  else
    vmm_linkpool_drop (self->pool, link);
  return done;
}

/* Once per host, however many ask. TRUE: go round once more. */
static gboolean
push (Job *job, VmmLinkKind kind, int pushed_before)
{
  Host *host = job->host;
  GError *error = NULL;
  gboolean ok = FALSE;

  if (!vmm_gate_enter (host->pushing, &job->wait, &error))
    {
      fail (job, error);
      g_error_free (error);
      return FALSE;
    }
  if (g_atomic_int_get (&host->pushed) != pushed_before)
    ok = TRUE; /* somebody else did it meanwhile */
  else if ((ok = push_now (job->ssh, job->config, kind, FALSE, &job->wait, NULL, &error)))
    {
      g_atomic_int_inc (&host->pushed);
      notice (job->context, "%s: the remotes were missing; copied to %s", job->command->host,
              job->ssh->config->host_dir);
    }
  vmm_gate_leave (host->pushing);
  job->pushed = TRUE;
  if (!ok)
    {
      fail (job, error);
      g_error_free (error);
    }
  return ok;
}

/* ---- running ---- */

/* What the answer's first words say. TRUE: go round once more. */
static gboolean
judge (Job *job, VmmLinkKind kind, VmmRemoteCmd *cmd, const VmmExecResult *result,
       int pushed_before)
{
  const char *script = job->command->argv[0], *host = job->command->host;

  switch (cmd->state)
    {
    case VMM_REMOTE_NOTHING:
      return not_started (job, cmd, result);
    case VMM_REMOTE_NO_SCRIPT:
      if (!job->pushed && have_script (job))
        return push (job, kind, pushed_before);
      vmm_outcome_set (job->outcome, VMM_ENDED_NO_SCRIPT, 0, "%s on %s%s", script, host,
                       job->pushed ? " (although the remotes were copied there)" : "");
      return FALSE;
    case VMM_REMOTE_NOT_EXECUTABLE:
      vmm_outcome_set (job->outcome, VMM_ENDED_NOT_EXECUTABLE, 0, "%s on %s", script, host);
      return FALSE;
    case VMM_REMOTE_NO_FILE:
      vmm_outcome_set (job->outcome, VMM_ENDED_NOT_STARTED, 0,
                       "%s: a file of the request could not be written there", host);
      return FALSE;
    case VMM_REMOTE_STARTED:
      g_atomic_int_set (&job->host->direct,
                        vmm_remotecmd_shell_will_do (cmd->login_shell, job->ssh->shell));
      conclude (job, result);
      return FALSE;
    }
  g_return_val_if_reached (FALSE);
}

static gboolean
run_on (Job *job, VmmLink *link)
{
  g_auto (VmmRemoteCmd) cmd = { 0 };
  g_autoptr (GError) error = NULL;
  VmmExecResult result = { 0 };
  VmmLinkKind kind = link->kind;
  int pushed_before = g_atomic_int_get (&job->host->pushed);
  gboolean again;

  if (!vmm_remotecmd_init (&cmd, job->command, job->ssh->shell,
                           g_atomic_int_get (&job->host->direct), job->context, job->outcome,
                           &error))
    {
      vmm_linkpool_put (job->ssh->pool, link);
      fail (job, error);
      return FALSE;
    }
  vmm_link_exec (link, &cmd.exec, &job->wait, &result);
  if (result.end == VMM_EXEC_STOPPED)
    stopped (job, link, &cmd);
  if (vmm_link_end_is_clean (result.end))
    vmm_linkpool_put (job->ssh->pool, link);
  else
    vmm_linkpool_drop (job->ssh->pool, link);
  if (result.end == VMM_EXEC_LOST)
    end_lost (job, kind, &cmd, &result);
  again = result.end != VMM_EXEC_STOPPED && judge (job, kind, &cmd, &result, pushed_before);
  g_free (result.reason);
  return again;
}

/* One try. TRUE: go round once more. */
static gboolean
attempt (Job *job)
{
  g_autoptr (GError) error = NULL;
  VmmLinkKind kind;
  VmmLink *link;

  g_clear_pointer (&job->config, vmm_hostconfig_unref);
  job->config = vmm_hostconfigs_get (job->ssh->configs, job->command->host, &job->wait, &error);
  if (job->config == NULL)
    {
      fail (job, error);
      return FALSE;
    }
  kind = choose_kind (job->ssh, job->host, job->config, job->command->forward_agent,
                      job->context);
  link = vmm_linkpool_take (job->ssh->pool, job->config, kind, job->fresh, &job->wait, &error);
  if (link == NULL)
    return link_failed (job, kind, &error);
  if (link->notice != NULL)
    notice (job->context, "%s", link->notice);
  g_clear_pointer (&link->notice, g_free);
  return run_on (job, link);
}

static void
ssh_run (VmmTransport *transport, const VmmCommand *command, const VmmRunContext *context,
         VmmOutcome *outcome)
{
  VmmSsh *self = (VmmSsh *) transport;
  Job job = {
    .ssh = self, .command = command, .context = context, .outcome = outcome,
    .host = find_host (self, command->host),
    .wait = { context->deadline_us, context->cancel },
  };

  while (attempt (&job))
    ;
  vmm_hostconfig_unref (job.config);
}

/* ---- bringing copies up to date ---- */

typedef struct
{
  VmmSsh            *ssh;
  const char *const *hosts;
  guint              n_hosts;
  int                next; /* of hosts; atomic */
  GAsyncQueue       *done; /* of Sync */
} SyncAll;

typedef struct
{
  const char *host;
  gboolean    pushed;
  GError     *error;
} Sync;

static Sync *
sync_host (VmmSsh *self, const char *name)
{
  static const VmmWait whenever = { G_MAXINT64, NULL };
  VmmWait wait = vmm_wait_at_most (&whenever, SYNC_LIMIT_MS);
  Host *host = find_host (self, name);
  Sync *sync = g_new0 (Sync, 1);
  g_autoptr (VmmHostConfig) config
    = vmm_hostconfigs_get (self->configs, name, &wait, &sync->error);

  sync->host = name;
  for (int tries = 0; config != NULL && tries < 2; tries++)
    {
      VmmLinkKind kind = choose_kind (self, host, config, FALSE, NULL);

      g_clear_error (&sync->error);
      if (push_now (self, config, kind, TRUE, &wait, &sync->pushed, &sync->error)
          || !g_error_matches (sync->error, VMM_LINK_ERROR, VMM_LINK_ERROR_BEYOND))
        break;
      g_atomic_int_set (&host->beyond, (int) config->serial);
    }
  return sync;
}

static gpointer
sync_thread (gpointer data)
{
  SyncAll *all = data;
  guint i;

  while ((i = (guint) g_atomic_int_add (&all->next, 1)) < all->n_hosts)
    g_async_queue_push (all->done, sync_host (all->ssh, all->hosts[i]));
  return NULL;
}

guint
vmm_ssh_sync (VmmTransport *transport, const char *const *hosts, VmmSyncProgress progress,
              gpointer user_data)
{
  guint n = g_strv_length ((char **) hosts), failed = 0;
  SyncAll all = { (VmmSsh *) transport, hosts, n, 0, g_async_queue_new () };
  GThread *threads[SYNC_THREADS];

  for (guint i = 0; i < MIN (n, SYNC_THREADS); i++)
    threads[i] = g_thread_new ("ssh-sync", sync_thread, &all);
  for (guint i = 1; i <= n; i++)
    {
      Sync *sync = g_async_queue_pop (all.done);

      failed += sync->error != NULL;
      progress (sync->host, i, n,
                sync->error != NULL ? sync->error->message
                : sync->pushed ? "copied" : "up to date", sync->error != NULL, user_data);
      g_clear_error (&sync->error);
      g_free (sync);
    }
  for (guint i = 0; i < MIN (n, SYNC_THREADS); i++)
    g_thread_join (threads[i]);
  g_async_queue_unref (all.done);
  return failed;
}

static void
ssh_free (VmmTransport *transport)
{
  VmmSsh *self = (VmmSsh *) transport;

  vmm_linkpool_free (self->pool);
  vmm_hostconfigs_free (self->configs);
  g_hash_table_unref (self->hosts);
  if (self->control_dir != NULL)
    {
      vmm_openssh_end_all (self->control_dir);
      g_rmdir (self->control_dir);
    }
  g_free (self->control_dir);
  g_free (self->shell);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

VmmTransport *
vmm_ssh_new (const VmmConfig *config, const char *shell)
{
  static const VmmTransportOps ops = { "ssh", ssh_run, ssh_free };
  VmmSsh *self = g_new0 (VmmSsh, 1);

  self->base.ops = &ops;
  self->config = config;
  self->shell = g_strdup (shell == NULL || *shell == '\0' ? "bash" : shell);
  g_mutex_init (&self->mutex);
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, host_free);
  self->configs = vmm_hostconfigs_new (config->ssh_config);
  self->pool = vmm_linkpool_new (config, open_link, self);
  return &self->base;
}

void
vmm_ssh_explain (VmmTransport *transport)
{
  ((VmmSsh *) transport)->explain = TRUE;
}

GPtrArray *
vmm_ssh_connections (VmmTransport *transport)
{
  return vmm_linkpool_look (((VmmSsh *) transport)->pool);
}
