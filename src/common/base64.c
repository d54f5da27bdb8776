/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"

#include "common/error.h"

#include <string.h>

static gboolean
is_base64_char (char c)
{
  return g_ascii_isalnum (c) || c == '+' || c == '/';
}

static void
set_not_base64 (const char *text, gsize data_len, gsize len, GError **error)
{
  for (gsize i = 0; i < data_len; i++)
    if (!is_base64_char (text[i]))
      {
        g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                     "not base64: byte 0x%02x at offset %" G_GSIZE_FORMAT,
                     (guchar) text[i], i);
        return;
      }
  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
               "not base64: %" G_GSIZE_FORMAT " characters, which is not a multiple of 4"
               " (cut off?)", len);
}

char *
vmm_base64_decode (const char *text, gsize len, gsize *out_len, GError **error)
{
  gsize padding = 0;
  gsize decoded;
  int state = 0;
  guint save = 0;
  g_autofree char *data = NULL;

  while (padding < 2 && padding < len && text[len - padding - 1] == '=')
    padding++;
  if (len == 0 || len % 4 != 0 || text[len - padding - 1] == '=')
    {
      set_not_base64 (text, len - padding, len, error);
      return NULL;
    }

  data = g_malloc (len / 4 * 3 + 3);
  decoded = g_base64_decode_step (text, len, (guchar *) data, &state, &save);
  /* GLib passes over what is none, so less comes out. */
  if (decoded != len / 4 * 3 - padding)
    {
      set_not_base64 (text, len - padding, len, error);
      return NULL;
    }
  data[decoded] = '\0';
  *out_len = decoded;
  return g_steal_pointer (&data);
}

char *
vmm_base64_encode (const void *data, gsize len, guint columns)
{
  g_autofree char *plain = g_base64_encode (data, len);
  GString *wrapped;

  if (columns == 0)
    return g_steal_pointer (&plain);

  wrapped = g_string_new (NULL);
  for (const char *p = plain; *p != '\0';)
    {
      gsize n = strnlen (p, columns);

      g_string_append_len (wrapped, p, n);
      g_string_append_c (wrapped, '\n');
      p += n;
    }
  return g_string_free (wrapped, FALSE);
}
