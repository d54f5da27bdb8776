/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that a helper program gets from outside, with a limit on its length.
 */
#ifndef VMM_INPUT_H
#define VMM_INPUT_H

#include <glib.h>

/* Reads fd up to its end. Returns NUL-terminated bytes, *len of them, or NULL with
 * VMM_ERROR_TOO_BIG beyond max bytes, VMM_ERROR_SYSTEM when reading fails. g_free(). */
char *vmm_input_read (int fd, gsize max, gsize *len, GError **error);

/* Base64 as people paste it: whatever is not in the alphabet is passed over, padding may be
 * missing and ends the data where it is due; a lone last character counts for nothing.
 * Never fails. Returns NUL-terminated bytes, *len of them. g_free(). */
char *vmm_input_decode_base64 (const char *text, gsize *len);

#endif
