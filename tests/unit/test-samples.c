/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/samples.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/error.h"

#define BOOT "ecf5520b-23ae-42ae-8d08-4acd975b13cd"
#define UUID_1 "26f3f447-1615-4f12-8e55-b8c9d4af1202"
#define UUID_2 "c7943fa2-9787-4883-8865-b4d4e65acb2d"
#define SECOND G_TIME_SPAN_SECOND

typedef struct
{
  char *base; /* a private directory */
  char *dir;  /* the samples' own, in it; not made yet */
  char *file;
} Place;

static void
set_up (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  place->base = g_dir_make_tmp ("vmm-samples-XXXXXX", NULL);
  place->dir = g_build_filename (place->base, "deep", NULL);
  place->file = g_build_filename (place->dir, "samples", NULL);
}

static void
tear_down (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *left_over = g_strconcat (place->file, ".new", NULL);

  g_unlink (place->file);
  g_unlink (left_over);
  if (g_unlink (place->dir) != 0)
    g_assert_cmpint (g_rmdir (place->dir), ==, 0);
  g_assert_cmpint (g_rmdir (place->base), ==, 0);
  g_free (place->base);
  g_free (place->dir);
  g_free (place->file);
}

static VmmSample
sample (const char *uuid, int id, gint64 cpu_time_ns, gint64 taken_us)
{
  VmmSample it = { .id = id, .cpu_time_ns = cpu_time_ns, .taken_us = taken_us };

  g_strlcpy (it.uuid, uuid, sizeof it.uuid);
  return it;
}

static gboolean
store (const Place *place, VmmSample it, GError **error)
{
  g_autoptr (VmmSamples) samples = vmm_samples_load (place->dir, BOOT);

  vmm_samples_put (samples, &it);
  return vmm_samples_save (samples, it.taken_us, error);
}

static double
load_of (const Place *place, const char *boot, VmmSample now)
{
  g_autoptr (VmmSamples) samples = vmm_samples_load (place->dir, boot);

  return vmm_samples_load_since (samples, &now);
}

static void
test_between (void)
{
  VmmSample then = sample (UUID_1, 1, 1000000000, 10 * SECOND);
  VmmSample now = sample (UUID_1, 1, 1500000000, 12 * SECOND);
  VmmSample restarted = sample (UUID_1, 2, 1500000000, 12 * SECOND);
  VmmSample other = sample (UUID_2, 1, 1500000000, 12 * SECOND);
  VmmSample less = sample (UUID_1, 1, 999999999, 12 * SECOND);

  g_assert_cmpfloat (vmm_samples_load_between (&then, &now), ==, 25);
  g_assert_cmpfloat (vmm_samples_load_between (&then, &then), ==, -1);
  g_assert_cmpfloat (vmm_samples_load_between (&now, &then), ==, -1);
  g_assert_cmpfloat (vmm_samples_load_between (&then, &restarted), ==, -1);
  g_assert_cmpfloat (vmm_samples_load_between (&then, &other), ==, -1);
  g_assert_cmpfloat (vmm_samples_load_between (&then, &less), ==, -1);
}

static void
test_stored (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (store (place, sample (UUID_1, 1, 1000000000, 10 * SECOND), &error));
  g_assert_true (store (place, sample (UUID_2, 2, 0, 20 * SECOND), &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 3000000000, 20 * SECOND)), ==, 20);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_2, 2, 10 * 1000000000L, 25 * SECOND)), ==,
                     200);
}

static void
test_not_recent (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_true (store (place, sample (UUID_1, 1, 0, 1000 * SECOND), NULL));
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 1001 * SECOND - 1)), ==, -1);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 1001 * SECOND)), ==, 0);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 1300 * SECOND)), ==, 0);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 1300 * SECOND + 1)), ==, -1);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 900 * SECOND)), ==, -1);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_2, 1, 0, 1010 * SECOND)), ==, -1);
  g_assert_cmpfloat (load_of (place, "another boot", sample (UUID_1, 1, 0, 1010 * SECOND)), ==,
                     -1);
}

static void
test_old_ones_go (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *text = NULL;

  g_assert_true (store (place, sample (UUID_1, 1, 0, 1000 * SECOND), NULL));
  g_assert_true (store (place, sample (UUID_2, 2, 0, 1301 * SECOND), NULL));
  g_assert_true (g_file_get_contents (place->file, &text, NULL, NULL));
  g_assert_null (strstr (text, UUID_1));
  g_assert_nonnull (strstr (text, UUID_2));
}

