/* SPDX-License-Identifier: Apache-2.0
 *
 * The quoting, read back by GLib's own reader of shell words; what a real shell
 * makes of it is the unit test's to show.
 */
#include "common/quote.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *word = fuzz_string (data, size);
  const char *const argv[] = { "x", word, "y", NULL };
  g_autofree char *line = vmm_quote_argv (argv);
  g_auto (GStrv) words = NULL;

  FUZZ_CHECK (g_shell_parse_argv (line, NULL, &words, NULL));
  FUZZ_CHECK (g_strv_equal ((const char *const *) words, argv));
  return 0;
}
