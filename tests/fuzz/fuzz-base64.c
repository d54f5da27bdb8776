/* SPDX-License-Identifier: Apache-2.0
 *
 * What decodes encodes to the same again.
 */
#include "common/base64.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  gsize len = 0;
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = vmm_base64_decode ((const char *) data, size, &len, &error);
  g_autofree char *again = NULL;

  FUZZ_CHECK ((plain == NULL) == (error != NULL));
  if (plain == NULL)
    return 0;
  again = vmm_base64_encode (plain, len, 0);
  /* The last character may hold bits that no byte needs. */
  FUZZ_CHECK (strlen (again) == size);
  return 0;
}
