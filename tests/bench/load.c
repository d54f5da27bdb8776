/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  Rig        *rig;
  const Work *work;
  guint       sent;
  GArray     *asked_us; /* of gint64, by id; what load_queue() sent is not in it */
} Load;

static void
ask (Load *self, guint id)
{
  const Work *work = self->work;
  const char *base64 = work->base64[self->sent++ % work->hosts];
  g_autofree char *line = g_strdup_printf ("%s %u %s\n", work->verb, id, base64);

  if (id < self->asked_us->len)
    g_array_index (self->asked_us, gint64, id) = g_get_monotonic_time ();
  rig_send_bytes (self->rig, line, strlen (line));
}

/* Reads what there is, waiting for the first of it. */
static void
read_more (Rig *rig)
{
  struct pollfd fd = { .fd = rig->out, .events = POLLIN };
  char data[65536];
  gssize n = poll (&fd, 1, RIG_PATIENCE_MS) == 1 ? read (rig->out, data, sizeof data) : 0;

  if (n <= 0)
    g_error ("the driver does not answer");
  g_string_append_len (rig->buffer, data, n);
}

typedef gboolean (*OnAnswer) (Load *self, guint id, gpointer user_data);

/* Calls func for each answer until it returns FALSE. */
static void
take_answers (Load *self, OnAnswer func, gpointer user_data)
{
  g_autofree char *good = g_strdup_printf ("%s SUCCESS ", self->work->verb);
  GString *buffer = self->rig->buffer;
  gboolean more = TRUE;

  while (more)
    {
      const char *at = buffer->str, *newline;

      while (more && (newline = strchr (at, '\n')) != NULL)
        {
          if (g_str_has_prefix (at, good))
            more = func (self, (guint) g_ascii_strtoull (at + strlen (good), NULL, 10), user_data);
          else if (!g_str_has_prefix (at, "LOG "))
            g_error ("the driver says: %s", at);
          at = newline + 1;
        }
      g_string_erase (buffer, 0, at - buffer->str);
      if (more)
        read_more (self->rig);
    }
}

static Load
load_new (Rig *rig, const Work *work, guint ids)
{
  Load self = { rig, work, 0, g_array_sized_new (FALSE, TRUE, sizeof (gint64), ids) };

  g_array_set_size (self.asked_us, ids);
  return self;
}

typedef struct
{
  Meter meter;
  guint left; /* answers that are still to come */
} Running;

static gboolean
on_answer (Load *self, guint id, gpointer data)
{
  Running *running = data;

  meter_add (&running->meter, g_array_index (self->asked_us, gint64, id));
  if (g_get_monotonic_time () < running->meter.end_us)
    ask (self, id);
  else
    running->left--;
  return running->left > 0;
}

Figures
load_run (Rig *rig, const Work *work, guint in_flight, double seconds)
{
  Load self = load_new (rig, work, in_flight);
  Running running = { .left = in_flight };

  meter_begin (&running.meter, cpu_of_process (rig->pid), seconds);
  for (guint i = 0; i < in_flight; i++)
    ask (&self, i);
  take_answers (&self, on_answer, &running);
  g_array_unref (self.asked_us);
  return meter_end (&running.meter, cpu_of_process (rig->pid));
}

void
load_queue (Rig *rig, const Work *work, guint n)
{
  Load self = load_new (rig, work, 0);

  for (guint i = 0; i < n; i++)
    ask (&self, i);
  g_array_unref (self.asked_us);
  /* Lines are read in order, so the answer to this one comes after them. */
  rig_send (rig, "DRIVER_CANCEL 999999999");
  g_free (rig_line_with (rig, "LOG I 999999999 "));
}

static gboolean
on_answer_replace (Load *self, guint id, gpointer data)
{
  Running *running = data;

  meter_add (&running->meter, g_get_monotonic_time ());
  ask (self, id);
  return --running->left > 0;
}

Figures
load_replace (Rig *rig, const Work *work, guint answers)
{
  Load self = load_new (rig, work, 0);
  Running running = { .left = answers };

  meter_begin (&running.meter, cpu_of_process (rig->pid), 0);
  take_answers (&self, on_answer_replace, &running);
  g_array_unref (self.asked_us);
  return meter_end (&running.meter, cpu_of_process (rig->pid));
}
