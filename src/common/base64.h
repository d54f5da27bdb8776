/* SPDX-License-Identifier: Apache-2.0
 *
 * Base64 as oned writes it (RFC 4648, padded, unwrapped) and as scripts expect
 * it (wrapped at 60 columns up to 5.4, unwrapped later). GLib does the work;
 * this adds the strictness that GLib lacks and the wrapping.
 */
#ifndef VMM_BASE64_H
#define VMM_BASE64_H

#include <glib.h>

/* Decodes the len bytes at text, which must be nothing but padded base64.
 * Returns NUL-terminated bytes (the NUL is not counted in *out_len) or NULL
 * with VMM_ERROR_INVALID. Free with g_free(). */
char *vmm_base64_decode (const char *text, gsize len, gsize *out_len, GError **error);

/* Encodes with a newline after every `columns` characters and at the end;
 * columns == 0: one line and no newline at all. Free with g_free(). */
char *vmm_base64_encode (const void *data, gsize len, guint columns);

#endif
