/* SPDX-License-Identifier: Apache-2.0 */
#include "common/quote.h"

#include <string.h>

/* Words of these alone are the same inside and outside of quotes. A leading
 * '=' or '~' would not be, so neither is in the list. */
#define PLAIN \
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+:,./_-"

void
vmm_quote_append (GString *out, const char *word)
{
  if (*word != '\0' && strspn (word, PLAIN) == strlen (word))
    {
      g_string_append (out, word);
      return;
    }

  g_string_append_c (out, '\'');
  for (const char *rest = word;;)
    {
      const char *quote = strchrnul (rest, '\'');

      g_string_append_len (out, rest, quote - rest);
      if (*quote == '\0')
        break;
      g_string_append (out, "'\\''");
      rest = quote + 1;
    }
  g_string_append_c (out, '\'');
}

char *
vmm_quote_argv (const char *const *argv)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; argv[i] != NULL; i++)
    {
      if (i > 0)
        g_string_append_c (out, ' ');
      vmm_quote_append (out, argv[i]);
    }
  return g_string_free (out, FALSE);
}
