/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/compose.h"

#include <libxml/parser.h>
#include <string.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/error.h"
#include "common/fd.h"
#include "driver/payload.h"
#include "vmm-limits.h"

struct _VmmCompose
{
  const char *verb;   /* owned, interned */
  guint       release;
  xmlDoc     *doc;
  xmlNode    *device; /* what DEVICE stands for, or NULL as long as nothing says */
};

/* What an action is about, and how oned marks it. */
static const struct
{
  const char *verb;
  const char *element; /* in VM/TEMPLATE */
  const char *mark;    /* its child that is YES */
} marks[] = {
  { "ATTACHDISK", "DISK", "ATTACH" },
  { "DETACHDISK", "DISK", "ATTACH" },
  { "RESIZEDISK", "DISK", "RESIZE" },
  { "DISKSNAPSHOTCREATE", "DISK", "DISK_SNAPSHOT_ACTIVE" },
  { "DISKSNAPSHOTREVERT", "DISK", "DISK_SNAPSHOT_ACTIVE" },
  { "ATTACHNIC", "NIC", "ATTACH" },
  { "DETACHNIC", "NIC", "ATTACH" },
  { "SNAPSHOTCREATE", "SNAPSHOT", "ACTIVE" },
  { "SNAPSHOTREVERT", "SNAPSHOT", "ACTIVE" },
  { "SNAPSHOTDELETE", "SNAPSHOT", "ACTIVE" },
};

static gsize
find_mark (const char *verb)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (marks) && strcmp (marks[i].verb, verb) != 0)
    i++;
  return i;
}

/* ---- the tree ---- */

static gboolean
is_named (const xmlNode *node, const char *name)
{
  return node->type == XML_ELEMENT_NODE && strcmp ((const char *) node->name, name) == 0;
}

static xmlNode *
last_child (const xmlNode *parent, const char *name)
{
  xmlNode *child = parent->last;

  while (child != NULL && !is_named (child, name))
    child = child->prev;
  return child;
}

static char *
text_of (xmlNode *node)
{
  xmlChar *content = xmlNodeGetContent (node);
  char *text = g_strdup ((const char *) content);

  xmlFree (content);
  return text;
}

static gboolean
has_text (const xmlNode *parent, const char *child, const char *text)
{
  xmlNode *node = last_child (parent, child);
  g_autofree char *found = node == NULL ? NULL : text_of (node);

  return g_strcmp0 (found, text) == 0;
}

static void
set_text (xmlNode *node, const char *text)
{
  xmlNodeSetContent (node, NULL);
  xmlNodeAddContent (node, (const xmlChar *) text);
}

static xmlNode *
add_child (xmlNode *parent, const char *name)
{
  return xmlNewChild (parent, NULL, (const xmlChar *) name, NULL);
}

static xmlNode *
root_of (const VmmCompose *self)
{
  return xmlDocGetRootElement (self->doc);
}

/* Scalars stand before VM. */
static xmlNode *
add_to (const VmmCompose *self, xmlNode *parent, const char *name)
{
  xmlNode *vm = parent == root_of (self) ? last_child (parent, "VM") : NULL;

  if (vm == NULL || strcmp (name, "DATASTORE") == 0)
    return add_child (parent, name);
  return xmlAddPrevSibling (vm, xmlNewDocNode (self->doc, NULL, (const xmlChar *) name, NULL));
}

static xmlNode *
need_child (const VmmCompose *self, xmlNode *parent, const char *name)
{
  xmlNode *child = last_child (parent, name);

  if (self->device != NULL && self->device->parent == parent && is_named (self->device, name))
    return self->device;
  return child != NULL ? child : add_to (self, parent, name);
}

static xmlNode *
template_of (const VmmCompose *self)
{
  return need_child (self, need_child (self, root_of (self), "VM"), "TEMPLATE");
}

/* ---- what the action is about ---- */

static xmlNode *
marked (xmlNode *parent, gsize i)
{
  for (xmlNode *child = parent->children; child != NULL; child = child->next)
    if (is_named (child, marks[i].element) && has_text (child, marks[i].mark, "YES"))
      return child;
  return NULL;
}

static void
set_device (VmmCompose *self, xmlNode *device, gsize i)
{
  self->device = device;
  set_text (need_child (self, device, marks[i].mark), "YES");
}

