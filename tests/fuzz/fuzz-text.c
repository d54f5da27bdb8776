/* SPDX-License-Identifier: Apache-2.0
 *
 * What reaches oned is one line of valid UTF-8 without what breaks its XML.
 */
#include "common/text.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *line = vmm_text_one_line ((const char *) data, (gssize) size, 0);
  g_autofree char *text = fuzz_string (data, size);
  g_autofree char *reason = vmm_text_reason (text, 100);

  FUZZ_CHECK (g_utf8_validate (line, -1, NULL));
  for (const char *p = line; *p != '\0'; p++)
    FUZZ_CHECK ((guchar) *p >= 0x20);
  FUZZ_CHECK (strstr (line, "]]>") == NULL);
  FUZZ_CHECK (*reason != '\0' && *reason != '-' && g_utf8_validate (reason, -1, NULL));
  return 0;
}
