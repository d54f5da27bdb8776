/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/vnm.h"

#include <string.h>

#include "common/base64.h"
#include "common/error.h"
#include "driver/script.h"

static xmlNode *
request_vm (const VmmRequest *request, GError **error)
{
  xmlNode *vm = vmm_payload_node (request->payload, "VM");

  if (vm == NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING, "Cannot perform %s, expecting VM",
                 request->message->verb);
  return vm;
}

static gboolean
is_element (const xmlNode *node, const char *name, gsize len)
{
  return node->type == XML_ELEMENT_NODE && strlen ((const char *) node->name) == len
         && strncmp ((const char *) node->name, name, len) == 0;
}

static char *
vn_mad_of (const xmlNode *nic)
{
  for (xmlNode *child = nic->children; child != NULL; child = child->next)
    if (is_element (child, "VN_MAD", strlen ("VN_MAD")))
      {
        xmlChar *content = xmlNodeGetContent (child);
        char *vn_mad = g_strstrip (g_strdup ((const char *) content));

        xmlFree (content);
        if (*vn_mad != '\0')
          return vn_mad;
        g_free (vn_mad);
      }
  return NULL;
}

typedef void (*ElementFunc) (xmlNode *element, const char *path, gpointer user_data);

/* Calls func for every element at path ("TEMPLATE/NIC") below node. */
static void
for_each (xmlNode *node, const char *rest, const char *path, ElementFunc func, gpointer user_data)
{
  gsize len = strcspn (rest, "/");

  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (!is_element (child, rest, len))
      continue;
    else if (rest[len] == '/')
      for_each (child, rest + len + 1, path, func, user_data);
    else
      func (child, path, user_data);
}

static void
for_each_nic (const VmmRequest *request, xmlNode *vm, ElementFunc func, gpointer user_data)
{
  for (const char *const *kind = request->release->nic_kinds; *kind != NULL; kind++)
    {
      g_autofree char *path = g_strconcat ("TEMPLATE/", *kind, NULL);

      for_each (vm, path, path, func, user_data);
    }
}

static void
add_driver (xmlNode *nic, const char *path G_GNUC_UNUSED, gpointer user_data)
{
  GPtrArray *drivers = user_data;
  g_autofree char *vn_mad = vn_mad_of (nic);

  if (vn_mad != NULL && !g_ptr_array_find_with_equal_func (drivers, vn_mad, g_str_equal, NULL))
    g_ptr_array_add (drivers, g_steal_pointer (&vn_mad));
}

char **
vmm_vnm_drivers (const VmmRequest *request, gboolean at_destination, GError **error)
{
  g_autoptr (GPtrArray) drivers = g_ptr_array_new_with_free_func (g_free);

  if (request->release->message_net_drv)
    {
      const char *name = at_destination ? "MIGR_NET_DRV" : "NET_DRV";
      char *driver = vmm_payload_text (request->payload, name);

      if (driver != NULL)
        g_ptr_array_add (drivers, g_strstrip (driver));
      if (driver != NULL && *driver == '\0')
        g_ptr_array_set_size (drivers, 0);
    }
  else
    {
      xmlNode *vm = request_vm (request, error);

      if (vm == NULL)
        return NULL;
      for_each_nic (request, vm, add_driver, drivers);
    }
  for (guint i = 0; i < drivers->len; i++)
    if (!vmm_script_check_name ("network driver", g_ptr_array_index (drivers, i), error))
      return NULL;
  g_ptr_array_add (drivers, NULL);
  g_ptr_array_set_free_func (drivers, NULL);
  return (char **) g_ptr_array_steal (drivers, NULL);
}

/* ---- the reduced <VM> ---- */

/* Each copy stands in a TEMPLATE, or HISTORY_RECORDS/HISTORY, of its own. */
static void
copy_with_parents (xmlNode *element, const char *path, gpointer user_data)
{
  xmlNode *to = user_data;

  for (const char *slash; (slash = strchr (path, '/')) != NULL; path = slash + 1)
    {
      g_autofree char *name = g_strndup (path, slash - path);

      to = xmlNewChild (to, NULL, (const xmlChar *) name, NULL);
    }
  xmlAddChild (to, xmlDocCopyNode (element, to->doc, 1));
}

static void
copy_nic (xmlNode *nic, const char *path, gpointer user_data)
{
  g_autofree char *vn_mad = vn_mad_of (nic);

  if (vn_mad != NULL)
    copy_with_parents (nic, path, user_data);
}

char *
vmm_vnm_message (const VmmRequest *request, GError **error)
{
  xmlNode *vm = request_vm (request, error);
  g_autofree char *xml = NULL;
  xmlDoc *doc;
  xmlNode *root;

  if (vm == NULL)
    return NULL;
  doc = xmlNewDoc ((const xmlChar *) "1.0");
  root = xmlNewDocNode (doc, NULL, (const xmlChar *) "VM", NULL);
  xmlDocSetRootElement (doc, root);
  for (const char *const *path = request->release->vnm_elements; *path != NULL; path++)
    for_each (vm, *path, *path, copy_with_parents, root);
  /* Up to 4.14 interfaces have no driver of their own, so all of them count. */
  for_each_nic (request, vm, request->release->message_net_drv ? copy_with_parents : copy_nic,
                root);
  xml = vmm_payload_serialise (root);
  xmlFreeDoc (doc);
  return vmm_base64_encode (xml, strlen (xml), 0);
}