static void
need_device (VmmCompose *self)
{
  gsize i = find_mark (self->verb);
  xmlNode *parent;
  xmlNode *found;

  if (self->device != NULL || i == G_N_ELEMENTS (marks))
    return;
  parent = template_of (self);
  found = marked (parent, i);
  set_device (self, found != NULL ? found : add_child (parent, marks[i].element), i);
}

void
vmm_compose_choose (VmmCompose *self, const char *child, const char *text)
{
  gsize i = find_mark (self->verb);

  if (self->device != NULL || i == G_N_ELEMENTS (marks))
    return;
  for (xmlNode *node = template_of (self)->children; node != NULL; node = node->next)
    if (is_named (node, marks[i].element) && has_text (node, child, text))
      {
        set_device (self, node, i);
        return;
      }
}

/* ---- parts ---- */

VmmCompose *
vmm_compose_new (const char *verb, guint release)
{
  static const struct
  {
    const char *name;
    guint       from, to;
  } elements[] = {
    { "HOST", 0, 9999 },          { "NET_DRV", 0, 414 },
    { "MIGR_HOST", 0, 9999 },     { "MIGR_NET_DRV", 0, 414 },
    { "DEPLOY_ID", 0, 9999 },     { "LOCAL_DEPLOYMENT_FILE", 0, 9999 },
    { "REMOTE_DEPLOYMENT_FILE", 0, 9999 }, { "CHECKPOINT_FILE", 0, 9999 },
    { "TM_COMMAND", 0, 9999 },    { "TM_COMMAND_ROLLBACK", 0, 9999 },
    { "DISK_TARGET_PATH", 0, 9999 }, { "VM", 0, 9999 },
    { "DATASTORE", 500, 9999 },
  };
  VmmCompose *self = g_new0 (VmmCompose, 1);
  xmlNode *root;

  self->verb = g_intern_string (verb);
  self->release = release;
  self->doc = xmlNewDoc ((const xmlChar *) "1.0");
  root = xmlNewDocNode (self->doc, NULL, (const xmlChar *) "VMM_DRIVER_ACTION_DATA", NULL);
  xmlDocSetRootElement (self->doc, root);
  for (gsize i = 0; i < G_N_ELEMENTS (elements); i++)
    if (elements[i].from <= release && release <= elements[i].to)
      add_child (root, elements[i].name);
  add_child (last_child (root, "VM"), "ID");
  return self;
}

void
vmm_compose_free (VmmCompose *self)
{
  if (self == NULL)
    return;
  xmlFreeDoc (self->doc);
  g_free (self);
}

static xmlDoc *
read_document (const char *path, GError **error)
{
  gboolean is_input = strcmp (path, "-") == 0;
  gsize len = 0;
  g_autofree char *text = vmm_fd_read_file (is_input ? "/dev/stdin" : path, VMM_MAX_FILE_BYTES,
                                            &len, error);
  const char *name = is_input ? "standard input" : path;
  const xmlError *last;
  xmlDoc *doc;

  if (text == NULL)
    return NULL;
  xmlResetLastError ();
  doc = xmlReadMemory (text, (int) len, name, NULL,
                       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING
                         | XML_PARSE_NOBLANKS);
  last = xmlGetLastError ();
  if (doc == NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s:%d:%d: %s", name,
                 last == NULL ? 1 : last->line, last == NULL ? 1 : last->int2,
                 last == NULL || last->message == NULL ? "not XML" : last->message);
  return doc;
}

gboolean
vmm_compose_load (VmmCompose *self, const char *element, const char *path, GError **error)
{
  xmlDoc *doc = read_document (path, error);
  xmlNode *root = doc == NULL ? NULL : xmlDocGetRootElement (doc);
  gboolean ok = FALSE;

  if (root == NULL)
    return FALSE;
  /* The XML of a whole request will do, too. */
  if (strcmp ((const char *) root->name, "VMM_DRIVER_ACTION_DATA") == 0
      && last_child (root, element) != NULL)
    root = last_child (root, element);
  ok = is_named (root, element);
  if (!ok)
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "%s:%ld: <%s> expected, not <%s>", path,
                 xmlGetLineNo (root), element, root->name);
  else
    {
      xmlNode *copy = xmlDocCopyNode (root, self->doc, 1);
      xmlNode *old = need_child (self, root_of (self), element);

      xmlReplaceNode (old, copy);
      xmlFreeNode (old);
    }
  xmlFreeDoc (doc);
  return ok;
}

