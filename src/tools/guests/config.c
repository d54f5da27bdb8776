/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/config.h"

#include "common/error.h"

#include <string.h>

#define MAX_FILE (256 * 1024)
/* A day's worth of seconds times a thousand: beyond it a figure is a typing error. */
#define MAX_NUMBER G_GINT64_CONSTANT (86400000)

typedef enum
{
  NUMBER,
  NATURAL, /* no sign */
  FLAG,
  CHOICE,  /* the field becomes the index of the word */
  WORDS,
} Kind;

static const struct
{
  const char *name;
  Kind kind;
  gsize field;
  const char *takes;      /* for the message */
  const char *choices[4]; /* CHOICE: in the order of the field's values */
} variables[] = {
#define FIELD(field) G_STRUCT_OFFSET (GuestsConfig, field)
  { "URIS", WORDS, FIELD (uris), "connection URIs", { NULL } },
  { "ON_BOOT", CHOICE, FIELD (start_on_boot), "start or ignore", { "ignore", "start" } },
  { "START_DELAY", NATURAL, FIELD (start_delay), "seconds", { NULL } },
  { "ON_SHUTDOWN", CHOICE, FIELD (suspend), "suspend or shutdown", { "shutdown", "suspend" } },
  { "PARALLEL_SHUTDOWN", NUMBER, FIELD (parallel_shutdown), "a number of guests", { NULL } },
  { "SHUTDOWN_TIMEOUT", NUMBER, FIELD (shutdown_timeout), "seconds", { NULL } },
  { "BYPASS_CACHE", FLAG, FIELD (bypass_cache), "0 or 1", { NULL } },
  { "SYNC_TIME", FLAG, FIELD (sync_time), "0 or 1", { NULL } },
  { "PERSISTENT_ONLY", CHOICE, FIELD (persistent), "default, true or false",
    { "default", "true", "false" } },
  { "PARALLEL_SUSPEND", NATURAL, FIELD (parallel_suspend), "a number of guests", { NULL } },
  { "SUSPEND_TIMEOUT", NATURAL, FIELD (suspend_timeout), "seconds", { NULL } },
  { "ON_TIMEOUT", CHOICE, FIELD (destroy), "leave or destroy", { "leave", "destroy" } },
  { "ORDER", CHOICE, FIELD (order), "none, name or metadata", { "none", "name", "metadata" } },
  { "KEEP_LIST", FLAG, FIELD (keep_list), "0 or 1", { NULL } },
  { "CONNECT_TIMEOUT", NATURAL, FIELD (connect_timeout), "seconds", { NULL } },
#undef FIELD
};

static gboolean
set_choice (int *field, const char *value, const char *const *choices)
{
  for (int i = 0; choices[i] != NULL; i++)
    if (strcmp (value, choices[i]) == 0)
      {
        *field = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
set_words (char ***field, const char *value)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = g_strsplit_set (value, " \t\n", -1);

  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      g_strv_builder_add (builder, *word);
  g_strfreev (*field);
  *field = g_strv_builder_end (builder);
  return TRUE;
}

/* FALSE for a value that the variable does not take. */
static gboolean
set (GuestsConfig *config, gsize variable, const char *value)
{
  gpointer field = G_STRUCT_MEMBER_P (config, variables[variable].field);

  switch (variables[variable].kind)
    {
    case NUMBER:
      return g_ascii_string_to_signed (value, 10, -MAX_NUMBER, MAX_NUMBER, field, NULL);
    case NATURAL:
      return g_ascii_string_to_signed (value, 10, 0, MAX_NUMBER, field, NULL);
    case FLAG:
      /* As the stock service has it: anything but 0 is yes. */
      *(gboolean *) field = strcmp (value, "0") != 0 && value[0] != '\0';
      return TRUE;
    case CHOICE:
      return set_choice (field, value, variables[variable].choices);
    case WORDS:
      return set_words (field, value);
    }
  return FALSE;
}

static GuestsConfig *
defaults (void)
{
  GuestsConfig *config = g_new0 (GuestsConfig, 1);

  set_words (&config->uris, "default");
  config->start_on_boot = TRUE;
  config->suspend = TRUE;
  config->shutdown_timeout = 300;
  config->connect_timeout = 30;
  return config;
}

/* One word of the file; names that are not ours are the business of others. */
static gboolean
assign (GuestsConfig *config, const char *word, const char *file, GError **error)
{
  const char *value = strchr (word, '=');

  for (gsize i = 0; value != NULL && i < G_N_ELEMENTS (variables); i++)
    {
      if (strlen (variables[i].name) != (gsize) (value - word)
          || strncmp (variables[i].name, word, value - word) != 0)
        continue;
      if (set (config, i, value + 1))
        return TRUE;
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s: %s is \"%s\" but takes %s", file,
                   variables[i].name, value + 1, variables[i].takes);
      return FALSE;
    }
  return TRUE;
}

GuestsConfig *
guests_config_parse (const char *text, const char *name, GError **error)
{
  g_autoptr (GuestsConfig) config = defaults ();
  g_autoptr (GError) why = NULL;
  g_auto (GStrv) words = NULL;

  if (!g_shell_parse_argv (text, NULL, &words, &why)
      && !g_error_matches (why, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s: %s", name, why->message);
      return NULL;
    }
  for (char **word = words; word != NULL && *word != NULL; word++)
    if (!assign (config, *word, name, error))
      return NULL;
  config->connect_timeout = MAX (config->connect_timeout, 1);
  return g_steal_pointer (&config);
}

GuestsConfig *
guests_config_load (const char *path, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autofree char *text = NULL;
  gsize len;

  if (!g_file_get_contents (path, &text, &len, &why))
    {
      if (g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return defaults ();
      g_set_error_literal (error, VMM_ERROR, VMM_ERROR_SYSTEM, why->message);
      return NULL;
    }
  if (len > MAX_FILE || strlen (text) != len)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s is not a file of shell assignments",
                   path);
      return NULL;
    }
  return guests_config_parse (text, path, error);
}

void
guests_config_free (GuestsConfig *config)
{
  if (config == NULL)
    return;
  g_strfreev (config->uris);
  g_free (config);
}
