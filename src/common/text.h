/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that is fit for a line of oned's protocol and for the XML that oned
 * keeps it in: one line, valid UTF-8, no control characters, no "]]>".
 */
#ifndef VMM_TEXT_H
#define VMM_TEXT_H

#include <glib.h>

/* Makes any bytes safe: runs of newlines, tabs and other control characters
 * become one blank, bytes that are not UTF-8 become U+FFFD, "]]>" becomes
 * "]] >", blanks at both ends go. At most max_bytes of the result are kept,
 * with "..." at the cut; max_bytes == 0 means no limit. Free with g_free(). */
char *vmm_text_one_line (const char *text, gssize len, gsize max_bytes);

/* The same for the reason of a FAILURE, which oned drops when it is empty or
 * begins with '-': never empty, never beginning so. */
char *vmm_text_reason (const char *text, gsize max_bytes);

#endif
