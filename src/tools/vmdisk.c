/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/vmdisk.h"

#include <string.h>
#include <sys/stat.h>

#define SNAPSHOTS_MAX 1000
#define PREFIX "disk."
#define SUFFIX ".snap"

/* The number that text up to end is, -1 when it is none. */
static int
number (const char *text, const char *end)
{
  gint64 n = 0;

  if (text == end || end - text > 9)
    return -1;
  for (const char *p = text; p < end; p++)
    {
      if (!g_ascii_isdigit (*p))
        return -1;
      n = n * 10 + g_ascii_digit_value (*p);
    }
  return (int) n;
}

static int
id_in_name (const char *name, const char *suffix)
{
  if (!g_str_has_prefix (name, PREFIX) || !g_str_has_suffix (name, suffix)
      || strlen (name) < strlen (PREFIX) + strlen (suffix))
    return -1;
  return number (name + strlen (PREFIX), name + strlen (name) - strlen (suffix));
}

/* A live snapshot leaves the domain with the image disk.N.snap/M. */
static gboolean
lies_in_snapshots (const char *path, char **dir)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (parent);
  g_autofree char *own = g_path_get_basename (path);

  if (id_in_name (name, SUFFIX) < 0 || number (own, own + strlen (own)) < 0)
    return FALSE;
  *dir = g_steal_pointer (&parent);
  return TRUE;
}

int
vmm_vmdisk_id (const char *path)
{
  g_autofree char *dir = NULL;
  g_autofree char *name = NULL;

  if (*path != '/')
    return -1;
  if (lies_in_snapshots (path, &dir))
    {
      name = g_path_get_basename (dir);
      return id_in_name (name, SUFFIX);
    }
  name = g_path_get_basename (path);
  return id_in_name (name, "");
}

gint64
vmm_vmdisk_bytes (const char *path)
{
  struct stat st;

  if (stat (path, &st) != 0 || !S_ISREG (st.st_mode))
    return -1;
  return (gint64) st.st_blocks * 512;
}

static gint
by_id (gconstpointer a, gconstpointer b)
{
  return ((const VmmVmdiskSnapshot *) a)->id - ((const VmmVmdiskSnapshot *) b)->id;
}

GArray *
vmm_vmdisk_snapshots (const char *path)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (VmmVmdiskSnapshot));
  g_autofree char *dir = NULL;
  g_autoptr (GDir) entries = NULL;
  const char *name;

  if (!lies_in_snapshots (path, &dir))
    dir = g_strconcat (path, SUFFIX, NULL);
  entries = vmm_vmdisk_id (path) >= 0 ? g_dir_open (dir, 0, NULL) : NULL;
  while (entries != NULL && all->len < SNAPSHOTS_MAX && (name = g_dir_read_name (entries)) != NULL)
    {
      VmmVmdiskSnapshot snapshot = { .id = number (name, name + strlen (name)) };

      if (snapshot.id >= 0)
        {
          g_autofree char *file = g_build_filename (dir, name, NULL);

          snapshot.bytes = vmm_vmdisk_bytes (file);
          g_array_append_val (all, snapshot);
        }
    }
  g_array_sort (all, by_id);
  return all;
}
