/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/service.h"

#include <malloc.h>
#include <poll.h>

#include "driver/payload.h"
#include "driver/reader.h"
#include "driver/recipe.h"
#include "driver/signals.h"
#include "vmm-limits.h"

/* How long the end of what was told to end may take: the grace, the last read,
 * and for a host the connection on which it is killed. */
#define END_WAIT_MS 3000

/* After a burst the memory it took goes back to the system when nothing has come
 * for so long. */
#define TIDY_AFTER_MS 1000

/* How soon to ask again for a thread that the system did not give. */
#define GROW_AFTER_MS 100

/*  SERVING --end of input--> DRAINING --all answered--> done
 *     |                         |
 *     +--FINALIZE, signal, nobody reads--> STOPPING --limit--> ENDING --all ended--> done
 */
typedef enum
{
  SERVING,
  DRAINING, /* no more input; what was read is done */
  STOPPING, /* what waited is answered; what runs has a moment left */
  ENDING,   /* what runs was told to end */
} State;

typedef struct
{
  VmmQueue  *queue;
  VmmPool   *pool;
  VmmWriter *writer;
  State      state;
  gint64     limit_us; /* of STOPPING and ENDING */
  gboolean   untidy;   /* there were requests since memory was given back */
  gboolean   is_short; /* of threads */
} Service;

static void
stop (Service *self)
{
  g_autoptr (GPtrArray) waiting = NULL;

  if (self->state >= STOPPING)
    return;
  self->state = STOPPING;
  self->limit_us = g_get_monotonic_time () + VMM_FINALIZE_GRACE_MS * G_TIME_SPAN_MILLISECOND;
  waiting = vmm_queue_take_waiting (self->queue);
  for (guint i = 0; i < waiting->len; i++)
    {
      VmmJob *job = g_ptr_array_index (waiting, i);

      vmm_writer_result (self->writer, job->message->verb, FALSE, job->message->id,
                         "not started: the driver was told to stop");
      vmm_job_free (job);
    }
  vmm_queue_close (self->queue);
}

static void
end_running (Service *self)
{
  self->state = ENDING;
  self->limit_us = g_get_monotonic_time () + END_WAIT_MS * G_TIME_SPAN_MILLISECOND;
  vmm_queue_stop_running (self->queue);
}

/* ---- messages ---- */

static void
refuse (Service *self, const VmmMessage *message, const char *reason)
{
  if (message->id != NULL && message->verb != NULL)
    vmm_writer_result (self->writer, message->verb, FALSE, message->id, reason);
  else
    vmm_writer_log (self->writer, VMM_SEVERITY_ERROR, VMM_NO_ID, reason);
}

static void
take_action (Service *self, VmmMessage *message)
{
  g_autoptr (GError) error = NULL;
  char *host = NULL;

  if (self->state >= STOPPING)
    refuse (self, message, "not started: the driver was told to stop");
  else if (!vmm_recipe_knows (message->verb))
    {
      g_autofree char *reason = g_strdup_printf ("unknown action %s", message->verb);

      refuse (self, message, reason);
    }
  else if ((host = vmm_payload_peek_host (message->base64, message->base64_len, &error)) == NULL)
    refuse (self, message, error->message);
  else
    {
      self->is_short |= !vmm_pool_push (self->pool, vmm_job_new (message, host));
      self->untidy = TRUE;
      return;
    }
  vmm_message_free (message);
}

static void
cancel (Service *self, const char *id)
{
  g_autofree char *text = g_strdup_printf ("Driver command for %s cancelled", id);

  vmm_queue_cancel (self->queue, id);
  vmm_writer_log (self->writer, VMM_SEVERITY_INFO, id, text);
}

static void
take_message (VmmMessage *message, gpointer user_data)
{
  Service *self = user_data;

  switch (message->kind)
    {
    case VMM_MESSAGE_ACTION:
      take_action (self, message);
      return;
    case VMM_MESSAGE_INIT:
      vmm_writer_init_answer (self->writer);
      break;
    case VMM_MESSAGE_FINALIZE:
      stop (self);
      break;
    case VMM_MESSAGE_CANCEL:
      cancel (self, message->id);
      break;
    case VMM_MESSAGE_BAD:
      refuse (self, message, message->problem);
      break;
    case VMM_MESSAGE_EMPTY:
      break;
    }
  vmm_message_free (message);
}

/* ---- events ---- */

static int
poll_timeout_ms (const Service *self)
{
  gint64 left_us;

  if (self->is_short)
    return GROW_AFTER_MS;
  if (self->state < STOPPING)
    return self->untidy ? TIDY_AFTER_MS : -1;
  left_us = self->limit_us - g_get_monotonic_time ();
  return left_us <= 0 ? 0 : (int) (left_us / 1000 + 1);
}

static void
tidy (Service *self)
{
  guint waiting, running;

  vmm_queue_count (self->queue, &waiting, &running);
  if (waiting > 0 || running > 0)
    return;
  malloc_trim (0);
  self->untidy = FALSE;
}

static void
take_signal (Service *self, int signals)
{
  vmm_signals_read (signals);
  /* Somebody who says it twice means it. */
  if (self->state == STOPPING)
    end_running (self);
  else
    stop (self);
}

void
vmm_service_run (VmmQueue *queue, VmmPool *pool, VmmWriter *writer, int in, int out, int signals)
{
  Service self = { .queue = queue, .pool = pool, .writer = writer };
  VmmReader *reader = vmm_reader_new (in, take_message, &self);

  for (;;)
    {
      /* The other end of a pipe that is gone shows as an error; nothing else is asked of out. */
      struct pollfd fds[] = {
        { .fd = in, .events = POLLIN },
        { .fd = signals, .events = POLLIN },
        { .fd = vmm_queue_idle_fd (queue), .events = POLLIN },
        { .fd = self.state < STOPPING ? out : -1 },
      };

      int n = poll (fds, G_N_ELEMENTS (fds), poll_timeout_ms (&self));

      if (n < 0)
        continue;
      self.is_short = self.is_short && !vmm_pool_grow (pool);
      if (n == 0 && self.untidy)
        tidy (&self);
      if (fds[1].revents != 0)
        take_signal (&self, signals);
      if (fds[0].revents != 0 && !vmm_reader_read (reader))
        {
          in = -1;
          if (self.state == SERVING)
            self.state = DRAINING;
          vmm_queue_close (queue);
        }
      if (fds[3].revents != 0)
        stop (&self);
      if (fds[2].revents != 0)
        break;
      if (self.state >= STOPPING && g_get_monotonic_time () >= self.limit_us)
        {
          if (self.state == ENDING)
            break;
          end_running (&self);
        }
    }
  vmm_reader_free (reader);
}
