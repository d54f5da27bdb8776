/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/values.h"

#include <string.h>

#include "common/base64.h"
#include "common/error.h"

typedef enum
{
  NOT_EMPTY, /* the element must be there and hold something */
  PRESENT,   /* it must be there; empty is a value */
  OPTIONAL,  /* missing counts as empty */
} Need;

typedef struct
{
  const char *name;
  Need        need;
  const char *xpath;  /* below the root element */
  char     *(*compute) (const VmmRequest *request, const char *xpath);
} Value;

#define DISK(mark, child)  "VM/TEMPLATE/DISK[" mark "='YES']/" child
#define SNAPSHOT(child)    "VM/TEMPLATE/SNAPSHOT[ACTIVE='YES']/" child

static char *
text_of (const VmmRequest *request, const char *xpath)
{
  char *text = vmm_payload_text (request->payload, xpath);

  return text == NULL ? NULL : g_strstrip (text);
}

/* Which file the deploy script writes or finds: ours when it runs here. */
static char *
deployment_file (const VmmRequest *request, const char *xpath G_GNUC_UNUSED)
{
  return text_of (request, vmm_options_is_local (request->options, "deploy") ? "LOCAL_DEPLOYMENT_FILE"
                                                                 : "REMOTE_DEPLOYMENT_FILE");
}

/* The position of a disk is told by the last letter of its target: sda is 0. */
static char *
target_index (const VmmRequest *request, const char *xpath)
{
  g_autofree char *target = text_of (request, xpath);

  if (target == NULL || *target == '\0')
    return NULL;
  return g_strdup_printf ("%d", g_ascii_tolower (target[strlen (target) - 1]) - 'a');
}

/* The interface that is being attached or detached: first a NIC, then a PCI
 * device, then an alias, which has no device of its own. */
