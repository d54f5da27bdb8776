/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"

#include "common/error.h"

#include <string.h>

static gboolean
is_base64_char (char c)
{
  return g_ascii_isalnum (c) || c == '+' || c == '/';
}

char *
vmm_base64_decode (const char *text, gsize len, gsize *out_len, GError **error)
{
  gsize data_len = len;
  g_autofree char *copy = NULL;

  while (data_len > 0 && len - data_len < 2 && text[data_len - 1] == '=')
    data_len--;
  for (gsize i = 0; i < data_len; i++)
    if (!is_base64_char (text[i]))
      {
        g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                     "not base64: byte 0x%02x at offset %" G_GSIZE_FORMAT,
                     (guchar) text[i], i);
        return NULL;
      }
  if (len == 0 || len % 4 != 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "not base64: %" G_GSIZE_FORMAT " characters, which is not a multiple of 4"
                   " (cut off?)", len);
      return NULL;
    }

  copy = g_strndup (text, len);
  g_base64_decode_inplace (copy, out_len);
  copy[*out_len] = '\0';
  return g_steal_pointer (&copy);
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
