/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/payload.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlsave.h>
#include <libxml/xpath.h>
#include <string.h>

#include "common/base64.h"
#include "common/error.h"

#define ROOT "VMM_DRIVER_ACTION_DATA"

/* No network, no entities, no DTD; errors are returned, never printed. */
#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING \
                       | XML_PARSE_COMPACT)

/* The children of the root, and of HISTORY, are all that many actions ask for, so
 * their texts are taken down in one pass without a tree. The tree costs twice as
 * much and is made only when somebody looks further inside. */
struct _VmmPayload
{
  GBytes     *xml;
  GHashTable *texts; /* path below the root ("HOST") -> text of the first such element */
  xmlDoc     *doc;   /* or NULL so far */
};

#define HISTORY "VM/HISTORY_RECORDS/HISTORY/"
#define HISTORY_DEPTH 4 /* of the element HISTORY; the root has 1 */

/* Whether the texts tell all about path, so that no tree is needed. */
static gboolean
is_in_texts (const char *path)
{
  const char *name = g_str_has_prefix (path, HISTORY) ? path + strlen (HISTORY) : path;

  return strpbrk (name, "/[") == NULL;
}

/* ---- the pass ---- */

typedef struct
{
  xmlParserCtxt *parser;
  GHashTable    *texts;
  const char    *only;     /* stop when this text is there; or NULL */
  guint          depth;    /* of the element that is being read; the root has 1 */
  gboolean       in_history;
  GString       *path;     /* of it, from below the root, as far as texts go */
  GString       *text;     /* of it so far, if it is one of the texts */
  gboolean       right_root;
  gboolean       has_doctype;
} Pass;

/* Whether the element that is being read is one of the texts: is_in_texts(), told
 * from where it is rather than from its name, because most elements are none. */
static gboolean
is_text (const Pass *pass)
{
  return pass->depth == 2 || (pass->depth == HISTORY_DEPTH + 1 && pass->in_history);
}

/* Deeper down no path is needed. */
static gboolean
has_path (const Pass *pass)
{
  return (pass->depth >= 2 && pass->depth <= HISTORY_DEPTH) || is_text (pass);
}

static void
on_doctype (void *user_data, const xmlChar *name G_GNUC_UNUSED,
            const xmlChar *external G_GNUC_UNUSED, const xmlChar *system G_GNUC_UNUSED)
{
  Pass *pass = user_data;

  pass->has_doctype = TRUE;
  xmlStopParser (pass->parser);
}

static void
on_start (void *user_data, const xmlChar *name, const xmlChar *prefix G_GNUC_UNUSED,
          const xmlChar *uri G_GNUC_UNUSED, int n_namespaces G_GNUC_UNUSED,
          const xmlChar **namespaces G_GNUC_UNUSED, int n_attributes G_GNUC_UNUSED,
          int n_defaulted G_GNUC_UNUSED, const xmlChar **attributes G_GNUC_UNUSED)
{
  Pass *pass = user_data;

  pass->depth++;
  if (pass->depth == 1)
    pass->right_root = strcmp ((const char *) name, ROOT) == 0;
  else if (has_path (pass))
    {
      if (pass->depth > 2)
        g_string_append_c (pass->path, '/');
      g_string_append (pass->path, (const char *) name);
      g_string_truncate (pass->text, 0);
    }
  if (pass->depth == HISTORY_DEPTH)
    pass->in_history = strncmp (pass->path->str, HISTORY, strlen (HISTORY) - 1) == 0
                       && pass->path->len == strlen (HISTORY) - 1;
}

static void
on_end (void *user_data, const xmlChar *name G_GNUC_UNUSED,
        const xmlChar *prefix G_GNUC_UNUSED,
        const xmlChar *uri G_GNUC_UNUSED)
{
  Pass *pass = user_data;
  const char *path = pass->path->str;

  if (is_text (pass) && !g_hash_table_contains (pass->texts, path))
    g_hash_table_insert (pass->texts, g_strdup (path), g_strdup (pass->text->str));
  if (has_path (pass))
    {
      const char *slash = strrchr (path, '/');

      g_string_truncate (pass->path, slash == NULL ? 0 : slash - path);
    }
  if (pass->depth == HISTORY_DEPTH)
    pass->in_history = FALSE;
  pass->depth--;
  if (pass->only != NULL && g_hash_table_contains (pass->texts, pass->only))
    xmlStopParser (pass->parser);
}

static void
on_text (void *user_data, const xmlChar *text, int len)
{
  Pass *pass = user_data;

  if (is_text (user_data))
    g_string_append_len (pass->text, (const char *) text, len);
}

static void
set_xml_error (const xmlError *last, GError **error)
{
  if (last == NULL || last->message == NULL)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID, "the request is not XML");
  else
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                 "the request is not well-formed XML: line %d, column %d: %s", last->line,
                 last->int2, last->message);
}

