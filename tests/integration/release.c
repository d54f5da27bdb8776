/* SPDX-License-Identifier: Apache-2.0 */
#include "release.h"

#include <string.h>

const Release *const releases[] = {
  &release_4_14, &release_4_14_suspend, &release_4_14_detach,
  &release_5_2, &release_5_12, &release_7_4, NULL
};

char *
release_read (const Release *release, const char *name)
{
  g_autofree char *path =
    g_test_build_filename (G_TEST_DIST, "captures", release->captures, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

char *
release_read_request (const Release *release, const char *verb, char **head)
{
  g_autofree char *name = g_strconcat (verb, ".line", NULL);
  g_autofree char *line = g_strchomp (release_read (release, name));
  const char *last = strrchr (line, ' ');
  gsize len;
  g_autofree guchar *xml = g_base64_decode (last + 1, &len);

  *head = g_strndup (line, last - line);
  return g_strndup ((char *) xml, len);
}
