/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/conversation.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "vmm-limits.h"

/* oned itself gives a driver that long to answer INIT, and to end after FINALIZE. */
#define INIT_LIMIT_S  30
#define END_LIMIT_S   10

struct _VmmConversation
{
  GPid                pid;
  int                 in;     /* the driver's standard input; -1: closed */
  int                 out;    /* its standard output; -1: at its end */
  GString            *buffer; /* read, but not yet a line */
  VmmConversationFunc func;
  gpointer            user_data;
  gint64              began_us;
};

/* Whose result is waited for, and what came. */
typedef struct
{
  const char *verb;
  const char *id;
  gboolean    found;
  gboolean    success;
} Wanted;

static gint64
deadline_in (guint seconds)
{
  return g_get_monotonic_time () + seconds * G_TIME_SPAN_SECOND;
}

/* TRUE when fd is ready before the deadline. */
static gboolean
wait_for (int fd, short events, gint64 deadline_us)
{
  struct pollfd set = { .fd = fd, .events = events };
  int rc;

  do
    {
      gint64 left_us = deadline_us - g_get_monotonic_time ();

      rc = poll (&set, 1, left_us <= 0 ? 0 : (int) MIN (left_us / 1000 + 1, G_MAXINT));
    }
  while (rc < 0 && errno == EINTR);
  return rc > 0;
}

/* ---- what comes ---- */

static void
take_line (VmmConversation *self, const char *line, Wanted *wanted)
{
  g_autoptr (VmmAnswer) answer = vmm_answer_parse (line);

  if (wanted->verb != NULL && answer->kind == VMM_ANSWER_RESULT
      && g_str_equal (answer->verb, wanted->verb) && g_str_equal (answer->id, wanted->id))
    {
      wanted->found = TRUE;
      wanted->success = answer->success;
    }
  self->func (answer, g_get_monotonic_time () - self->began_us, self->user_data);
}

static void
take_lines (VmmConversation *self, Wanted *wanted)
{
  char *newline;

  while (!wanted->found && (newline = strchr (self->buffer->str, '\n')) != NULL)
    {
      *newline = '\0';
      take_line (self, self->buffer->str, wanted);
      g_string_erase (self->buffer, 0, newline + 1 - self->buffer->str);
    }
}

/* One read. FALSE at the end of the driver's output. */
static gboolean
read_some (VmmConversation *self)
{
  char buffer[16384];
  gssize n;

  do
    n = read (self->out, buffer, sizeof buffer);
  while (n < 0 && errno == EINTR);
  if (n <= 0 || self->buffer->len > VMM_MAX_LINE_BYTES)
    {
      close (self->out);
      self->out = -1;
      return FALSE;
    }
  /* A NUL would hide what follows it. */
  for (gssize i = 0; i < n; i++)
    g_string_append_c (self->buffer, buffer[i] == '\0' ? ' ' : buffer[i]);
  return TRUE;
}

static gboolean
wait_for_result (VmmConversation *self, Wanted *wanted, guint limit_s, GError **error)
{
  gint64 deadline_us = deadline_in (limit_s);

  for (take_lines (self, wanted); !wanted->found; take_lines (self, wanted))
    {
      if (self->out < 0)
        g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING,
                     "the driver ended without an answer to %s", wanted->verb);
      else if (!wait_for (self->out, POLLIN, deadline_us))
        g_set_error (error, VMM_ERROR, VMM_ERROR_TIMED_OUT,
                     "no answer to %s within %u seconds", wanted->verb, limit_s);
      else
        {
          read_some (self);
          continue;
        }
      return FALSE;
    }
  return TRUE;
}

/* ---- what is sent ---- */

gboolean
vmm_conversation_tell (VmmConversation *self, const char *line, GError **error)
{
  /* The driver reads whatever it is doing, so this never waits for long. */
  if (vmm_fd_write_all (self->in, line, strlen (line)))
    return TRUE;
  g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "the driver ended and reads no more: %s",
               g_strerror (errno));
  return FALSE;
}

gboolean
vmm_conversation_ask (VmmConversation *self, const char *line, const char *verb, const char *id,
                      guint limit_s, gboolean *success, GError **error)
{
  Wanted wanted = { .verb = verb, .id = id };

  self->began_us = g_get_monotonic_time ();
  if (!vmm_conversation_tell (self, line, error)
      || !wait_for_result (self, &wanted, limit_s, error))
    return FALSE;
  *success = wanted.success;
  return TRUE;
}

/* ---- from start to end ---- */

VmmConversation *
vmm_conversation_start (char **argv, VmmConversationFunc func, gpointer user_data, GError **error)
{
  VmmConversation *self = g_new0 (VmmConversation, 1);
  gboolean ready = FALSE;

  self->func = func;
  self->user_data = user_data;
  self->buffer = g_string_new (NULL);
  self->in = self->out = -1;
  if (g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                &self->pid, &self->in, &self->out, NULL, error)
      && vmm_conversation_ask (self, VMM_VERB_INIT "\n", VMM_VERB_INIT, "-", INIT_LIMIT_S, &ready,
                               error)
      && ready)
    return self;
  if (error != NULL && *error == NULL)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID, "the driver says that it can't start");
  vmm_conversation_finish (self, NULL);
  return NULL;
}

static void
drain (VmmConversation *self, gint64 deadline_us)
{
  Wanted nothing = { .verb = NULL };

  while (self->out >= 0 && wait_for (self->out, POLLIN, deadline_us)
         && read_some (self))
    take_lines (self, &nothing);
}

/* Without a pidfd (old kernels, valgrind) we have to look again and again. */
static gboolean
wait_for_end (VmmConversation *self, int pidfd, int *status)
{
  gint64 deadline_us = deadline_in (END_LIMIT_S);
  pid_t pid;

  while ((pid = waitpid (self->pid, status, WNOHANG)) == 0
         && g_get_monotonic_time () < deadline_us)
    wait_for (pidfd, POLLIN, pidfd >= 0 ? deadline_us : g_get_monotonic_time () + 10000);
  return pid == self->pid;
}

/* Waits for the driver's end, which is helped on when it takes too long. */
static gboolean
reap (VmmConversation *self, int *status)
{
  static const int signals[] = { SIGTERM, SIGKILL };
  int pidfd = pidfd_open (self->pid, 0);
  gboolean ended = wait_for_end (self, pidfd, status);

  for (gsize i = 0; !ended && i < G_N_ELEMENTS (signals); i++)
    {
      kill (self->pid, signals[i]);
      ended = wait_for_end (self, pidfd, status);
    }
  close (pidfd);
  return ended && WIFEXITED (*status);
}

gboolean
vmm_conversation_finish (VmmConversation *self, GError **error)
{
  gboolean ok = TRUE;
  int status = 0;

  if (self->in >= 0)
    {
      vmm_conversation_tell (self, VMM_VERB_FINALIZE "\n", NULL);
      close (self->in);
    }
  drain (self, deadline_in (END_LIMIT_S));
  if (self->pid != 0 && (!reap (self, &status) || WEXITSTATUS (status) != 0))
    {
      ok = FALSE;
      g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "the driver did not end well (%s %d)",
                   WIFEXITED (status) ? "status" : "signal",
                   WIFEXITED (status) ? WEXITSTATUS (status) : WTERMSIG (status));
    }
  if (self->out >= 0)
    close (self->out);
  g_string_free (self->buffer, TRUE);
  g_free (self);
  return ok;
}