/* Fills texts from xml, all of it or up to the child called only. */
static gboolean
read_texts (const char *xml, gsize len, const char *only, GHashTable *texts, GError **error)
{
  xmlParserCtxt *parser = xmlCreateMemoryParserCtxt (xml, (int) len);
  Pass pass = { .parser = parser, .texts = texts, .only = only };
  gboolean ok = FALSE;

  if (parser == NULL)
    {
      set_xml_error (NULL, error);
      return FALSE;
    }
  xmlCtxtUseOptions (parser, PARSE_OPTIONS);
  memset (parser->sax, 0, sizeof *parser->sax);
  parser->sax->initialized = XML_SAX2_MAGIC;
  parser->sax->internalSubset = on_doctype;
  parser->sax->startElementNs = on_start;
  parser->sax->endElementNs = on_end;
  parser->sax->characters = on_text;
  parser->sax->cdataBlock = on_text;
  parser->userData = &pass;
  pass.path = g_string_new (NULL);
  pass.text = g_string_new (NULL);

  xmlParseDocument (parser);
  if (pass.has_doctype)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID,
                         "the request has a document type, which is not allowed");
  else if (only != NULL && pass.right_root && g_hash_table_contains (texts, only))
    ok = TRUE;
  else if (!parser->wellFormed)
    set_xml_error (xmlCtxtGetLastError (parser), error);
  else if (!pass.right_root)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID, "the request is not <" ROOT ">");
  else
    ok = TRUE;
  g_string_free (pass.path, TRUE);
  g_string_free (pass.text, TRUE);
  xmlFreeParserCtxt (parser);
  return ok;
}

static GHashTable *
new_texts (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/* ---- the host, for the queue ---- */

/* HOST comes first in what oned writes, so the start of a long request will do. */
#define PEEK_CHARS 1024

static char *
peek (const char *base64, gsize len, GError **error)
{
  gsize xml_len = 0;
  g_autofree char *xml = vmm_base64_decode (base64, len, &xml_len, error);
  g_autoptr (GHashTable) texts = new_texts ();
  const char *text;
  g_autofree char *host = NULL;

  if (xml == NULL || !read_texts (xml, xml_len, "HOST", texts, error))
    return NULL;
  text = g_hash_table_lookup (texts, "HOST");
  host = g_strstrip (g_strdup (text == NULL ? "" : text));
  if (*host != '\0')
    return g_steal_pointer (&host);
  g_set_error_literal (error, VMM_ERROR, VMM_ERROR_MISSING, "the request names no HOST");
  return NULL;
}

char *
vmm_payload_peek_host (const char *base64, gsize len, GError **error)
{
  char *host;

  /* Not before there is a request: it takes a tenth of all memory that an idle driver has. */
  xmlInitParser ();
  host = len > PEEK_CHARS ? peek (base64, PEEK_CHARS, NULL) : NULL;
  return host != NULL ? host : peek (base64, len, error);
}

/* ---- all of it ---- */

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
  /* The parser would take one after the root element for the end of the text, but
   * scripts get the text as it came. */
  if (memchr (xml, '\0', xml_len) != NULL)
    {
      g_set_error_literal (error, VMM_ERROR, VMM_ERROR_INVALID,
                           "the request is not well-formed XML: it holds a NUL");
      return NULL;
    }
  self->texts = new_texts ();
  return read_texts (xml, xml_len, NULL, self->texts, error) ? g_steal_pointer (&self) : NULL;
}

void
vmm_payload_free (VmmPayload *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->xml, g_bytes_unref);
  g_clear_pointer (&self->texts, g_hash_table_unref);
  if (self->doc != NULL)
    xmlFreeDoc (self->doc);
  g_free (self);
}

xmlNode *
vmm_payload_node (VmmPayload *self, const char *xpath)
{
  xmlXPathContext *context;
  xmlXPathObject *found;
  xmlNode *root;
  xmlNode *node = NULL;

  if (is_in_texts (xpath) && !g_hash_table_contains (self->texts, xpath))
    return NULL;
  if (self->doc == NULL)
    self->doc = xmlReadMemory (g_bytes_get_data (self->xml, NULL),
                               (int) g_bytes_get_size (self->xml), NULL, NULL, PARSE_OPTIONS);
  root = self->doc == NULL ? NULL : xmlDocGetRootElement (self->doc);
  if (root == NULL)
    return NULL;

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
vmm_payload_text (VmmPayload *self, const char *xpath)
{
  xmlNode *node;
  xmlChar *content;
  char *text;

  if (is_in_texts (xpath))
    return g_strdup (g_hash_table_lookup (self->texts, xpath));
  node = vmm_payload_node (self, xpath);
  if (node == NULL)
    return NULL;
  content = xmlNodeGetContent (node);
  text = g_strdup (content == NULL ? "" : (const char *) content);
  xmlFree (content);
  return text;
}

gboolean
vmm_payload_has (VmmPayload *self, const char *xpath)
{
  return is_in_texts (xpath) ? g_hash_table_contains (self->texts, xpath)
                               : vmm_payload_node (self, xpath) != NULL;
}

GBytes *
vmm_payload_xml (VmmPayload *self)
{
  return self->xml;
}

static char *
serialise (xmlNode *node, int options)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  xmlSaveCtxt *save = xmlSaveToBuffer (buffer, "UTF-8", XML_SAVE_NO_DECL | options);
  char *text;

  xmlSaveTree (save, node);
  xmlSaveClose (save);
  text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}

char *
vmm_payload_serialise (xmlNode *node)
{
  return serialise (node, 0);
}

char *
vmm_payload_format (VmmPayload *self)
{
  return serialise (vmm_payload_node (self, "/*"), XML_SAVE_FORMAT);
}
