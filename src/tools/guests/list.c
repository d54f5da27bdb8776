/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/list.h"

#include "tools/guests/link.h"

#include <libxml/parser.h>
#include <string.h>

#define DOMAIN_0 "00000000-0000-0000-0000-000000000000"

gint64
guests_list_parse_order (const char *element)
{
  gint64 order = G_MAXINT64;
  xmlDocPtr doc;
  xmlChar *text;

  if (element == NULL)
    return order;
  doc = xmlReadMemory (element, strlen (element), NULL, NULL,
                       XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
  if (doc == NULL)
    return order;
  text = xmlNodeGetContent (xmlDocGetRootElement (doc));
  if (text != NULL
      && !g_ascii_string_to_signed (g_strstrip ((char *) text), 10, -G_MAXINT32, G_MAXINT32, &order,
                                    NULL))
    order = G_MAXINT64;
  xmlFree (text);
  xmlFreeDoc (doc);
  return order;
}

static gint64
read_order (virDomainPtr dom)
{
  char *element = virDomainGetMetadata (dom, VIR_DOMAIN_METADATA_ELEMENT,
                                        GUESTS_LIST_ORDER_NAMESPACE, VIR_DOMAIN_AFFECT_CURRENT);
  gint64 order = guests_list_parse_order (element);

  free (element);
  return order;
}

static gboolean
is_domain_0 (virDomainPtr dom, const char *uuid)
{
  return strcmp (uuid, DOMAIN_0) == 0
         || (virDomainGetID (dom) == 0 && strcmp (virDomainGetName (dom), "Domain-0") == 0);
}

/* NULL for what is not a guest of ours any more. */
static GuestsEntry *
describe (virDomainPtr dom, const char *uri, GuestsOrder order)
{
  char uuid[VIR_UUID_STRING_BUFLEN];
  GuestsEntry *entry;
  int persistent, state = VIR_DOMAIN_NOSTATE, why = 0;

  if (virDomainGetUUIDString (dom, uuid) < 0 || is_domain_0 (dom, uuid)
      || (persistent = virDomainIsPersistent (dom)) < 0)
    return NULL;
  entry = guests_entry_new (uri, uuid, virDomainGetName (dom));
  entry->transient = !persistent;
  virDomainGetState (dom, &state, &why, 0);
  entry->paused = state == VIR_DOMAIN_PAUSED && why != VIR_DOMAIN_PAUSED_MIGRATION;
  if (order == GUESTS_ORDER_METADATA)
    entry->order = read_order (dom);
  if (entry->transient)
    {
      char *xml = virDomainGetXMLDesc (dom, VIR_DOMAIN_XML_SECURE | VIR_DOMAIN_XML_INACTIVE);

      entry->xml = g_strdup (xml);
      free (xml);
    }
  return entry;
}

static gint
by_name (gconstpointer a, gconstpointer b)
{
  const GuestsEntry *left = *(GuestsEntry *const *) a, *right = *(GuestsEntry *const *) b;

  return strverscmp (left->name, right->name);
}

static gint
by_order (gconstpointer a, gconstpointer b)
{
  const GuestsEntry *left = *(GuestsEntry *const *) a, *right = *(GuestsEntry *const *) b;

  if (left->order != right->order)
    return left->order < right->order ? -1 : 1;
  return by_name (a, b);
}

void
guests_list_sort (GPtrArray *entries, GuestsOrder order)
{
  if (order != GUESTS_ORDER_NONE)
    g_ptr_array_sort (entries, order == GUESTS_ORDER_NAME ? by_name : by_order);
}

GPtrArray *
guests_list_running (virConnectPtr conn, const char *uri, GuestsOrder order)
{
  g_autoptr (GPtrArray) entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify) guests_entry_free);
  virDomainPtr *domains = NULL;
  int n = virConnectListAllDomains (conn, &domains, VIR_CONNECT_LIST_DOMAINS_ACTIVE);

  if (n < 0)
    return NULL;
  for (int i = 0; i < n; i++)
    {
      GuestsEntry *entry = describe (domains[i], uri, order);

      if (entry != NULL)
        g_ptr_array_add (entries, entry);
      virDomainFree (domains[i]);
    }
  free (domains);
  /* A guest that could not be asked has gone, unless it was the daemon that went. */
  if (virConnectIsAlive (conn) != 1)
    return NULL;
  guests_list_sort (entries, order);
  return g_steal_pointer (&entries);
}
