/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vmm-limits.h"

/* Enough of a line that is too long to find its action and id. */
#define HEAD_BYTES 256

struct _VmmReader
{
  int           fd;
  VmmReaderFunc func;
  gpointer      user_data;
  GString      *line;     /* the line that is not complete yet */
  gboolean      too_long; /* only its head is kept */
};

VmmReader *
vmm_reader_new (int fd, VmmReaderFunc func, gpointer user_data)
{
  VmmReader *self = g_new0 (VmmReader, 1);

  self->fd = fd;
  self->func = func;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  return self;
}

void
vmm_reader_free (VmmReader *self)
{
  if (self == NULL)
    return;
  g_string_free (self->line, TRUE);
  g_free (self);
}

static void
append (VmmReader *self, const char *data, gsize len)
{
  if (self->too_long)
    return;
  g_string_append_len (self->line, data, len);
  if (self->line->len > VMM_MAX_LINE_BYTES)
    {
      g_autofree char *head = g_strndup (self->line->str, HEAD_BYTES);

      g_string_free (self->line, TRUE);
      self->line = g_string_new (head);
      self->too_long = TRUE;
    }
}

static void
end_line (VmmReader *self)
{
  VmmMessage *message = self->too_long ? vmm_message_too_long (self->line->str, self->line->len)
                                       : vmm_message_parse (self->line->str, self->line->len);

  self->func (message, self->user_data);
  self->too_long = FALSE;
  /* One huge request must not keep its memory until the next one. */
  if (self->line->allocated_len > 1024 * 1024)
    {
      g_string_free (self->line, TRUE);
      self->line = g_string_new (NULL);
    }
  g_string_truncate (self->line, 0);
}

gboolean
vmm_reader_read (VmmReader *self)
{
  char buffer[65536];
  gssize n = read (self->fd, buffer, sizeof buffer);
  const char *data = buffer;

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return TRUE;
  if (n <= 0)
    {
      if (self->line->len > 0)
        end_line (self);
      return FALSE;
    }
  for (const char *end = buffer + n; data < end;)
    {
      const char *newline = memchr (data, '\n', end - data);

      append (self, data, (newline == NULL ? end : newline) - data);
      if (newline == NULL)
        break;
      end_line (self);
      data = newline + 1;
    }
  return TRUE;
}
