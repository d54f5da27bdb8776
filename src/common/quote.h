/* SPDX-License-Identifier: Apache-2.0
 *
 * The only place where anything is quoted for a shell.
 */
#ifndef VMM_QUOTE_H
#define VMM_QUOTE_H

#include <glib.h>

/* Appends word to out so that any POSIX shell (csh family included, but for
 * '!' and newline there) reads it back as one word with the same bytes. */
void vmm_quote_append (GString *out, const char *word);

/* All words of argv, quoted and separated by one blank. Free with g_free(). */
char *vmm_quote_argv (const char *const *argv);

#endif
