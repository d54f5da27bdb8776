/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/vmdisk.h"

#include <glib/gstdio.h>
#include <unistd.h>

static void
test_id (void)
{
  static const struct
  {
    const char *path;
    int id;
  } cases[] = {
    { "/var/lib/one//datastores/0/7/disk.0", 0 },
    { "/x/disk.12", 12 },
    { "/x/disk.3.snap/0", 3 },
    { "/x/disk.3.snap/17", 3 },
    { "/x/disk.3.snap/x", -1 },
    { "/x/disk.3.snap", -1 },
    { "/x/disk.", -1 },
    { "/x/disk.x", -1 },
    { "/x/disk.-1", -1 },
    { "/x/disk.1234567890", -1 },
    { "/x/disk.1a", -1 },
    { "/x/mydisk.1", -1 },
    { "/x/disk.snap/1", -1 },
    { "/x/disk..snap/1", -1 },
    { "/dev/vg/lv", -1 },
    { "one/one-3-7-0", -1 },
    { "disk.0", -1 },
    { "", -1 },
    { "/", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    if (vmm_vmdisk_id (cases[i].path) != cases[i].id)
      g_error ("%s: %d", cases[i].path, vmm_vmdisk_id (cases[i].path));
}

static char *
make_file (const char *dir, const char *name, gsize size)
{
  char *path = g_build_filename (dir, name, NULL);
  g_autofree char *filler = g_strnfill (size, 'x');

  g_assert_true (g_file_set_contents (path, filler, (gssize) size, NULL));
  return path;
}

static void
remove_file (char *path)
{
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_free (path);
}

/* As the qcow2 drivers lay it out: disk.0 is a link to the image in disk.0.snap that is in use,
 * and a link in there points at the directory itself. */
static void
test_snapshots (void)
{
  g_autofree char *dir = g_dir_make_tmp ("vmm-vmdisk-XXXXXX", NULL);
  g_autofree char *disk = g_build_filename (dir, "disk.0", NULL);
  g_autofree char *snaps = g_build_filename (dir, "disk.0.snap", NULL);
  g_autofree char *active = g_build_filename (snaps, "10", NULL);
  g_autofree char *loop = g_build_filename (snaps, "disk.0.snap", NULL);
  char *files[3];
  g_autoptr (GArray) by_link = NULL;
  g_autoptr (GArray) by_file = NULL;
  gint64 bytes;

  g_assert_cmpint (g_mkdir (snaps, 0700), ==, 0);
  files[0] = make_file (snaps, "10", 100000);
  files[1] = make_file (snaps, "2", 10);
  files[2] = make_file (snaps, "2.md5", 10);
  g_assert_cmpint (symlink ("disk.0.snap/10", disk), ==, 0);
  g_assert_cmpint (symlink (".", loop), ==, 0);

  by_link = vmm_vmdisk_snapshots (disk);
  by_file = vmm_vmdisk_snapshots (active);
  bytes = vmm_vmdisk_bytes (disk);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    remove_file (files[i]);
  g_unlink (loop);
  g_unlink (disk);
  g_rmdir (snaps);
  g_assert_cmpint (g_rmdir (dir), ==, 0);

  g_assert_cmpuint (by_link->len, ==, 2);
  g_assert_cmpint (g_array_index (by_link, VmmVmdiskSnapshot, 0).id, ==, 2);
  g_assert_cmpint (g_array_index (by_link, VmmVmdiskSnapshot, 1).id, ==, 10);
  g_assert_cmpint (g_array_index (by_link, VmmVmdiskSnapshot, 1).bytes, ==, bytes);
  g_assert_cmpint (bytes, >=, 100000);
  g_assert_cmpuint (by_file->len, ==, 2);
}

static void
test_nothing_there (void)
{
  g_autoptr (GArray) none = vmm_vmdisk_snapshots ("/nonexistent/disk.0");
  g_autoptr (GArray) foreign = vmm_vmdisk_snapshots ("/etc/passwd");

  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpuint (foreign->len, ==, 0);
  g_assert_cmpint (vmm_vmdisk_bytes ("/nonexistent/disk.0"), ==, -1);
  g_assert_cmpint (vmm_vmdisk_bytes ("/"), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vmdisk/id", test_id);
  g_test_add_func ("/vmdisk/snapshots", test_snapshots);
  g_test_add_func ("/vmdisk/nothing-there", test_nothing_there);
  return g_test_run ();
}
