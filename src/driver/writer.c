/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/writer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/text.h"
#include "vmm-limits.h"

/* Lines are written together while there are many, up to about this much. */
#define BATCH_BYTES 65536

struct _VmmWriter
{
  int      fd;
  GThread *thread;

  GMutex   lock;       /* for all below */
  GCond    changed;
  gboolean init_answer; /* owed, before all that waits */
  GString *waiting;    /* whole lines */
  GString *spare;      /* the writer thread's buffer, kept to be used again */
  gboolean writing;
  gboolean closing;
  gboolean broken;
  guint64  logs_dropped;
};

/* What is written next, in self->spare. INIT's answer goes alone. */
static void
take_batch (VmmWriter *self)
{
  self->writing = TRUE;
  if (self->init_answer)
    {
      g_string_assign (self->spare, VMM_INIT_ANSWER);
      self->init_answer = FALSE;
    }
  else
    {
      GString *batch = self->waiting;

      self->waiting = self->spare;
      self->spare = batch;
    }
}

static gboolean
has_work (const VmmWriter *self)
{
  return self->init_answer || self->waiting->len > 0;
}

/* A burst must not cost memory for ever. */
static void
reset_spare (VmmWriter *self)
{
  if (self->spare->allocated_len > 4 * BATCH_BYTES)
    {
      g_string_free (self->spare, TRUE);
      self->spare = g_string_new (NULL);
    }
  g_string_truncate (self->spare, 0);
}

static gpointer
write_lines (gpointer user_data)
{
  VmmWriter *self = user_data;

  g_mutex_lock (&self->lock);
  for (;;)
    {
      gboolean ok = TRUE;

      while (!has_work (self) && !self->closing)
        g_cond_wait (&self->changed, &self->lock);
      if (!has_work (self))
        break;
      take_batch (self);
      g_mutex_unlock (&self->lock);
      ok = vmm_fd_write_all (self->fd, self->spare->str, self->spare->len);
      g_mutex_lock (&self->lock);
      self->writing = FALSE;
      self->broken |= !ok;
      reset_spare (self);
      g_cond_broadcast (&self->changed);
    }
  g_mutex_unlock (&self->lock);
  return NULL;
}

VmmWriter *
vmm_writer_new (int fd)
{
  VmmWriter *self = g_new0 (VmmWriter, 1);

  self->fd = fd;
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->waiting = g_string_new (NULL);
  self->spare = g_string_new (NULL);
  self->thread = g_thread_new ("writer", write_lines, self);
  return self;
}

void
vmm_writer_close (VmmWriter *self, guint timeout_ms)
{
  gint64 until = g_get_monotonic_time () + timeout_ms * G_TIME_SPAN_MILLISECOND;
  gboolean done;

  g_mutex_lock (&self->lock);
  self->closing = TRUE;
  g_cond_broadcast (&self->changed);
  while (!self->broken && (has_work (self) || self->writing))
    if (!g_cond_wait_until (&self->changed, &self->lock, until))
      break;
  done = !self->writing;
  g_mutex_unlock (&self->lock);
  /* A thread that hangs in write() keeps what it uses; the process is ending. */
  if (!done)
    return;
  g_thread_join (self->thread);
  g_string_free (self->waiting, TRUE);
  g_string_free (self->spare, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* Must hold the lock. */
static void
push (VmmWriter *self, const char *line)
{
  if (self->broken)
    return;
  if (self->waiting->len == 0)
    g_cond_broadcast (&self->changed);
  g_string_append (self->waiting, line);
}

/* Must hold the lock. Says what is missing as soon as there is room again. */
static gboolean
has_room_for_log (VmmWriter *self)
{
  g_autofree char *note = NULL;

  if (self->waiting->len > VMM_MAX_WAITING_LOG_BYTES)
    {
      self->logs_dropped++;
      return FALSE;
    }
  if (self->logs_dropped > 0)
    {
      note = g_strdup_printf ("LOG E " VMM_NO_ID " %" G_GUINT64_FORMAT
                              " log lines were dropped because nobody read them\n",
                              self->logs_dropped);
      self->logs_dropped = 0;
      push (self, note);
    }
  return TRUE;
}

void
vmm_writer_init_answer (VmmWriter *self)
{
  g_mutex_lock (&self->lock);
  self->init_answer = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

void
vmm_writer_log (VmmWriter *self, VmmSeverity severity, const char *id, const char *text)
{
  g_autofree char *safe = vmm_text_one_line (text, -1, VMM_MAX_LOG_LINE_BYTES);
  g_autofree char *line = g_strdup_printf ("LOG %c %s %s\n", severity, id, safe);

  g_mutex_lock (&self->lock);
  if (has_room_for_log (self))
    push (self, line);
  g_mutex_unlock (&self->lock);
}

void
vmm_writer_result (VmmWriter *self, const char *verb, gboolean success, const char *id,
                   const char *info)
{
  g_autofree char *safe = success ? vmm_text_one_line (info == NULL ? "" : info, -1, 0)
                                  : vmm_text_reason (info == NULL ? "" : info,
                                                     VMM_MAX_REASON_BYTES);
  g_autofree char *line = g_strdup_printf ("%s %s %s %s\n", verb,
                                           success ? VMM_RESULT_SUCCESS : VMM_RESULT_FAILURE, id,
                                           safe);

  g_mutex_lock (&self->lock);
  push (self, line);
  g_mutex_unlock (&self->lock);
}
