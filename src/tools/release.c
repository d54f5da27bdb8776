/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/release.h"

#include <stdio.h>
#include <string.h>

/* A release is a short word; whatever is longer is some other file. */
#define RELEASE_MAX 64

static char *
read_version (const char *root)
{
  g_autofree char *path = g_build_filename (root, "VERSION", NULL);
  char line[RELEASE_MAX] = "";
  FILE *file = fopen (path, "re");

  if (file == NULL)
    return NULL;
  if (fgets (line, sizeof line, file) == NULL)
    line[0] = '\0';
  fclose (file);
  g_strstrip (line);
  return line[0] != '\0' ? g_strdup (line) : NULL;
}

static char *
root_of (const char *program)
{
  g_autofree char *dir = g_path_get_dirname (program);

  return g_build_filename (dir, "..", "..", NULL);
}

char *
vmm_release_find (const char *program)
{
  const char *release = g_getenv ("ONE_VMM_RELEASE");
  const char *location = g_getenv ("ONE_LOCATION");
  g_autofree char *own = root_of (program);
  g_autofree char *self_contained
      = location != NULL ? g_build_filename (location, "var", "remotes", NULL) : NULL;
  const char *const roots[] = { g_getenv ("ONE_VMM_REMOTES"), own, self_contained,
                                "/var/lib/one/remotes", "/var/tmp/one" };

  if (release != NULL && *release != '\0')
    return g_strdup (release);
  for (gsize i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      char *found = roots[i] != NULL ? read_version (roots[i]) : NULL;

      if (found != NULL)
        return found;
    }
  return NULL;
}

gboolean
vmm_release_is_after (const char *text, guint major, guint minor, guint patch)
{
  guint is[3] = { 0, 0, 0 };
  const guint than[3] = { major, minor, patch };

  if (text == NULL || !g_ascii_isdigit (*text)
      || sscanf (text, "%4u.%4u.%4u", &is[0], &is[1], &is[2]) < 2)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (is); i++)
    if (is[i] != than[i])
      return is[i] > than[i];
  return FALSE;
}
