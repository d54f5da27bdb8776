/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/session.h"
#include "common/spawn.h"
#include "vmm-limits.h"

/* What a pipe can hold at most: after the child's end nothing more is its own. */
#define LAST_READ_BYTES (1024 * 1024)

/* How long a child may take to go away after a KILL before it is left to itself. */
#define KILL_WAIT_MS 2000

/* Where the system has no pidfd to be waited for together with the output (Linux
 * before 5.3, valgrind), or no descriptor left, the child is looked after so often. */
#define LOOK_AGAIN_MS 5

typedef enum
{
  CHILD_RUNNING,
  CHILD_TERMINATED, /* TERM was sent, the grace runs */
  CHILD_KILLED,
} ChildState;

typedef struct
{
  pid_t                pid;
  int                  pidfd;
  int                  in, out, err; /* our ends; -1 when closed */
  gsize                written;      /* of the command's input */
  ChildState           state;
  gint64               deadline_us;  /* of the present state */
  VmmEnding            why;          /* TIMED_OUT or CANCELLED once not RUNNING */
  const VmmCommand    *command;
  const VmmRunContext *context;
  VmmOutcome          *outcome;
} Child;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* ---- starting ---- */

/* A script without "#!" is the shell's to run, as execvp and every shell do it. */
static int
spawn (Child *self, int in, int out, int err)
{
  char **argv = self->command->argv;
  int rc = vmm_spawn (&self->pid, in, out, err, argv);

  if (rc == ENOEXEC)
    {
      guint n = g_strv_length (argv);
      g_autofree const char **with_shell = g_new0 (const char *, n + 2);

      with_shell[0] = "/bin/sh";
      memcpy (with_shell + 1, argv, n * sizeof *argv);
      rc = vmm_spawn (&self->pid, in, out, err, (char *const *) with_shell);
    }
  return rc;
}

static const char *
spawn_problem (int rc)
{
  if (rc == E2BIG)
    return "Argument list too long: the request is larger than the system passes to a program";
  return g_strerror (rc);
}

