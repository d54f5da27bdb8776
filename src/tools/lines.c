/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lines.h"

#include <string.h>

#include "common/error.h"
#include "common/fd.h"
#include "vmm-limits.h"

/* Several lines of the largest kind. */
#define MAX_FILE_BYTES (4 * (gsize) VMM_MAX_LINE_BYTES)

VmmLine *
vmm_line_new (const char *text, const char *where, GError **error)
{
  g_autoptr (VmmLine) self = g_new0 (VmmLine, 1);

  self->text = g_strconcat (text, "\n", NULL);
  self->message = vmm_message_parse (text, strlen (text));
  if (self->message->kind == VMM_MESSAGE_BAD)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s: %s", where, self->message->problem);
      return NULL;
    }
  if (self->message->kind != VMM_MESSAGE_ACTION)
    return g_steal_pointer (&self);
  self->payload = vmm_payload_new (self->message->base64, self->message->base64_len, error);
  if (self->payload == NULL)
    {
      const char *data = strstr (text, self->message->base64);

      g_prefix_error (error, "%s: the data, from column %d on: ", where, (int) (data - text) + 1);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
vmm_line_free (VmmLine *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  vmm_message_free (self->message);
  vmm_payload_free (self->payload);
  g_free (self);
}

static GPtrArray *
parse (char *text, gsize len, const char *name, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_line_free);
  const char *nul = memchr (text, '\0', len);
  guint number = 0;

  if (nul != NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s: byte %" G_GSIZE_FORMAT " is NUL",
                   name, (gsize) (nul - text) + 1);
      return NULL;
    }
  for (char *line = text, *next; line != NULL; line = next)
    {
      g_autofree char *where = g_strdup_printf ("%s:%u", name, ++number);
      VmmLine *parsed;

      next = strchr (line, '\n');
      if (next != NULL)
        *next++ = '\0';
      if (line[strspn (line, " \t\r")] == '\0')
        continue;
      parsed = vmm_line_new (line, where, error);
      if (parsed == NULL)
        return NULL;
      g_ptr_array_add (lines, parsed);
    }
  if (lines->len > 0)
    return g_steal_pointer (&lines);
  g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING, "%s: there is no line in it", name);
  return NULL;
}

GPtrArray *
vmm_lines_read (const char *path, GError **error)
{
  gboolean is_input = strcmp (path, "-") == 0;
  gsize len = 0;
  g_autofree char *text = vmm_fd_read_file (is_input ? "/dev/stdin" : path, MAX_FILE_BYTES, &len,
                                            error);

  return text == NULL ? NULL : parse (text, len, is_input ? "standard input" : path, error);
}
