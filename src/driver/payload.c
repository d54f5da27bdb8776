/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/payload.h"

#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlsave.h>
#include <libxml/xpath.h>
#include <string.h>

#include "common/base64.h"
#include "common/error.h"

#define ROOT "VMM_DRIVER_ACTION_DATA"

/* No network, no entities, no DTD; errors are returned, never printed. */
#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

struct _VmmPayload
{
  GBytes *xml;
  xmlDoc *doc;
};

static void
set_xml_error (GError **error)
{
  const xmlError *last = xmlGetLastError ();

  if (last == NULL || last->message == NULL)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID, "the request is not XML");
  else
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                 "the request is not well-formed XML: line %d: %s", last->line, last->message);
}

/* ---- the host, for the queue ---- */

/* Where the first 3/4 of a long request are not needed, they are not decoded. */
#define PEEK_CHARS 4096

static char *
read_host (xmlTextReader *reader, GError **error)
{
  int rc;

  while ((rc = xmlTextReaderRead (reader)) == 1)
    {
      int depth = xmlTextReaderDepth (reader);

      if (xmlTextReaderNodeType (reader) == XML_READER_TYPE_DOCUMENT_TYPE)
        break;
      if (depth != 1 || xmlTextReaderNodeType (reader) != XML_READER_TYPE_ELEMENT
          || strcmp ((const char *) xmlTextReaderConstName (reader), "HOST") != 0)
        continue;
      if (xmlTextReaderIsEmptyElement (reader))
        break;
      {
        char *text = (char *) xmlTextReaderReadString (reader);

        if (text != NULL)
          return text;
        rc = -1;
        break;
      }
    }
  if (rc < 0)
    set_xml_error (error);
  else
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_MISSING,
                         "the request names no HOST");
  return NULL;
}

static char *
peek (const char *base64, gsize len, GError **error)
{
  gsize xml_len = 0;
  g_autofree char *xml = vmm_base64_decode (base64, len, &xml_len, error);
  xmlTextReader *reader;
  xmlChar *text;
  char *host = NULL;

  if (xml == NULL)
    return NULL;
  xmlResetLastError ();
  reader = xmlReaderForMemory (xml, (int) xml_len, NULL, NULL, PARSE_OPTIONS);
  if (reader == NULL)
    {
      set_xml_error (error);
      return NULL;
    }
  text = (xmlChar *) read_host (reader, error);
  if (text != NULL)
    host = g_strstrip (g_strdup ((char *) text));
  xmlFree (text);
  xmlFreeTextReader (reader);
  if (host != NULL && *host == '\0')
    {
      g_clear_pointer (&host, g_free);
      g_set_error_literal (error, VMM_ERROR, VMM_ERROR_MISSING, "the request names no HOST");
    }
  return host;
}

char *
vmm_payload_peek_host (const char *base64, gsize len, GError **error)
{
  /* HOST comes first in what oned writes. Whether the rest is right is seen later. */
  char *host = len > PEEK_CHARS ? peek (base64, PEEK_CHARS, NULL) : NULL;

  return host != NULL ? host : peek (base64, len, error);
}

/* ---- all of it ---- */

static gboolean
check_document (xmlDoc *doc, GError **error)
{
  xmlNode *root = xmlDocGetRootElement (doc);

  if (doc->intSubset != NULL)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID,
                         "the request has a document type, which is not allowed");
  else if (root == NULL || strcmp ((const char *) root->name, ROOT) != 0)
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "the request is not <" ROOT "> but <%s>",
                 root == NULL ? "" : (const char *) root->name);
  else
    return TRUE;
  return FALSE;
}

VmmPayload *
vmm_payload_new (const char *base64, gsize len, GError **error)
{
  gsize xml_len = 0;
  char *xml = vmm_base64_decode (base64, len, &xml_len, error);
  g_autoptr (VmmPayload) self = NULL;

  if (xml == NULL)
    return NULL;
  self = g_new0 (VmmPayload, 1);
  self->xml = g_bytes_new_take (xml, xml_len);
  xmlResetLastError ();
  self->doc = xmlReadMemory (xml, (int) xml_len, NULL, NULL, PARSE_OPTIONS);
  if (self->doc == NULL)
    {
      set_xml_error (error);
      return NULL;
    }
  return check_document (self->doc, error) ? g_steal_pointer (&self) : NULL;
}

void
vmm_payload_free (VmmPayload *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->xml, g_bytes_unref);
  if (self->doc != NULL)
    xmlFreeDoc (self->doc);
  g_free (self);
}

static xmlNode *
child_named (const xmlNode *parent, const char *name)
{
  for (xmlNode *child = parent->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && strcmp ((const char *) child->name, name) == 0)
      return child;
  return NULL;
}

xmlNode *
vmm_payload_node (const VmmPayload *self, const char *xpath)
{
  xmlNode *root = xmlDocGetRootElement (self->doc);
  xmlXPathContext *context;
  xmlXPathObject *found;
  xmlNode *node = NULL;

  /* Most questions are for a child of the root; no need to compile those. */
  if (strpbrk (xpath, "/[") == NULL)
    return child_named (root, xpath);

  context = xmlXPathNewContext (self->doc);
  xmlXPathSetContextNode (root, context);
  found = xmlXPathEvalExpression ((const xmlChar *) xpath, context);
  if (found != NULL && found->nodesetval != NULL && found->nodesetval->nodeNr > 0)
    node = found->nodesetval->nodeTab[0];
  xmlXPathFreeObject (found);
  xmlXPathFreeContext (context);
  return node;
}

char *
vmm_payload_text (const VmmPayload *self, const char *xpath)
{
  xmlNode *node = vmm_payload_node (self, xpath);
  xmlChar *content;
  char *text;

  if (node == NULL)
    return NULL;
  content = xmlNodeGetContent (node);
  text = g_strdup (content == NULL ? "" : (const char *) content);
  xmlFree (content);
  return text;
}

GBytes *
vmm_payload_xml (const VmmPayload *self)
{
  return self->xml;
}

char *
vmm_payload_serialise (xmlNode *node)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  xmlSaveCtxt *save = xmlSaveToBuffer (buffer, "UTF-8", XML_SAVE_NO_DECL);
  char *text;

  xmlSaveTree (save, node);
  xmlSaveClose (save);
  text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}