static gboolean
check_path (const char *path, char **names, GError **error)
{
  gboolean ok = *names != NULL;

  for (char **name = names; *name != NULL; name++)
    ok = ok && xmlValidateNCName ((const xmlChar *) *name, 0) == 0;
  if (!ok)
    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                 "'%s' is not a path of element names, such as VM/TEMPLATE/DISK/TYPE", path);
  return ok;
}

gboolean
vmm_compose_set (VmmCompose *self, const char *path, const char *text, GError **error)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  xmlNode *node = root_of (self);
  char **name = names;

  if (!check_path (path, names, error))
    return FALSE;
  if (strcmp (*name, "DEVICE") == 0)
    {
      need_device (self);
      node = self->device != NULL ? self->device : need_child (self, template_of (self), "DISK");
      name++;
    }
  for (; *name != NULL; name++)
    node = need_child (self, node, *name);
  set_text (node, text);
  return TRUE;
}

char *
vmm_compose_get (VmmCompose *self, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  xmlNode *node = root_of (self);

  for (char **name = names; *name != NULL && node != NULL; name++)
    node = last_child (node, *name);
  return node == NULL ? NULL : text_of (node);
}

/* ---- what nobody set ---- */

static void
set_default (VmmCompose *self, const char *path, const char *text)
{
  g_autofree char *set = vmm_compose_get (self, path);

  if (set == NULL || *set == '\0')
    vmm_compose_set (self, path, text, NULL);
}

#define HISTORY "VM/HISTORY_RECORDS/HISTORY/"

static void
complete_history (VmmCompose *self, const char *driver)
{
  g_autofree char *host = NULL;

  if (last_child (need_child (self, root_of (self), "VM"), "HISTORY_RECORDS") != NULL)
    return;
  host = vmm_compose_get (self, "MIGR_HOST");
  if (host == NULL || *host == '\0')
    {
      g_free (host);
      host = vmm_compose_get (self, "HOST");
    }
  vmm_compose_set (self, HISTORY "HOSTNAME", host, NULL);
  vmm_compose_set (self, self->release < 415 ? HISTORY "VMMMAD" : HISTORY "VM_MAD", driver, NULL);
  if (self->release < 510)
    vmm_compose_set (self, HISTORY "REASON", "0", NULL);
  if (self->release >= 700)
    vmm_compose_set (self, HISTORY "PLAN_ID", "-1", NULL);
}

/* Elements that only one action has. */
static void
complete_ids (VmmCompose *self)
{
  if (strcmp (self->verb, "UPDATESG") == 0)
    set_default (self, "SECURITY_GROUP_ID", "0");
  if (strcmp (self->verb, "UPDATENIC") == 0)
    set_default (self, "VIRTUAL_NETWORK_ID", "0");
}

void
vmm_compose_complete (VmmCompose *self, const char *driver)
{
  g_autofree char *id = NULL;
  g_autofree char *deploy_id = NULL;
  g_autofree char *file = vmm_compose_get (self, "LOCAL_DEPLOYMENT_FILE");

  set_default (self, "HOST", "localhost");
  set_default (self, "VM/ID", "0");
  id = vmm_compose_get (self, "VM/ID");
  deploy_id = g_strdup_printf ("one-%s", id);
  if (strcmp (self->verb, "DEPLOY") != 0)
    {
      set_default (self, "VM/DEPLOY_ID", deploy_id);
      g_free (deploy_id);
      deploy_id = vmm_compose_get (self, "VM/DEPLOY_ID");
      set_default (self, "DEPLOY_ID", deploy_id);
    }
  if (file != NULL && *file != '\0')
    set_default (self, "REMOTE_DEPLOYMENT_FILE", file);
  need_device (self);
  complete_ids (self);
  complete_history (self, driver);
}

char *
vmm_compose_line (VmmCompose *self)
{
  g_autofree char *id = vmm_compose_get (self, "VM/ID");
  g_autofree char *xml = vmm_payload_serialise (root_of (self));
  g_autofree char *base64 = vmm_base64_encode (xml, strlen (xml), 0);

  return g_strdup_printf ("%s%s%s %s", self->verb, self->release >= 600 ? "  " : " ", id, base64);
}
