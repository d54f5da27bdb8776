/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/state.h"

#include "common/error.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#define UUID_1 "11111111-1111-4111-8111-111111111111"
#define UUID_2 "22222222-2222-4222-8222-222222222222"

typedef struct
{
  char *dir;
  char *stock;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  fixture->dir = g_dir_make_tmp ("guests-state-XXXXXX", NULL);
  fixture->stock = g_build_filename (fixture->dir, "stock", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->stock);
}

static GuestsState *
load (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GuestsState *state = guests_state_load (fixture->dir, fixture->stock, &error);

  g_assert_no_error (error);
  return state;
}

static void
write_file (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static gboolean
exists (Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static GuestsEntry *
entry_at (GuestsState *state, guint i)
{
  return g_ptr_array_index (guests_state_entries (state), i);
}

static void
write_list (GuestsState *state)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (guests_state_write (state, &error));
  g_assert_no_error (error);
}

static void
test_empty (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GuestsState) state = load (fixture);

  g_assert_cmpuint (guests_state_entries (state)->len, ==, 0);
  g_assert_true (guests_state_is_complete (state));
  g_assert_null (guests_state_find (state, UUID_1));
  write_list (state);
  g_assert_false (exists (fixture, "guests"));
}

static void
test_round_trip (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  const char *uri = "qemu+unix:///session?socket=/a b%";
  g_autoptr (GuestsState) state = load (fixture);
  g_autoptr (GuestsState) again = NULL;
  GuestsEntry *entry = guests_entry_new (uri, UUID_1, "a name\nwith %41 ünder");

  entry->phase = GUESTS_PHASE_SAVED;
  entry->transient = entry->paused = TRUE;
  entry->order = -7;
  g_ptr_array_add (guests_state_entries (state), entry);
  g_ptr_array_add (guests_state_entries (state), guests_entry_new ("default", UUID_2, ""));
  write_list (state);

  again = load (fixture);
  g_assert_cmpuint (guests_state_entries (again)->len, ==, 2);
  g_assert_cmpstr (entry_at (again, 0)->uri, ==, uri);
  g_assert_cmpstr (entry_at (again, 0)->uuid, ==, UUID_1);
  g_assert_cmpstr (entry_at (again, 0)->name, ==, "a name\nwith %41 ünder");
  g_assert_cmpint (entry_at (again, 0)->phase, ==, GUESTS_PHASE_SAVED);
  g_assert_true (entry_at (again, 0)->transient);
  g_assert_true (entry_at (again, 0)->paused);
  g_assert_cmpint (entry_at (again, 0)->order, ==, -7);
  /* A name is never empty. */
  g_assert_cmpstr (entry_at (again, 1)->name, ==, UUID_2);
  g_assert_cmpint (entry_at (again, 1)->phase, ==, GUESTS_PHASE_RUNNING);
  g_assert_false (guests_state_is_complete (again));
}

static void
test_stock (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GuestsState) state = NULL;

  write_file (fixture, "stock", "default " UUID_1 " " UUID_1 "\nxen:///system  " UUID_2 "\n\n");
  state = load (fixture);
  g_assert_cmpuint (guests_state_entries (state)->len, ==, 2);
  g_assert_cmpstr (entry_at (state, 0)->name, ==, UUID_1);
  g_assert_cmpstr (entry_at (state, 1)->uri, ==, "xen:///system");
  g_assert_false (entry_at (state, 1)->transient);
  g_assert_true (guests_state_is_complete (state));
  write_list (state);
  /* What was in it is in ours now. */
  g_assert_false (exists (fixture, "stock"));
  g_assert_true (exists (fixture, "guests"));
}

static void
assert_damaged (Fixture *fixture, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *after = NULL;

  write_file (fixture, name, text);
  g_assert_null (guests_state_load (fixture->dir, fixture->stock, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, text);
  g_unlink (path);
}

static void
test_damaged (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  assert_damaged (fixture, "guests", "one-guests 2\n");
  assert_damaged (fixture, "guests", "one-guests 1\ndefault " UUID_1 " running\n");
  assert_damaged (fixture, "guests", "one-guests 1\nd ../../x saved transient active 0 n\n");
  assert_damaged (fixture, "guests", "one-guests 1\nd " UUID_1 " asleep transient active 0 n\n");
  assert_damaged (fixture, "guests", "one-guests 1\nd " UUID_1 " saved transient active x n\n");
  assert_damaged (fixture, "guests", "one-guests 1\nd " UUID_1 " saved transient active 0 %zz\n");
  assert_damaged (fixture, "stock", "default ../../etc/passwd\n");
}

static void
test_files (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GuestsState) state = load (fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *image = NULL;
  g_autofree char *xml = NULL;
  GuestsEntry *entry = guests_entry_new ("default", UUID_1, "one-1");
  GStatBuf info;
  g_autofree char *path = g_build_filename (fixture->dir, UUID_1 ".xml", NULL);

  entry->transient = TRUE;
  g_ptr_array_add (guests_state_entries (state), entry);
  g_assert_true (guests_state_write_xml (state, entry, &error));
  g_assert_false (exists (fixture, UUID_1 ".xml"));
  entry->xml = g_strdup ("<domain/>");
  g_assert_true (guests_state_write_xml (state, entry, &error));
  g_assert_null (entry->xml);
  xml = guests_state_read_xml (state, entry, &error);
  g_assert_cmpstr (xml, ==, "<domain/>");
  /* It may hold passwords. */
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  image = guests_state_image_path (state, entry);
  g_assert_true (g_str_has_prefix (image, fixture->dir));
  g_assert_true (g_file_set_contents (image, "memory", -1, NULL));
  write_list (state);
  g_assert_true (guests_state_drop (state, entry, &error));
  g_assert_false (exists (fixture, "guests"));
  g_assert_false (exists (fixture, UUID_1 ".xml"));
  g_assert_false (g_file_test (image, G_FILE_TEST_EXISTS));
}

static void
test_forget (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GuestsState) state = load (fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *image = NULL;
  GuestsEntry *entry = guests_entry_new ("default", UUID_1, "one-1");

  entry->transient = TRUE;
  g_ptr_array_add (guests_state_entries (state), entry);
  g_ptr_array_add (guests_state_entries (state), guests_entry_new ("default", UUID_2, "one-2"));
  image = guests_state_image_path (state, entry);
  g_assert_true (g_file_set_contents (image, "memory", -1, NULL));
  g_assert_true (guests_state_forget (state, entry, &error));
  g_assert_null (guests_state_find (state, UUID_1));
  g_assert_nonnull (guests_state_find (state, UUID_2));
  g_assert_true (g_file_test (image, G_FILE_TEST_EXISTS));
}

static void
test_cannot_write (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_build_filename (fixture->dir, "nowhere", NULL);
  g_autoptr (GuestsState) state = guests_state_load (dir, NULL, &error);

  g_ptr_array_add (guests_state_entries (state), guests_entry_new ("default", UUID_1, "one-1"));
  g_assert_false (guests_state_write (state, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_SYSTEM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/guests-state/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("empty", test_empty);
  ADD ("round-trip", test_round_trip);
  ADD ("stock", test_stock);
  ADD ("damaged", test_damaged);
  ADD ("files", test_files);
  ADD ("forget", test_forget);
  ADD ("cannot-write", test_cannot_write);
  return g_test_run ();
}
