/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"

char *
vmm_input_read (int fd, gsize max, gsize *len, GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 piece[64 * 1024];
  gssize n;

  while ((n = TEMP_FAILURE_RETRY (read (fd, piece, sizeof piece))) > 0)
    {
      if ((gsize) n > max - all->len)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG,
                       "more than %" G_GSIZE_FORMAT " bytes of input", max);
          return NULL;
        }
      g_byte_array_append (all, piece, n);
    }
  if (n < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "cannot read the input: %s",
                   g_strerror (errno));
      return NULL;
    }

  *len = all->len;
  g_byte_array_append (all, (const guint8 *) "", 1);
  return (char *) g_byte_array_free (g_steal_pointer (&all), FALSE);
}

char *
vmm_input_decode_base64 (const char *text, gsize *len)
{
  GString *clean = g_string_sized_new (strlen (text) + 3);

  for (const char *p = text; *p != '\0'; p++)
    if (g_ascii_isalnum (*p) || *p == '+' || *p == '/')
      g_string_append_c (clean, *p);
    else if (*p == '=' && clean->len % 4 >= 2)
      break;

  if (clean->len % 4 == 1)
    g_string_truncate (clean, clean->len - 1);
  while (clean->len % 4 != 0)
    g_string_append_c (clean, '=');
  *len = 0;
  if (clean->len > 0)
    g_base64_decode_inplace (clean->str, len);
  clean->str[*len] = '\0';
  return g_string_free (clean, FALSE);
}
