/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor-grammar.h"

#include <string.h>

#define NAME_CHARS \
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define NOT_IN_VALUES "=#,[]\" \t\r\n"

static void
skip_blanks (const char **p)
{
  *p += strspn (*p, " ");
}

static gboolean
skip_name (const char **p)
{
  gsize n = strspn (*p, NAME_CHARS);

  *p += n;
  return n > 0;
}

static gboolean
skip_char (const char **p, char c)
{
  if (**p != c)
    return FALSE;
  (*p)++;
  return TRUE;
}

static gboolean
skip_scalar (const char **p)
{
  if (skip_char (p, '"'))
    {
      *p += strcspn (*p, "\"");
      return skip_char (p, '"');
    }
  else
    {
      gsize n = strcspn (*p, NOT_IN_VALUES);

      *p += n;
      return n > 0;
    }
}

static gboolean
skip_vector (const char **p)
{
  do
    {
      skip_blanks (p);
      if (!skip_name (p) || !skip_char (p, '=') || !skip_scalar (p))
        return FALSE;
      skip_blanks (p);
    }
  while (skip_char (p, ','));
  return skip_char (p, ']');
}

static gboolean
skip_item (const char **p)
{
  if (!skip_name (p) || !skip_char (p, '='))
    return FALSE;
  if (!(skip_char (p, '[') ? skip_vector (p) : skip_scalar (p)))
    return FALSE;
  return **p == ' ' || **p == '\0';
}

gboolean
monitor_grammar_accepts (const char *text, gsize *at)
{
  const char *p = text;
  gboolean ok = TRUE;

  skip_blanks (&p);
  while (ok && *p != '\0')
    {
      ok = skip_item (&p);
      if (ok)
        skip_blanks (&p);
    }
  *at = p - text;
  return ok;
}
