/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/state.h"

#include "common/error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER "one-guests 1"
#define FIELDS 7

struct _GuestsState
{
  char *dir;
  char *list;
  char *stock; /* NULL once its content is in our list */
  GPtrArray *entries;
};

static const char *const phases[] = { "running", "saved", "off", NULL };
static const char *const kinds[] = { "persistent", "transient", NULL };
static const char *const modes[] = { "active", "paused", NULL };

GuestsEntry *
guests_entry_new (const char *uri, const char *uuid, const char *name)
{
  GuestsEntry *entry = g_new0 (GuestsEntry, 1);

  entry->uri = g_strdup (uri);
  entry->uuid = g_strdup (uuid);
  entry->name = g_strdup (name != NULL && name[0] != '\0' ? name : uuid);
  return entry;
}

void
guests_entry_free (GuestsEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->uri);
  g_free (entry->uuid);
  g_free (entry->name);
  g_free (entry->xml);
  g_free (entry);
}

static int
index_of (const char *const *names, const char *word)
{
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], word) == 0)
      return i;
  return -1;
}

static GuestsEntry *
parse_entry (const char *line)
{
  g_auto (GStrv) word = g_strsplit (line, " ", -1);
  g_autofree char *uri = NULL;
  g_autofree char *name = NULL;
  GuestsEntry *entry;
  int phase, kind, mode;
  gint64 order;

  if (g_strv_length (word) != FIELDS || !g_uuid_string_is_valid (word[1]))
    return NULL;
  uri = g_uri_unescape_string (word[0], NULL);
  phase = index_of (phases, word[2]);
  kind = index_of (kinds, word[3]);
  mode = index_of (modes, word[4]);
  name = g_uri_unescape_string (word[6], NULL);
  if (uri == NULL || name == NULL || phase < 0 || kind < 0 || mode < 0
      || !g_ascii_string_to_signed (word[5], 10, G_MININT64, G_MAXINT64, &order, NULL))
    return NULL;
  entry = guests_entry_new (uri, word[1], name);
  entry->phase = phase;
  entry->transient = kind;
  entry->paused = mode;
  entry->order = order;
  return entry;
}

static char *
print_entry (const GuestsEntry *entry)
{
  g_autofree char *uri = g_uri_escape_string (entry->uri, ":/+?=&@", FALSE);
  g_autofree char *name = g_uri_escape_string (entry->name, NULL, FALSE);

  return g_strdup_printf ("%s %s %s %s %s %" G_GINT64_FORMAT " %s\n", uri, entry->uuid,
                          phases[entry->phase], kinds[entry->transient != FALSE],
                          modes[entry->paused != FALSE], entry->order, name);
}

static gboolean
set_damaged (GError **error, const char *path, guint line)
{
  g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
               "line %u of %s is damaged: mend it, or remove the file and start the guests by hand",
               line, path);
  return FALSE;
}

/* A file that is not there reads as no lines at all. */
static gboolean
read_lines (const char *path, char ***lines, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autofree char *text = NULL;

  if (g_file_get_contents (path, &text, NULL, &why))
    {
      *lines = g_strsplit (text, "\n", -1);
      return TRUE;
    }
  if (g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      *lines = g_new0 (char *, 1);
      return TRUE;
    }
  g_set_error_literal (error, VMM_ERROR, VMM_ERROR_SYSTEM, why->message);
  return FALSE;
}

static gboolean
read_own (GuestsState *state, GError **error)
{
  g_auto (GStrv) lines = NULL;

  if (!read_lines (state->list, &lines, error))
    return FALSE;
  if (lines[0] != NULL && strcmp (lines[0], HEADER) != 0)
    return set_damaged (error, state->list, 1);
  for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    {
      GuestsEntry *entry;

      if (lines[i][0] == '\0')
        continue;
      entry = parse_entry (lines[i]);
      if (entry == NULL)
        return set_damaged (error, state->list, i + 1);
      g_ptr_array_add (state->entries, entry);
    }
  return TRUE;
}

/* The stock service says no more than that they were running when it stopped them. */
static gboolean
read_stock_line (GuestsState *state, const char *line)
{
  g_auto (GStrv) word = g_strsplit_set (line, " \t", -1);

  for (guint i = 1; word[0] != NULL && word[i] != NULL; i++)
    {
      GuestsEntry *entry;

      if (word[i][0] == '\0' || guests_state_find (state, word[i]) != NULL)
        continue;
      if (!g_uuid_string_is_valid (word[i]))
        return FALSE;
      entry = guests_entry_new (word[0], word[i], NULL);
      entry->phase = GUESTS_PHASE_OFF;
      g_ptr_array_add (state->entries, entry);
    }
  return TRUE;
}

static gboolean
read_stock (GuestsState *state, GError **error)
{
  g_auto (GStrv) lines = NULL;

  if (!read_lines (state->stock, &lines, error))
    return FALSE;
  for (guint i = 0; lines[i] != NULL; i++)
    if (!read_stock_line (state, lines[i]))
      return set_damaged (error, state->stock, i + 1);
  return TRUE;
}

