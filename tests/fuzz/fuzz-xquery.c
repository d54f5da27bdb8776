/* SPDX-License-Identifier: Apache-2.0
 *
 * A first line that is an XPath, the rest a document: an answer or an error, never both.
 */
#include "fuzz.h"
#include "tools/xquery.h"

static void
ask (VmmXquery *document, const char *path, gboolean subtree)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;
  gboolean ok = vmm_xquery_append (document, path, subtree, out, &found, &error);

  FUZZ_CHECK (ok == (error == NULL));
  FUZZ_CHECK (ok || (out->len == 0 && !found));
  FUZZ_CHECK (found || out->len == 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *path = fuzz_string (data, size);
  char *end = strchr (path, '\n');
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmXquery) document = NULL;

  if (end == NULL)
    return 0;
  *end = '\0';
  document = vmm_xquery_new (end + 1, size - (gsize) (end + 1 - path), &error);
  FUZZ_CHECK ((document == NULL) == (error != NULL));
  if (document != NULL)
    {
      ask (document, path, FALSE);
      ask (document, path, TRUE);
    }
  return 0;
}
