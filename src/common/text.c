/* SPDX-License-Identifier: Apache-2.0 */
#include "common/text.h"

#include <string.h>

/* U+FFFE, U+FFFF and the C1 controls are legal UTF-8 but not legal XML. */
static gboolean
is_unfit (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029
         || (c & 0xfffe) == 0xfffe;
}

static void
append_blank (GString *out)
{
  if (out->len > 0 && out->str[out->len - 1] != ' ')
    g_string_append_c (out, ' ');
}

static void
cut_to (GString *out, gsize max_bytes)
{
  gsize keep = max_bytes;

  if (max_bytes == 0 || out->len <= max_bytes)
    return;
  while (keep > 0 && ((guchar) out->str[keep] & 0xc0) == 0x80)
    keep--;
  g_string_truncate (out, keep);
  g_string_append (out, "...");
}

char *
vmm_text_one_line (const char *text, gssize len, gsize max_bytes)
{
  const char *end = text + (len < 0 ? strlen (text) : (gsize) len);
  GString *out = g_string_sized_new (end - text + 1);

  for (const char *p = text; p < end;)
    {
      gunichar c = (guchar) *p < 0x80 ? (gunichar) *p : g_utf8_get_char_validated (p, end - p);

      /* One byte that is not text costs one replacement, so that the rest of a
       * line in some old 8-bit charset stays readable. */
      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append (out, "\xef\xbf\xbd");
          p++;
          continue;
        }
      if (is_unfit (c))
        append_blank (out);
      else if (c == '>' && out->len >= 2 && memcmp (out->str + out->len - 2, "]]", 2) == 0)
        g_string_append (out, " >");
      else
        g_string_append_unichar (out, c);
      p += c < 0x80 ? 1 : g_utf8_skip[(guchar) *p];
      if (max_bytes != 0 && out->len > max_bytes + 8)
        break;
    }
  g_strstrip (out->str);
  out->len = strlen (out->str);
  cut_to (out, max_bytes);
  return g_string_free (out, FALSE);
}

char *
vmm_text_reason (const char *text, gsize max_bytes)
{
  g_autofree char *line = vmm_text_one_line (text, -1, max_bytes);
  const char *reason = line;

  while (*reason == '-' || *reason == ' ')
    reason++;
  return g_strdup (*reason != '\0' ? reason : "no reason given");
}