static gboolean
start (Child *self)
{
  gboolean has_input = g_bytes_get_size (self->command->input) > 0;
  int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
  int rc = 0;

  if (has_input ? pipe2 (in, O_CLOEXEC) < 0
                : (in[0] = open ("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
    rc = errno;
  else if (pipe2 (out, O_CLOEXEC) < 0 || pipe2 (err, O_CLOEXEC) < 0)
    rc = errno;
  else
    rc = spawn (self, in[0], out[1], err[1]);
  if (rc == 0)
    self->pidfd = pidfd_open (self->pid, 0);

  close_fd (&in[0]);
  close_fd (&out[1]);
  close_fd (&err[1]);
  self->in = in[1];
  self->out = out[0];
  self->err = err[0];
  if (rc != 0)
    {
      vmm_outcome_set (self->outcome, VMM_ENDED_NOT_STARTED, rc, "%s: %s",
                       self->command->argv[0], spawn_problem (rc));
      return FALSE;
    }
  vmm_fd_set_nonblocking (self->in);
  vmm_fd_set_nonblocking (self->out);
  vmm_fd_set_nonblocking (self->err);
  return TRUE;
}

/* ---- input and output ---- */

static void
feed (Child *self)
{
  gsize len;
  const char *data = g_bytes_get_data (self->command->input, &len);
  gssize n = write (self->in, data + self->written, len - self->written);

  if (n > 0)
    self->written += n;
  /* A script that does not read its input is in its right: EPIPE is no failure. */
  if (self->written == len || (n < 0 && errno != EAGAIN && errno != EINTR))
    close_fd (&self->in);
}

/* One read. Returns the bytes read; 0 when there is nothing now or ever. */
static gsize
drain (Child *self, int *fd)
{
  char buffer[16384];
  gssize n = read (*fd, buffer, sizeof buffer);

  if (n > 0)
    {
      if (fd == &self->out)
        vmm_outcome_append (self->outcome, buffer, n);
      else if (self->context->on_stderr != NULL)
        self->context->on_stderr (buffer, n, self->context->user_data);
      return n;
    }
  if (n == 0 || (errno != EAGAIN && errno != EINTR))
    close_fd (fd);
  return 0;
}

/* The child has ended, so its last words are in the pipes already. Somebody
 * else who holds them open (a daemon it started) is not waited for. */
static void
drain_last (Child *self)
{
  int *fds[] = { &self->out, &self->err };

  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    for (gsize total = 0, n = 1; *fds[i] >= 0 && n > 0 && total < LAST_READ_BYTES; total += n)
      n = drain (self, fds[i]);
}

/* ---- ending ---- */

static void
begin_end (Child *self, VmmEnding why)
{
  self->why = why;
  self->state = CHILD_TERMINATED;
  self->deadline_us = g_get_monotonic_time () + VMM_KILL_GRACE_MS * 1000;
  vmm_session_kill (self->pid, SIGTERM);
}

static void
check_time (Child *self)
{
  if (self->state == CHILD_RUNNING && vmm_cancel_is_triggered (self->context->cancel))
    begin_end (self, VMM_ENDED_CANCELLED);
  else if (g_get_monotonic_time () < self->deadline_us)
    return;
  else if (self->state == CHILD_RUNNING)
    begin_end (self, VMM_ENDED_TIMED_OUT);
  else if (self->state == CHILD_TERMINATED)
    {
      self->state = CHILD_KILLED;
      self->deadline_us = g_get_monotonic_time () + KILL_WAIT_MS * 1000;
      vmm_session_kill (self->pid, SIGKILL);
    }
}

static gpointer
reap_late (gpointer pid)
{
  while (waitpid (GPOINTER_TO_INT (pid), NULL, 0) < 0 && errno == EINTR)
    ;
  return NULL;
}

static void
reap (Child *self)
{
  int status = 0;

  /* As long as the leader is not reaped its number names this session only. */
  if (self->state != CHILD_RUNNING)
    vmm_session_kill (self->pid, SIGKILL);
  while (waitpid (self->pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (self->state != CHILD_RUNNING)
    vmm_outcome_set (self->outcome, self->why, 0, NULL);
  else if (WIFSIGNALED (status))
    vmm_outcome_set (self->outcome, VMM_ENDED_SIGNALLED, WTERMSIG (status), NULL);
  else
    vmm_outcome_set (self->outcome, VMM_ENDED_EXITED, WEXITSTATUS (status), NULL);
}

/* Even KILL does not end a process that hangs in the kernel (a dead NFS server).
 * Where there is no thread to wait for it, it stays a zombie until the driver ends. */
static void
abandon (Child *self)
{
  GThread *thread = g_thread_try_new ("reap", reap_late, GINT_TO_POINTER (self->pid), NULL);

  if (thread != NULL)
    g_thread_unref (thread);
  vmm_outcome_set (self->outcome, self->why, 0, "process %d hangs in the kernel and was left there",
                   (int) self->pid);
}

static int
poll_timeout_ms (const Child *self)
{
  gint64 left_us;

  if (self->pidfd < 0)
    return LOOK_AGAIN_MS;
  if (self->deadline_us == G_MAXINT64)
    return -1;
  left_us = self->deadline_us - g_get_monotonic_time ();
  return left_us <= 0 ? 0 : (int) MIN (left_us / 1000 + 1, G_MAXINT);
}

/* Not reaped yet: its number is still its own. */
static gboolean
has_ended (const Child *self)
{
  siginfo_t info = { .si_pid = 0 };

  return waitid (P_PID, self->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

static void
supervise (Child *self)
{
  for (;;)
    {
      struct pollfd fds[] = {
        { .fd = self->pidfd, .events = POLLIN },
        { .fd = self->out, .events = POLLIN },
        { .fd = self->err, .events = POLLIN },
        { .fd = self->in, .events = POLLOUT },
        { .fd = self->state == CHILD_RUNNING ? vmm_cancel_fd (self->context->cancel) : -1,
          .events = POLLIN },
      };

      if (poll (fds, G_N_ELEMENTS (fds),
                vmm_cancel_timeout_ms (self->context->cancel, poll_timeout_ms (self))) < 0)
        continue;
      if (fds[1].revents != 0)
        drain (self, &self->out);
      if (fds[2].revents != 0)
        drain (self, &self->err);
      if (fds[3].revents != 0)
        feed (self);
      if (self->pidfd < 0 ? has_ended (self) : fds[0].revents != 0)
        {
          drain_last (self);
          reap (self);
          return;
        }
      if (self->state == CHILD_KILLED && g_get_monotonic_time () >= self->deadline_us)
        {
          abandon (self);
          return;
        }
      check_time (self);
    }
}

void
vmm_local_spawn (const VmmCommand *command, const VmmRunContext *context, VmmOutcome *outcome)
{
  Child child = {
    .pidfd = -1, .in = -1, .out = -1, .err = -1,
    .deadline_us = context->deadline_us,
    .command = command, .context = context, .outcome = outcome,
  };

  if (vmm_cancel_is_triggered (context->cancel))
    vmm_outcome_set (outcome, VMM_ENDED_CANCELLED, 0, NULL);
  else if (start (&child))
    supervise (&child);
  close_fd (&child.in);
  close_fd (&child.out);
  close_fd (&child.err);
  close_fd (&child.pidfd);
}

/* ---- the transport ---- */

static gboolean
write_files (const VmmCommand *command, VmmOutcome *outcome)
{
  for (guint i = 0; command->files != NULL && i < command->files->len; i++)
    {
      const VmmFile *file = g_ptr_array_index (command->files, i);
      g_autofree char *dir = g_path_get_dirname (file->path);
      g_autoptr (GError) error = NULL;
      gsize len;
      const char *data = g_bytes_get_data (file->data, &len);

      if (g_mkdir_with_parents (dir, 0755) < 0)
        {
          vmm_outcome_set (outcome, VMM_ENDED_NOT_STARTED, errno, "cannot create %s: %s", dir,
                           g_strerror (errno));
          return FALSE;
        }
      if (!g_file_set_contents_full (file->path, data, len, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                     &error))
        {
          vmm_outcome_set (outcome, VMM_ENDED_NOT_STARTED, 0, "%s", error->message);
          return FALSE;
        }
    }
  return TRUE;
}

static void
local_run (VmmTransport *transport G_GNUC_UNUSED, const VmmCommand *command,
           const VmmRunContext *context, VmmOutcome *outcome)
{
  const char *script = command->argv[0];
  struct stat info;

  if (stat (script, &info) < 0)
    vmm_outcome_set (outcome, VMM_ENDED_NO_SCRIPT, 0, "%s: %s", script, g_strerror (errno));
  else if (!S_ISREG (info.st_mode) || access (script, X_OK) < 0)
    vmm_outcome_set (outcome, VMM_ENDED_NOT_EXECUTABLE, 0, "%s", script);
  else if (write_files (command, outcome))
    vmm_local_spawn (command, context, outcome);
}

static void
local_free (VmmTransport *transport)
{
  g_free (transport);
}

VmmTransport *
vmm_local_new (void)
{
  static const VmmTransportOps ops = { "local", local_run, local_free };
  VmmTransport *self = g_new0 (VmmTransport, 1);

  self->ops = &ops;
  return self;
}
