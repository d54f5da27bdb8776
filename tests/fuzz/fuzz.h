/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets share. Each target is one function that libFuzzer calls
 * with bytes of its making; a crash, a leak or a failed check is a find.
 */
#ifndef VMM_FUZZ_H
#define VMM_FUZZ_H

#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Not g_assert: libFuzzer knows an abort, and nothing may be printed for it. */
#define FUZZ_CHECK(condition) \
  do { if (!(condition)) abort (); } while (0)

static inline char *
fuzz_string (const uint8_t *data, size_t size)
{
  return g_strndup ((const char *) data, size);
}

#endif