static const char *
attached_nic (const VmmRequest *request)
{
  static const char *const kinds[] = {
    "VM/TEMPLATE/NIC[ATTACH='YES']", "VM/TEMPLATE/PCI[ATTACH='YES']",
    "VM/TEMPLATE/NIC_ALIAS[ATTACH='YES']",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (vmm_payload_node (request->payload, kinds[i]) != NULL)
      return kinds[i];
  return kinds[0];
}

static char *
nic_text (const VmmRequest *request, const char *child)
{
  g_autofree char *xpath = g_strdup_printf ("%s/%s", attached_nic (request), child);

  return text_of (request, xpath);
}

static char *
nic_model (const VmmRequest *request, const char *child)
{
  char *model = nic_text (request, child);

  return model != NULL && *model != '\0' ? model : (g_free (model), g_strdup ("-"));
}

static char *
is_device (const VmmRequest *request, const char *xpath G_GNUC_UNUSED)
{
  return g_strdup (strstr (attached_nic (request), "NIC_ALIAS") == NULL ? "yes" : "");
}

static char *
action_base64 (const VmmRequest *request, const char *xpath G_GNUC_UNUSED)
{
  return g_strdup (request->message->base64);
}

static char *
vm_base64 (const VmmRequest *request, const char *xpath G_GNUC_UNUSED)
{
  xmlNode *vm = vmm_payload_node (request->payload, "VM");
  g_autofree char *xml = vm == NULL ? NULL : vmm_payload_serialise (vm);

  return xml == NULL ? NULL : vmm_base64_encode (xml, strlen (xml), 0);
}

static char *
message_id (const VmmRequest *request, const char *xpath G_GNUC_UNUSED)
{
  return g_strdup (request->message->id);
}

static char *
new_deploy_id (const VmmRequest *request G_GNUC_UNUSED, const char *xpath G_GNUC_UNUSED)
{
  return g_strdup (VMM_NEW_DEPLOY_ID);
}

/* Kept as it is, blanks at the ends included. */
static char *
raw_text (const VmmRequest *request, const char *xpath)
{
  return vmm_payload_text (request->payload, xpath);
}

static const Value values[] = {
  { "host",           NOT_EMPTY, .xpath = "HOST" },
  { "dest_host",      NOT_EMPTY, .xpath = "MIGR_HOST" },
  { "deploy_id",      PRESENT,   .xpath = "DEPLOY_ID", .compute = raw_text },
  { "new_deploy_id",  NOT_EMPTY, .xpath = NULL, .compute = new_deploy_id },
  { "vm_id",          NOT_EMPTY, .xpath = NULL, .compute = message_id },
  { "dfile",          NOT_EMPTY, .xpath = "REMOTE_DEPLOYMENT_FILE", .compute = deployment_file },
  { "checkpoint",     NOT_EMPTY, .xpath = "CHECKPOINT_FILE" },
  { "tm_command",     NOT_EMPTY, .xpath = "TM_COMMAND" },
  { "tm_rollback",    NOT_EMPTY, .xpath = "TM_COMMAND_ROLLBACK" },
  { "ds_mad",         NOT_EMPTY, .xpath = "DATASTORE/DS_MAD" },
  { "action_base64",  NOT_EMPTY, .xpath = NULL, .compute = action_base64 },
  { "vm_base64",      NOT_EMPTY, .xpath = "VM", .compute = vm_base64 },
  { "disk_path",      PRESENT,   .xpath = "DISK_TARGET_PATH", .compute = raw_text },
  { "disk_target",    NOT_EMPTY, .xpath = DISK ("ATTACH", "TARGET") },
  { "disk_index",     NOT_EMPTY, .xpath = DISK ("ATTACH", "TARGET"), .compute = target_index },
  { "resize_id",      NOT_EMPTY, .xpath = DISK ("RESIZE", "DISK_ID") },
  { "resize_size",    NOT_EMPTY, .xpath = DISK ("RESIZE", "SIZE") },
  { "snap_target",    NOT_EMPTY, .xpath = DISK ("DISK_SNAPSHOT_ACTIVE", "TARGET") },
  { "snap_index",     NOT_EMPTY, .xpath = DISK ("DISK_SNAPSHOT_ACTIVE", "TARGET"), .compute = target_index },
  { "snap_tm_mad",    NOT_EMPTY, .xpath = DISK ("DISK_SNAPSHOT_ACTIVE", "TM_MAD") },
  { "mac",            NOT_EMPTY, .xpath = "MAC", .compute = nic_text },
  { "bridge",         NOT_EMPTY, .xpath = "BRIDGE", .compute = nic_text },
  { "model",          NOT_EMPTY, .xpath = "MODEL", .compute = nic_model },
  { "vn_mad",         NOT_EMPTY, .xpath = "VN_MAD", .compute = nic_text },
  { "nic_target",     NOT_EMPTY, .xpath = "TARGET", .compute = nic_text },
  { "net_drv",        NOT_EMPTY, .xpath = "NET_DRV" },
  { "is_device",      OPTIONAL,  .xpath = NULL, .compute = is_device },
  { "context_target", OPTIONAL,  .xpath = "VM/TEMPLATE/CONTEXT/TARGET" },
  { "iso_path",       OPTIONAL,  .xpath = "DISK_TARGET_PATH" },
  { "snapshot_id",    NOT_EMPTY, .xpath = SNAPSHOT ("SNAPSHOT_ID") },
  { "snapshot_name",  NOT_EMPTY, .xpath = SNAPSHOT ("HYPERVISOR_ID") },
  { "sg_id",          NOT_EMPTY, .xpath = "SECURITY_GROUP_ID" },
  { "vnet_id",        NOT_EMPTY, .xpath = "VIRTUAL_NETWORK_ID" },
  { "exec_command",   NOT_EMPTY, .xpath = "VM/TEMPLATE/QEMU_GA_EXEC/COMMAND", .compute = raw_text },
  { "exec_stdin",     OPTIONAL,  .xpath = "VM/TEMPLATE/QEMU_GA_EXEC/STDIN", .compute = raw_text },
};

static const Value *
find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    if (strcmp (values[i].name, name) == 0)
      return &values[i];
  return NULL;
}

gboolean
vmm_value_exists (const char *name)
{
  return find (name) != NULL;
}

/* Says where the value is looked for, in the words of the request's XML. */
static void
set_missing (const VmmRequest *request, const Value *value, GError **error)
{
  gboolean of_nic = value->compute == nic_text;

  g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING, "Cannot perform %s, expecting %s%s%s",
               request->message->verb, of_nic ? attached_nic (request) : "", of_nic ? "/" : "",
               value->xpath);
}

char *
vmm_value_get (const VmmRequest *request, const char *name, GError **error)
{
  const Value *value = find (name);
  g_autofree char *text = NULL;

  g_assert (value != NULL);
  text = value->compute != NULL ? value->compute (request, value->xpath)
                                : text_of (request, value->xpath);
  if (text == NULL && value->need == OPTIONAL)
    text = g_strdup ("");
  if (text == NULL || (*text == '\0' && value->need == NOT_EMPTY))
    {
      set_missing (request, value, error);
      return NULL;
    }
  return g_steal_pointer (&text);
}

gboolean
vmm_value_is_set (const VmmRequest *request, const char *name)
{
  g_autofree char *text = vmm_value_get (request, name, NULL);

  return text != NULL && *text != '\0';
}
