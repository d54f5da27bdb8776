/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/xquery.h"

#include <libxml/parser.h>
#include <libxml/xmlsave.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>

#include "common/error.h"

#define LIST_PREFIX "%m%"

struct _VmmXquery
{
  xmlDoc *doc;
  xmlXPathContext *context;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlBuffer, xmlBufferFree)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlParserCtxt, xmlFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlXPathObject, xmlXPathFreeObject)

/* libxml2 prints what it cannot hand to a handler; we report it ourselves. */
#if LIBXML_VERSION >= 21200
static void
ignore_error (G_GNUC_UNUSED void *data, G_GNUC_UNUSED const xmlError *xml_error)
#else
static void
ignore_error (G_GNUC_UNUSED void *data, G_GNUC_UNUSED xmlError *xml_error)
#endif
{
}

static void
ignore_message (G_GNUC_UNUSED void *data, G_GNUC_UNUSED const char *format, ...)
{
}

/* XPath names need the prefixes that the document's root element declares. */
static void
register_prefixes (VmmXquery *self)
{
  xmlNs **list = xmlGetNsList (self->doc, self->context->node);

  for (gsize i = 0; list != NULL && list[i] != NULL; i++)
    if (list[i]->prefix != NULL)
      xmlXPathRegisterNs (self->context, list[i]->prefix, list[i]->href);
  xmlFree (list);
}

VmmXquery *
vmm_xquery_new (const char *xml, gsize len, GError **error)
{
  g_autoptr (VmmXquery) self = g_new0 (VmmXquery, 1);
  g_autoptr (xmlParserCtxt) parser = xmlNewParserCtxt ();

  if (len > G_MAXINT)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG, "more XML than can be parsed");
      return NULL;
    }
  xmlSetGenericErrorFunc (NULL, ignore_message);
  /* A blank line that a shell put before the XML declaration is no offence. */
  while (len > 0 && g_ascii_isspace (*xml))
    {
      xml++;
      len--;
    }
  self->doc = xmlCtxtReadMemory (parser, xml, len, NULL, NULL,
                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (self->doc == NULL || xmlDocGetRootElement (self->doc) == NULL)
    {
      const xmlError *why = xmlCtxtGetLastError (parser);
      g_autofree char *text = g_strdup (why != NULL && why->message != NULL ? why->message : "");

      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "not an XML document: %s",
                   g_strchomp (text));
      return NULL;
    }

  /* Without it, attributes would be written with references for what is not ASCII. */
  if (self->doc->encoding == NULL)
    self->doc->encoding = xmlStrdup ((const xmlChar *) "UTF-8");
  self->context = xmlXPathNewContext (self->doc);
  self->context->node = xmlDocGetRootElement (self->doc);
  self->context->error = ignore_error;
  register_prefixes (self);
  return g_steal_pointer (&self);
}

void
vmm_xquery_free (VmmXquery *self)
{
  if (self == NULL)
    return;
  xmlXPathFreeContext (self->context);
  xmlFreeDoc (self->doc);
  g_free (self);
}

static void
append_own_text (const xmlNode *element, GString *out)
{
  for (const xmlNode *child = element->children; child != NULL; child = child->next)
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
      {
        g_string_append (out, (const char *) child->content);
        return;
      }
}

static void
append_subtree (xmlNode *element, GString *out)
{
  g_autoptr (xmlBuffer) buffer = xmlBufferCreate ();
  xmlSaveCtxt *save = xmlSaveToBuffer (buffer, "UTF-8", XML_SAVE_NO_DECL);

  xmlSaveTree (save, element);
  xmlSaveClose (save);
  g_string_append (out, (const char *) xmlBufferContent (buffer));
}

/* Attributes, text nodes, numbers and so on have no text of their own but a value. */
static void
append_value (xmlChar *value, GString *out)
{
  g_string_append (out, (const char *) value);
  xmlFree (value);
}

static void
append_first (xmlXPathObject *result, gboolean subtree, GString *out, gboolean *found)
{
  gboolean is_set = result->type == XPATH_NODESET;
  xmlNode *node = is_set ? xmlXPathNodeSetItem (result->nodesetval, 0) : NULL;

  *found = !is_set || node != NULL;
  if (node != NULL && node->type == XML_ELEMENT_NODE)
    {
      if (subtree)
        append_subtree (node, out);
      else
        append_own_text (node, out);
    }
  else if (node != NULL)
    append_value (xmlXPathCastNodeToString (node), out);
  else if (!is_set)
    append_value (xmlXPathCastToString (result), out);
}

static void
append_list (xmlXPathObject *result, GString *out)
{
  gboolean is_first = TRUE;

  if (result->type != XPATH_NODESET)
    return;
  for (int i = 0; i < xmlXPathNodeSetGetLength (result->nodesetval); i++)
    {
      xmlNode *node = xmlXPathNodeSetItem (result->nodesetval, i);

      if (node->type != XML_ELEMENT_NODE)
        continue;
      if (!is_first)
        g_string_append_c (out, ' ');
      append_own_text (node, out);
      is_first = FALSE;
    }
}

gboolean
vmm_xquery_append (VmmXquery *self, const char *path, gboolean subtree, GString *out,
                   gboolean *found, GError **error)
{
  gboolean is_list = g_str_has_prefix (path, LIST_PREFIX);
  const char *xpath = is_list ? path + strlen (LIST_PREFIX) : path;
  g_autoptr (xmlXPathObject) result = NULL;

  result = xmlXPathEval ((const xmlChar *) xpath, self->context);
  if (result == NULL)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "not an XPath: '%s'", xpath);
      return FALSE;
    }

  if (is_list)
    append_list (result, out);
  else
    append_first (result, subtree, out, found);
  if (is_list)
    *found = TRUE;
  return TRUE;
}
