/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/libssh2_private.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

#include "common/error.h"

#define CHUNK_BYTES 32768

typedef struct
{
  VmmLibssh2      *link;
  LIBSSH2_CHANNEL *channel;
  const VmmExec   *exec;
  GBytes          *parts[2]; /* of the input */
  guint            part;
  gsize            written;  /* of that part */
  gboolean         input_done;
  char            *buffer;
  gint64           last_words_us;  /* 0: the end is not told yet */
  gint64           quiet_until_us;
} Run;

/* ---- starting ---- */

/* Channels of earlier commands, whose end is surely here by now. */
static void
free_closing (VmmLibssh2 *self)
{
  for (guint i = self->closing->len; i > 0; i--)
    if (libssh2_channel_free (self->closing->pdata[i - 1]) != LIBSSH2_ERROR_EAGAIN)
      g_ptr_array_remove_index_fast (self->closing, i - 1);
}

static LIBSSH2_CHANNEL *
open_channel (VmmLibssh2 *self, GError **error)
{
  for (guint tries = 1;; tries++)
    {
      LIBSSH2_CHANNEL *channel;
      int rc;

      while ((channel = libssh2_channel_open_session (self->session)) == NULL
             && (rc = libssh2_session_last_errno (self->session)) == LIBSSH2_ERROR_EAGAIN)
        if (!vmm_libssh2_wait (self, error))
          return NULL;
      if (channel != NULL)
        return channel;
      if (rc != LIBSSH2_ERROR_CHANNEL_FAILURE)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "the connection broke (%s)",
                       vmm_libssh2_message (self));
          return NULL;
        }
      free_closing (self);
      if (tries >= VMM_SESSION_TRIES)
        {
          g_set_error_literal (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BUSY,
                               "the host opens no session (see MaxSessions there)");
          return NULL;
        }
      if (!vmm_wait_sleep (&self->wait, VMM_SESSION_PAUSE_MS << tries, error))
        return NULL;
    }
}

static gboolean
start (Run *self, VmmExecResult *result)
{
  g_autoptr (GError) error = NULL;
  int rc;

  free_closing (self->link);
  self->channel = open_channel (self->link, &error);
  if (self->channel == NULL)
    {
      vmm_exec_result_set (result,
                           vmm_wait_is_end (error) ? VMM_EXEC_STOPPED
                           : error->domain == VMM_LINK_ERROR ? VMM_EXEC_REFUSED : VMM_EXEC_BROKEN,
                           "%s", error->message);
      return FALSE;
    }
  VMM_LIBSSH2_AGAIN (self->link, rc,
                     libssh2_channel_process_startup (self->channel, "exec", 4, self->exec->line,
                                                      (unsigned int) strlen (self->exec->line)),
                     &error);
  if (rc == 0)
    return TRUE;
  if (rc == LIBSSH2_ERROR_EAGAIN)
    vmm_exec_result_set (result, VMM_EXEC_STOPPED, "%s", error->message);
  else if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
    vmm_exec_result_set (result, VMM_EXEC_REFUSED, "the host refuses to run commands");
  else
    vmm_exec_result_set (result, VMM_EXEC_LOST, "the connection broke (%s)",
                         vmm_libssh2_message (self->link));
  return FALSE;
}

/* ---- input ---- */

/* Writes what goes out without waiting. FALSE: the connection broke. */
static gboolean
feed (Run *self)
{
  while (!self->input_done)
    {
      GBytes *part = self->part < G_N_ELEMENTS (self->parts) ? self->parts[self->part] : NULL;
      gsize len = 0;
      const char *data = part == NULL ? NULL : g_bytes_get_data (part, &len);
      gssize n;

      if (self->part == G_N_ELEMENTS (self->parts))
        n = libssh2_channel_send_eof (self->channel);
      else if (self->written == len)
        {
          self->part++;
          self->written = 0;
          continue;
        }
      else
        n = libssh2_channel_write (self->channel, data + self->written,
                                   MIN (len - self->written, CHUNK_BYTES));

      if (n == LIBSSH2_ERROR_EAGAIN)
        return TRUE;
      if (n == LIBSSH2_ERROR_CHANNEL_CLOSED || n == LIBSSH2_ERROR_CHANNEL_EOF_SENT
          || self->part == G_N_ELEMENTS (self->parts))
        self->input_done = TRUE; /* it ended without reading all, or everything is there */
      else if (n < 0)
        return FALSE;
      else
        self->written += n;
    }
  return TRUE;
}

/* ---- output ---- */