GuestsState *
guests_state_load (const char *dir, const char *stock, GError **error)
{
  g_autoptr (GuestsState) state = g_new0 (GuestsState, 1);

  state->dir = g_strdup (dir);
  state->list = g_build_filename (dir, "guests", NULL);
  state->stock = g_strdup (stock);
  state->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) guests_entry_free);
  if (!read_own (state, error))
    return NULL;
  if (stock != NULL && !read_stock (state, error))
    return NULL;
  return g_steal_pointer (&state);
}

void
guests_state_free (GuestsState *state)
{
  if (state == NULL)
    return;
  g_free (state->dir);
  g_free (state->list);
  g_free (state->stock);
  g_clear_pointer (&state->entries, g_ptr_array_unref);
  g_free (state);
}

GPtrArray *
guests_state_entries (GuestsState *state)
{
  return state->entries;
}

GuestsEntry *
guests_state_find (GuestsState *state, const char *uuid)
{
  for (guint i = 0; i < state->entries->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (state->entries, i);

      if (g_ascii_strcasecmp (entry->uuid, uuid) == 0)
        return entry;
    }
  return NULL;
}

gboolean
guests_state_is_complete (GuestsState *state)
{
  for (guint i = 0; i < state->entries->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (state->entries, i);

      if (entry->phase == GUESTS_PHASE_RUNNING)
        return FALSE;
    }
  return TRUE;
}

/* A rename is durable once its directory is. */
static gboolean
sync_dir (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = fd >= 0 && fsync (fd) == 0;

  if (!ok)
    g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "cannot bring %s to the disk: %s", path,
                 g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
replace (GuestsState *state, const char *path, const char *text, GError **error)
{
  g_autoptr (GError) why = NULL;

  if (!g_file_set_contents_full (path, text, -1,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &why))
    {
      g_set_error_literal (error, VMM_ERROR, VMM_ERROR_SYSTEM, why->message);
      return FALSE;
    }
  return sync_dir (state->dir, error);
}

static gboolean
remove_list (GuestsState *state, GError **error)
{
  if (g_unlink (state->list) == 0)
    return sync_dir (state->dir, error);
  if (errno == ENOENT)
    return TRUE;
  g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "cannot remove %s: %s", state->list,
               g_strerror (errno));
  return FALSE;
}

gboolean
guests_state_write (GuestsState *state, GError **error)
{
  g_autoptr (GString) text = g_string_new (HEADER "\n");

  for (guint i = 0; i < state->entries->len; i++)
    {
      g_autofree char *line = print_entry (g_ptr_array_index (state->entries, i));

      g_string_append (text, line);
    }
  if (!(state->entries->len == 0 ? remove_list (state, error)
                                 : replace (state, state->list, text->str, error)))
    return FALSE;
  if (state->stock != NULL)
    g_unlink (state->stock);
  g_clear_pointer (&state->stock, g_free);
  return TRUE;
}

static char *
path_of (GuestsState *state, const GuestsEntry *entry, const char *suffix)
{
  g_autofree char *file = g_strconcat (entry->uuid, suffix, NULL);

  return g_build_filename (state->dir, file, NULL);
}

static void
remove_file (GuestsState *state, const GuestsEntry *entry, const char *suffix)
{
  g_autofree char *path = path_of (state, entry, suffix);

  g_unlink (path);
}

/* The entry, which the caller then owns, leaves the list. */
static gboolean
take_out (GuestsState *state, GuestsEntry *entry, GError **error)
{
  guint index;

  if (g_ptr_array_find (state->entries, entry, &index))
    g_ptr_array_steal_index (state->entries, index);
  return guests_state_write (state, error);
}

gboolean
guests_state_forget (GuestsState *state, GuestsEntry *entry, GError **error)
{
  g_autoptr (GuestsEntry) own = entry;

  return take_out (state, own, error);
}

gboolean
guests_state_drop (GuestsState *state, GuestsEntry *entry, GError **error)
{
  g_autoptr (GuestsEntry) own = entry;

  /* The list first: an image without an entry is rubbish, the reverse is a loss. */
  if (!take_out (state, own, error))
    return FALSE;
  if (own->transient)
    {
      remove_file (state, own, ".image");
      remove_file (state, own, ".xml");
    }
  return TRUE;
}

char *
guests_state_image_path (GuestsState *state, const GuestsEntry *entry)
{
  return path_of (state, entry, ".image");
}

void
guests_state_remove_image (GuestsState *state, const GuestsEntry *entry)
{
  remove_file (state, entry, ".image");
}

gboolean
guests_state_write_xml (GuestsState *state, GuestsEntry *entry, GError **error)
{
  g_autofree char *path = path_of (state, entry, ".xml");

  if (entry->xml == NULL)
    return TRUE;
  if (!replace (state, path, entry->xml, error))
    return FALSE;
  g_clear_pointer (&entry->xml, g_free);
  return TRUE;
}

char *
guests_state_read_xml (GuestsState *state, const GuestsEntry *entry, GError **error)
{
  g_autofree char *path = path_of (state, entry, ".xml");
  char *xml = NULL;

  g_file_get_contents (path, &xml, NULL, error);
  return xml;
}
