/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/assignments.h"

#include <string.h>

static gboolean
is_name (const char *text, gsize len)
{
  if (len == 0 || g_ascii_isdigit (text[0]))
    return FALSE;
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '_')
      return FALSE;
  return TRUE;
}

/* One word "NAME=VALUE", already unquoted. */
static gboolean
take_word (const char *word, VmmAssignmentFunc func, gpointer user_data)
{
  const char *equals = strchr (word, '=');
  g_autofree char *name = NULL;

  if (equals == NULL || !is_name (word, equals - word))
    return FALSE;
  name = g_strndup (word, equals - word);
  func (name, equals + 1, user_data);
  return TRUE;
}

/* "export NAME" of a variable that is set already changes nothing here. */
static gboolean
take_words (char **words, VmmAssignmentFunc func, gpointer user_data)
{
  gboolean exported = g_str_equal (words[0], "export");

  for (char **word = words + (exported ? 1 : 0); *word != NULL; word++)
    if (!take_word (*word, func, user_data) && !(exported && is_name (*word, strlen (*word))))
      return FALSE;
  return TRUE;
}

/* The lines from first on that make one logical line: a quote may span lines.
 * Returns how many; *words is NULL when they hold nothing or can't be read. */
static guint
read_statement (char **lines, char ***words, GError **error)
{
  g_autoptr (GString) statement = g_string_new (NULL);

  *words = NULL;
  for (guint n = 0; lines[n] != NULL; n++)
    {
      g_autoptr (GError) problem = NULL;

      g_string_append_printf (statement, n == 0 ? "%s" : "\n%s", lines[n]);
      if (g_shell_parse_argv (statement->str, NULL, words, &problem)
          || g_error_matches (problem, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
        return n + 1;
      if (lines[n + 1] == NULL || *lines[n + 1] == '\0')
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return 1;
        }
    }
  return 1;
}

void
vmm_assignments_parse (const char *text, VmmAssignmentFunc func, GPtrArray *warnings,
                       const char *file, gpointer user_data)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL;)
    {
      g_auto (GStrv) words = NULL;
      g_autoptr (GError) error = NULL;
      guint used = read_statement (lines + i, &words, &error);

      if (error != NULL)
        g_ptr_array_add (warnings, g_strdup_printf ("%s:%u: %s", file, i + 1, error->message));
      else if (words != NULL && !take_words (words, func, user_data))
        g_ptr_array_add (warnings, g_strdup_printf ("%s:%u: not an assignment, ignored: %s", file,
                                                    i + 1, g_strchomp (lines[i])));
      i += used;
    }
}