/* Hands on what has arrived on one stream. FALSE: the connection broke. */
static gboolean
drain (Run *self, int stream)
{
  for (;;)
    {
      gssize n = libssh2_channel_read_ex (self->channel,
                                          stream == 2 ? SSH_EXTENDED_DATA_STDERR : 0,
                                          self->buffer, CHUNK_BYTES);

      if (n == 0 || n == LIBSSH2_ERROR_EAGAIN)
        return TRUE;
      if (n < 0)
        return n == LIBSSH2_ERROR_CHANNEL_CLOSED;
      self->exec->on_data (stream, self->buffer, n, self->exec->user_data);
      if (self->last_words_us != 0)
        self->quiet_until_us = g_get_monotonic_time () + VMM_QUIET_MS * 1000;
      if (!vmm_wait_goes_on (&self->link->wait, NULL))
        return TRUE;
    }
}

/* ---- the end ---- */

/* A signal's number; 0: none of ours. */
static int
signal_number (const char *name)
{
  for (int number = 1; number < NSIG; number++)
    if (g_strcmp0 (sigabbrev_np (number), name) == 0)
      return number;
  return 0;
}

static void
read_end (Run *self, VmmExecResult *result)
{
  char *name = NULL;
  size_t len = 0;

  libssh2_channel_get_exit_signal (self->channel, &name, &len, NULL, NULL, NULL, NULL);
  if (name != NULL)
    {
      g_autofree char *text = g_strndup (name, len);

      vmm_exec_result_set (result, VMM_EXEC_SIGNALLED, "%s", text);
      result->status = signal_number (text);
      libssh2_free (self->link->session, name);
      return;
    }
  result->status = libssh2_channel_get_exit_status (self->channel);
  result->end = self->link->told_end || result->status != 0 ? VMM_EXEC_EXITED
                                                            : VMM_EXEC_NO_STATUS;
}

/* Whether nothing more has to be waited for. */
static gboolean
is_over (Run *self)
{
  /* With two commands on the connection told_end may be the other one's. */
  gboolean told = self->link->told_end && self->link->running == NULL;
  gint64 now;

  if (libssh2_channel_eof (self->channel))
    return told || libssh2_channel_wait_closed (self->channel) == 0;
  if (!told)
    return FALSE;
  now = g_get_monotonic_time ();
  if (self->last_words_us == 0)
    {
      self->last_words_us = now + VMM_LAST_WORDS_MS * 1000;
      self->quiet_until_us = now + VMM_QUIET_MS * 1000;
    }
  return now >= MIN (self->quiet_until_us, self->last_words_us);
}

/* FALSE when the wait ended; the end of the last words' time is no such end. */
static gboolean
wait_for_more (Run *self, GError **error)
{
  VmmWait outer = self->link->wait;

  if (self->last_words_us == 0)
    return vmm_libssh2_wait (self->link, error);
  self->link->wait.deadline_us = MIN (outer.deadline_us,
                                      MIN (self->quiet_until_us, self->last_words_us));
  vmm_libssh2_wait (self->link, NULL);
  self->link->wait = outer;
  return vmm_wait_goes_on (&outer, error);
}

/* libssh2 may hold input that the socket no longer shows, and reading one stream
 * takes in what belongs to the other. All of it has to be read before anything
 * is waited for, or the host waits for room in the window for ever. */
static gboolean
drain_both (Run *self)
{
  do
    if (!drain (self, 1)
        || (libssh2_poll_channel_read (self->channel, 1) && !drain (self, 2)))
      return FALSE;
  while (libssh2_poll_channel_read (self->channel, 0)
         && vmm_wait_goes_on (&self->link->wait, NULL));
  return TRUE;
}

static void
pump (Run *self, VmmExecResult *result)
{
  g_autoptr (GError) error = NULL;

  while (feed (self) && drain_both (self))
    {
      if (is_over (self))
        {
          read_end (self, result);
          return;
        }
      if (!wait_for_more (self, &error))
        {
          self->link->half_sent = (libssh2_session_block_directions (self->link->session)
                                   & LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0;
          self->link->running = g_steal_pointer (&self->channel);
          vmm_exec_result_set (result, VMM_EXEC_STOPPED, "%s", error->message);
          return;
        }
    }
  vmm_exec_result_set (result, VMM_EXEC_LOST, "the connection broke (%s)",
                       vmm_libssh2_message (self->link));
}

void
vmm_libssh2_exec (VmmLink *link, const VmmExec *exec, const VmmWait *wait, VmmExecResult *result)
{
  VmmLibssh2 *self = (VmmLibssh2 *) link;
  Run run = { .link = self, .exec = exec, .parts = { exec->head, exec->input } };

  if (self->half_sent)
    {
      vmm_exec_result_set (result, VMM_EXEC_BROKEN, "the connection is stuck");
      return;
    }
  self->wait = *wait;
  self->told_end = FALSE;
  run.buffer = g_malloc (CHUNK_BYTES);
  if (start (&run, result))
    pump (&run, result);
  g_free (run.buffer);

  /* Its own thread never waits for the far side's goodbye. */
  if (run.channel != NULL && vmm_link_end_is_clean (result->end)
      && libssh2_channel_free (run.channel) == LIBSSH2_ERROR_EAGAIN)
    g_ptr_array_add (self->closing, run.channel);
}
