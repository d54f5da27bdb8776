/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/workfile.h"

#include <glib/gstdio.h>

#include "common/fd.h"
#include "vmm-limits.h"

char *
vmm_workfile_new (const char *source, GError **error)
{
  gsize len = 0;
  g_autofree char *text = vmm_fd_read_file (source, VMM_MAX_FILE_BYTES, &len, error);
  g_autofree char *dir = text == NULL ? NULL : g_dir_make_tmp ("one-vmm-try.XXXXXX", error);
  g_autofree char *path = dir == NULL ? NULL : g_build_filename (dir, "deployment.0", NULL);

  if (path == NULL)
    return NULL;
  if (g_file_set_contents (path, text, (gssize) len, error))
    return g_steal_pointer (&path);
  vmm_workfile_remove (g_steal_pointer (&path));
  return NULL;
}

void
vmm_workfile_remove (char *path)
{
  g_autofree char *dir_name = path == NULL ? NULL : g_path_get_dirname (path);
  g_autoptr (GDir) dir = path == NULL ? NULL : g_dir_open (dir_name, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (dir_name, name, NULL);

      g_unlink (file);
    }
  if (dir_name != NULL)
    g_rmdir (dir_name);
  g_free (path);
}