static void
test_is_private (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  GStatBuf st;

  g_assert_true (store (place, sample (UUID_1, 1, 0, SECOND), NULL));
  g_assert_cmpint (g_stat (place->dir, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0700);
  g_assert_cmpint (g_stat (place->file, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0600);
}

static void
assert_refused (const Place *place)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (store (place, sample (UUID_1, 1, 0, SECOND), &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_SYSTEM);
}

static void
test_open_directory (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_assert_true (store (place, sample (UUID_1, 1, 0, SECOND), NULL));
  g_assert_cmpint (g_chmod (place->dir, 0770), ==, 0);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 9 * SECOND)), ==, -1);
  assert_refused (place);
}

static void
test_symlinked_directory (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *elsewhere = g_build_filename (place->base, "elsewhere", NULL);

  g_assert_cmpint (g_mkdir (elsewhere, 0700), ==, 0);
  g_assert_cmpint (symlink (elsewhere, place->dir), ==, 0);
  assert_refused (place);
  g_assert_cmpint (g_rmdir (elsewhere), ==, 0); /* empty: nothing was written there */
}

/* A symbolic link in the file's place is not followed, neither to read nor to write. */
static void
test_symlinked_file (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *victim = g_build_filename (place->base, "victim", NULL);
  g_autofree char *text = NULL;

  g_assert_cmpint (g_mkdir (place->dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (
      victim, "one-vmm-samples 1 " BOOT "\n" UUID_2 " 1 0 1000000\n", -1, NULL));
  g_assert_cmpint (symlink (victim, place->file), ==, 0);
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_2, 1, 0, 9 * SECOND)), ==, -1);
  g_assert_true (store (place, sample (UUID_1, 1, 0, SECOND), NULL));
  g_assert_true (g_file_get_contents (victim, &text, NULL, NULL));
  g_assert_null (strstr (text, UUID_1));
  g_assert_cmpint (g_unlink (victim), ==, 0);
}

static void
test_damaged_file (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  static const char *const texts[]
      = { "", "\n", "one-vmm-samples 2 " BOOT "\n" UUID_1 " 1 0 1000000\n", "\xff\xfe",
          "one-vmm-samples 1 " BOOT "\n" UUID_1 "\n" UUID_1 " x 0 1000000\n" UUID_1
          " 1 -5 1000000\n" UUID_1 " 1 0 1000000 more\n" };

  g_assert_cmpint (g_mkdir (place->dir, 0700), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_true (g_file_set_contents (place->file, texts[i], -1, NULL));
      g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 9 * SECOND)), ==, -1);
    }
}

static void
test_left_over (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  g_autofree char *left_over = g_strconcat (place->file, ".new", NULL);

  g_assert_cmpint (g_mkdir (place->dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (left_over, "half a li", -1, NULL));
  g_assert_true (store (place, sample (UUID_1, 1, 0, SECOND), NULL));
  g_assert_cmpfloat (load_of (place, BOOT, sample (UUID_1, 1, 0, 9 * SECOND)), ==, 0);
}

/* Nobody waits for somebody who writes. */
static void
test_locked (Place *place, G_GNUC_UNUSED gconstpointer data)
{
  int fd;

  g_assert_cmpint (g_mkdir (place->dir, 0700), ==, 0);
  fd = open (place->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  assert_refused (place);
  close (fd);
  g_assert_true (store (place, sample (UUID_1, 1, 0, SECOND), NULL));
}

static void
test_nowhere (void)
{
  g_autoptr (VmmSamples) samples = vmm_samples_load (NULL, BOOT);
  VmmSample it = sample (UUID_1, 1, 0, SECOND);

  vmm_samples_put (samples, &it);
  g_assert_true (vmm_samples_save (samples, SECOND, NULL));
}

#define ADD(name, function) g_test_add (name, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/samples/between", test_between);
  g_test_add_func ("/samples/nowhere", test_nowhere);
  ADD ("/samples/stored", test_stored);
  ADD ("/samples/not-recent", test_not_recent);
  ADD ("/samples/old-ones-go", test_old_ones_go);
  ADD ("/samples/is-private", test_is_private);
  ADD ("/samples/open-directory", test_open_directory);
  ADD ("/samples/symlinked-directory", test_symlinked_directory);
  ADD ("/samples/symlinked-file", test_symlinked_file);
  ADD ("/samples/damaged-file", test_damaged_file);
  ADD ("/samples/left-over", test_left_over);
  ADD ("/samples/locked", test_locked);
  return g_test_run ();
}
