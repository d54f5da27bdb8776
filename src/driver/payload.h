/* SPDX-License-Identifier: Apache-2.0
 *
 * The XML that a request carries (root VMM_DRIVER_ACTION_DATA): decoded, parsed
 * with network, entities and document types off, and asked for values.
 *
 * Nothing here knows what an action does with a value.
 */
#ifndef VMM_PAYLOAD_H
#define VMM_PAYLOAD_H

#include <glib.h>
#include <libxml/tree.h>

typedef struct _VmmPayload VmmPayload;

/* Finds the host without reading further than to it. base64 is what the message
 * carries. Returns NULL with an error for people: not base64, not XML so far,
 * no HOST. Free with g_free(). The first call prepares libxml2, so it must have
 * been made before several threads use payloads. */
char *vmm_payload_peek_host (const char *base64, gsize len, GError **error);

/* Decodes and parses all of it. */
VmmPayload *vmm_payload_new  (const char *base64, gsize len, GError **error);
void        vmm_payload_free (VmmPayload *self);

/* All of these may look into the XML for the first time: one thread at a time. */

/* The text of the first element that matches the XPath (relative to the root
 * element), or NULL when there is none. Free with g_free(). */
char *vmm_payload_text (VmmPayload *self, const char *xpath);

gboolean vmm_payload_has (VmmPayload *self, const char *xpath);

/* The first element that matches, or NULL. Owned by self. */
xmlNode *vmm_payload_node (VmmPayload *self, const char *xpath);

/* The whole XML as it came. Owned by self. */
GBytes *vmm_payload_xml (VmmPayload *self);

/* An element of the payload as XML text (UTF-8, no declaration). Free with g_free(). */
char *vmm_payload_serialise (xmlNode *node);

/* All of it, indented for people. Free with g_free(). */
char *vmm_payload_format (VmmPayload *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmPayload, vmm_payload_free)

#endif
