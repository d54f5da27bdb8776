/* SPDX-License-Identifier: Apache-2.0
 *
 * What the last stop did, kept so that the next start can undo it: one entry a
 * guest, in the order in which they were (to be) stopped. It survives the death of
 * the machine at any moment: each write is a new file that replaces the old one.
 *
 * DIR/guests           the list: a line "one-guests 1", then a line a guest:
 *                      URI UUID running|saved|off persistent|transient active|paused ORDER NAME
 *                      with URI and NAME percent-encoded
 * DIR/UUID.xml         the domain of a transient guest
 * DIR/UUID.image       its memory
 *
 * The stock service's list ("URI UUID UUID ...") is read too and removed once ours
 * has been written.
 */
#ifndef GUESTS_STATE_H
#define GUESTS_STATE_H

#include <glib.h>

typedef enum
{
  GUESTS_PHASE_RUNNING, /* stop has not dealt with it yet, or could not */
  GUESTS_PHASE_SAVED,   /* its memory is on disk and its disks have not been touched since */
  GUESTS_PHASE_OFF,     /* it was shut down, or is running again from its image */
} GuestsPhase;

typedef struct
{
  char *uri;         /* as in URIS */
  char *uuid;
  char *name;        /* never empty; the UUID when the stock service wrote the list */
  GuestsPhase phase;
  gboolean transient;
  gboolean paused;   /* it was paused by somebody, and shall be so again */
  gboolean here;     /* not on the disk: it ran when this stop looked */
  gint64 order;      /* from the metadata, else 0 */
  char *xml;         /* only between listing and guests_state_write_xml() */
} GuestsEntry;

GuestsEntry *guests_entry_new (const char *uri, const char *uuid, const char *name);
void guests_entry_free (GuestsEntry *entry);

typedef struct _GuestsState GuestsState;

/* Reads DIR/guests and the stock service's list at stock (NULL: none). Lists that are not there
 * make an empty state. NULL with an error for one that is damaged: it stays as it
 * is. Free with guests_state_free(). */
GuestsState *guests_state_load (const char *dir, const char *stock, GError **error);

void guests_state_free (GuestsState *state);

/* The GuestsEntry pointers; the state owns the array, and the array the entries. */
GPtrArray *guests_state_entries (GuestsState *state);

/* The entry of that guest, or NULL. */
GuestsEntry *guests_state_find (GuestsState *state, const char *uuid);

/* TRUE if stop has dealt with all that is listed. */
gboolean guests_state_is_complete (GuestsState *state);

/* Brings the list to the disk; an empty one is removed. When it returns TRUE the
 * new list survives a crash, when FALSE the old one does. */
gboolean guests_state_write (GuestsState *state, GError **error);

/* Removes entry and writes the list; its image and XML stay for whoever wants them
 * by hand. Frees entry. */
gboolean guests_state_forget (GuestsState *state, GuestsEntry *entry, GError **error);

/* The same, and removes its files. */
gboolean guests_state_drop (GuestsState *state, GuestsEntry *entry, GError **error);

/* Where the memory of a transient guest goes. Free with g_free(). */
char *guests_state_image_path (GuestsState *state, const GuestsEntry *entry);

/* Removes that image, if there is one. */
void guests_state_remove_image (GuestsState *state, const GuestsEntry *entry);

/* Brings entry->xml to the disk and forgets it. Nothing to do when it is NULL. */
gboolean guests_state_write_xml (GuestsState *state, GuestsEntry *entry, GError **error);

/* What guests_state_write_xml() wrote, or NULL. Free with g_free(). */
char *guests_state_read_xml (GuestsState *state, const GuestsEntry *entry, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestsState, guests_state_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestsEntry, guests_entry_free)

#endif
