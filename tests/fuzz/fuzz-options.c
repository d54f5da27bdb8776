/* SPDX-License-Identifier: Apache-2.0
 *
 * ARGUMENTS of oned, one string: options within their bounds or an error.
 */
#include <fcntl.h>
#include <unistd.h>

#include "driver/options.h"
#include "fuzz.h"
#include "vmm-limits.h"

int LLVMFuzzerInitialize (int *argc, char ***argv);

/* Warnings about odd lists go to standard error, where the fuzzer speaks. */
int
LLVMFuzzerInitialize (int *argc G_GNUC_UNUSED, char ***argv G_GNUC_UNUSED)
{
  g_set_prgname ("fuzz-options");
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = fuzz_string (data, size);
  char *argv[] = { (char *) "one_vmm_exec", text, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmOptions) options = vmm_options_parse (2, argv, &error);

  FUZZ_CHECK ((options == NULL) == (error != NULL));
  if (options != NULL && options->mode == VMM_MODE_DRIVER)
    {
      FUZZ_CHECK (options->threads >= 1 && options->threads <= VMM_MAX_THREADS);
      FUZZ_CHECK (options->driver != NULL && strchr (options->driver, '/') == NULL);
    }
  return 0;
}
