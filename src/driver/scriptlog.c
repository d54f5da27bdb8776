/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/scriptlog.h"

#include <string.h>

#include "vmm-limits.h"

#define MARK_BEGIN "ERROR MESSAGE --8<------"
#define MARK_END   "ERROR MESSAGE ------>8--"

struct _VmmScriptLog
{
  VmmScriptLogFunc func;
  gpointer         user_data;

  GString *line;        /* the line that is not complete yet, up to its cap */
  gboolean in_message;  /* between the marks */
  GString *message;     /* what stood there */
  gboolean has_message;
  GString *plain;       /* lines that are no records */
  gsize    logged;      /* bytes given to func */
  guint64  dropped;     /* bytes not given */
};

VmmScriptLog *
vmm_script_log_new (VmmScriptLogFunc func, gpointer user_data)
{
  VmmScriptLog *self = g_new0 (VmmScriptLog, 1);

  self->func = func;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  self->message = g_string_new (NULL);
  self->plain = g_string_new (NULL);
  return self;
}

void
vmm_script_log_free (VmmScriptLog *self)
{
  if (self == NULL)
    return;
  g_string_free (self->line, TRUE);
  g_string_free (self->message, TRUE);
  g_string_free (self->plain, TRUE);
  g_free (self);
}

static void
append_capped (GString *to, const char *text)
{
  if (to->len >= VMM_MAX_REASON_BYTES)
    return;
  if (to->len > 0)
    g_string_append_c (to, '\n');
  g_string_append_len (to, text, strnlen (text, VMM_MAX_REASON_BYTES));
}

static void
emit (VmmScriptLog *self, VmmSeverity severity, const char *text)
{
  gsize len = strlen (text);

  if (self->logged + len > VMM_MAX_LOG_BYTES)
    {
      self->dropped += len;
      return;
    }
  self->logged += len;
  self->func (severity, text, self->user_data);
}

/* The record's text when line begins with prefix, else NULL. */
static const char *
after (const char *line, const char *prefix)
{
  const char *text;

  if (!g_str_has_prefix (line, prefix))
    return NULL;
  text = line + strlen (prefix);
  while (*text == ' ')
    text++;
  return text;
}

static void
take_record (VmmScriptLog *self, const char *line)
{
  const char *text;

  if ((text = after (line, "ERROR:")) != NULL)
    {
      append_capped (self->plain, text);
      emit (self, VMM_SEVERITY_ERROR, text);
    }
  else if ((text = after (line, "INFO:")) != NULL)
    emit (self, VMM_SEVERITY_INFO, text);
  else if ((text = after (line, "DEBUG:")) != NULL)
    emit (self, VMM_SEVERITY_DEBUG, text);
  else
    {
      append_capped (self->plain, line);
      emit (self, VMM_SEVERITY_INFO, line);
    }
}

static void
take_line (VmmScriptLog *self)
{
  char *line = g_strchomp (self->line->str);

  if (strcmp (line, MARK_BEGIN) == 0)
    self->in_message = self->has_message = TRUE;
  else if (strcmp (line, MARK_END) == 0)
    self->in_message = FALSE;
  else if (self->in_message)
    {
      append_capped (self->message, line);
      emit (self, VMM_SEVERITY_ERROR, line);
    }
  else if (*line != '\0')
    take_record (self, line);
  g_string_truncate (self->line, 0);
}

void
vmm_script_log_feed (VmmScriptLog *self, const char *data, gsize len)
{
  const char *end = data + len;

  while (data < end)
    {
      const char *newline = memchr (data, '\n', end - data);
      gsize n = (newline == NULL ? end : newline) - data;
      gsize room = VMM_MAX_LOG_LINE_BYTES - MIN (self->line->len, VMM_MAX_LOG_LINE_BYTES);
      gsize used = MIN (n, room);

      /* NUL would cut the line for everything that follows. */
      for (gsize i = 0; i < used; i++)
        g_string_append_c (self->line, data[i] == '\0' ? ' ' : data[i]);
      self->dropped += n - used;
      if (newline != NULL)
        take_line (self);
      data += n + (newline != NULL);
    }
}

void
vmm_script_log_finish (VmmScriptLog *self)
{
  if (self->line->len > 0)
    take_line (self);
  if (self->dropped > 0)
    {
      g_autofree char *note = g_strdup_printf ("(%" G_GUINT64_FORMAT " bytes of what the script "
                                               "said are left out)", self->dropped);

      self->func (VMM_SEVERITY_INFO, note, self->user_data);
      self->dropped = 0;
    }
}

char *
vmm_script_log_reason (const VmmScriptLog *self)
{
  const GString *reason = self->has_message ? self->message : self->plain;

  return reason->len == 0 ? NULL : g_strdup (reason->str);
}
