/* SPDX-License-Identifier: Apache-2.0
 *
 * What oned accepts as a monitoring string; it drops the whole string for one mistake.
 */
#ifndef MONITOR_GRAMMAR_H
#define MONITOR_GRAMMAR_H

#include <glib.h>

/* NAME=VALUE items with blanks between them. A VALUE has at least one character and none of
 * "=#,[]\"" or blanks, or is in double quotes, or is [NAME=VALUE,...] with such values.
 * FALSE: *at is the offset of the mistake. */
gboolean monitor_grammar_accepts (const char *text, gsize *at);

#endif
