/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions in XPath to one XML document, answered as the scripts of OpenNebula's drivers
 * expect: an element's answer is its own text, not that of its children.
 *
 * Nothing outside of the document is ever read: no network, no external entities.
 * One thread at a time; libxml2's own messages to standard error are turned off for good.
 */
#ifndef VMM_XQUERY_H
#define VMM_XQUERY_H

#include <glib.h>

typedef struct _VmmXquery VmmXquery;

/* Parses the len bytes at xml, which are not needed afterwards. NULL with VMM_ERROR_INVALID
 * for what is not one well-formed document. */
VmmXquery *vmm_xquery_new (const char *xml, gsize len, GError **error);

void vmm_xquery_free (VmmXquery *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmXquery, vmm_xquery_free)

/* Appends the answer to path, which starts at the root element unless it is absolute: the
 * first match's first run of text, with subtree the whole match serialised as UTF-8. A path
 * that begins with "%m%" asks for the texts of all matching elements, joined by one blank.
 *
 * *found is FALSE when nothing matched; a list is always found, be it empty. FALSE with
 * VMM_ERROR_INVALID when path is no XPath; out and *found are untouched then. */
gboolean vmm_xquery_append (VmmXquery *self, const char *path, gboolean subtree, GString *out,
                            gboolean *found, GError **error);

#endif
