/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/values.h"

#include <string.h>

#include "common/error.h"
#include "request-sample.h"

typedef struct
{
  const char *name;
  const char *body;
  const char *want; /* NULL: it must be refused */
} Case;

#define NIC(kind, rest) \
  "<VM><TEMPLATE><" kind "><ATTACH>YES</ATTACH>" rest "</" kind "></TEMPLATE></VM>"
#define DISK(mark, rest) \
  "<VM><TEMPLATE><DISK><TARGET>no</TARGET></DISK>" \
  "<DISK><" mark ">YES</" mark ">" rest "</DISK></TEMPLATE></VM>"
#define SNAPSHOT(rest) \
  "<VM><TEMPLATE><SNAPSHOT><SNAPSHOT_ID>1</SNAPSHOT_ID></SNAPSHOT>" \
  "<SNAPSHOT><ACTIVE>YES</ACTIVE>" rest "</SNAPSHOT></TEMPLATE></VM>"

static const Case cases[] = {
  { "host", "<HOST> h </HOST>", "h" },
  { "host", "<HOST/>", NULL },
  { "host", "", NULL },
  { "dest_host", "<MIGR_HOST>d</MIGR_HOST>", "d" },
  { "dest_host", "<MIGR_HOST/>", NULL },
  { "deploy_id", "<DEPLOY_ID>one-5</DEPLOY_ID>", "one-5" },
  { "deploy_id", "<DEPLOY_ID/>", "" },
  { "deploy_id", "<DEPLOY_ID> a b </DEPLOY_ID>", " a b " },
  { "deploy_id", "", NULL },
  { "vm_id", "", "5" },
  { "dfile", "<LOCAL_DEPLOYMENT_FILE>/l</LOCAL_DEPLOYMENT_FILE>"
             "<REMOTE_DEPLOYMENT_FILE>/r</REMOTE_DEPLOYMENT_FILE>", "/r" },
  { "dfile", "<LOCAL_DEPLOYMENT_FILE>/l</LOCAL_DEPLOYMENT_FILE>", NULL },
  { "checkpoint", "<CHECKPOINT_FILE>/c</CHECKPOINT_FILE>", "/c" },
  { "tm_command", "<TM_COMMAND>A b c\n</TM_COMMAND>", "A b c" },
  { "tm_command", "<TM_COMMAND/>", NULL },
  { "tm_rollback", "<TM_COMMAND_ROLLBACK>A b</TM_COMMAND_ROLLBACK>", "A b" },
  { "ds_mad", "<DATASTORE><DS_MAD>rsync</DS_MAD></DATASTORE>", "rsync" },
  { "disk_path", "<DISK_TARGET_PATH>/a//b</DISK_TARGET_PATH>", "/a//b" },
  { "disk_target", DISK ("ATTACH", "<TARGET>sdc</TARGET>"), "sdc" },
  { "disk_index", DISK ("ATTACH", "<TARGET>sda</TARGET>"), "0" },
  { "disk_index", DISK ("ATTACH", "<TARGET>xvdC</TARGET>"), "2" },
  { "disk_index", DISK ("ATTACH", "<TARGET/>"), NULL },
  { "disk_target", "<VM><TEMPLATE><DISK><TARGET>vda</TARGET></DISK></TEMPLATE></VM>", NULL },
  { "resize_id", DISK ("RESIZE", "<DISK_ID>3</DISK_ID>"), "3" },
  { "resize_size", DISK ("RESIZE", "<SIZE>200</SIZE>"), "200" },
  { "snap_target", DISK ("DISK_SNAPSHOT_ACTIVE", "<TARGET>vdb</TARGET>"), "vdb" },
  { "snap_index", DISK ("DISK_SNAPSHOT_ACTIVE", "<TARGET>vdb</TARGET>"), "1" },
  { "snap_tm_mad", DISK ("DISK_SNAPSHOT_ACTIVE", "<TM_MAD>ceph</TM_MAD>"), "ceph" },
  { "mac", NIC ("NIC", "<MAC>aa:bb</MAC>"), "aa:bb" },
  { "mac", NIC ("PCI", "<MAC>pci</MAC>"), "pci" },
  { "mac", NIC ("NIC_ALIAS", "<MAC>alias</MAC>"), "alias" },
  { "mac", NIC ("NIC", ""), NULL },
  { "bridge", NIC ("NIC", "<BRIDGE>br0</BRIDGE>"), "br0" },
  { "model", NIC ("NIC", "<MODEL>virtio</MODEL>"), "virtio" },
  { "model", NIC ("NIC", "<MODEL/>"), "-" },
  { "model", NIC ("NIC", ""), "-" },
  { "vn_mad", NIC ("NIC", "<VN_MAD>802.1Q</VN_MAD>"), "802.1Q" },
  { "nic_target", NIC ("NIC", "<TARGET>one-0-1</TARGET>"), "one-0-1" },
  { "net_drv", "<NET_DRV>dummy</NET_DRV>", "dummy" },
  { "is_device", NIC ("NIC", ""), "yes" },
  { "is_device", NIC ("PCI", ""), "yes" },
  { "is_device", NIC ("NIC_ALIAS", ""), "" },
  { "context_target", "<VM><TEMPLATE><CONTEXT><TARGET>hdb</TARGET></CONTEXT></TEMPLATE></VM>",
    "hdb" },
  { "context_target", "<VM/>", "" },
  { "iso_path", "<DISK_TARGET_PATH>/d</DISK_TARGET_PATH>", "/d" },
  { "snapshot_id", SNAPSHOT ("<SNAPSHOT_ID>2</SNAPSHOT_ID>"), "2" },
  { "snapshot_name", SNAPSHOT ("<HYPERVISOR_ID>snap</HYPERVISOR_ID>"), "snap" },
  { "snapshot_name", SNAPSHOT ("<HYPERVISOR_ID/>"), NULL },
  { "sg_id", "<SECURITY_GROUP_ID>100</SECURITY_GROUP_ID>", "100" },
  { "sg_id", "<SECURITY_GROUP_ID/>", NULL },
  { "vnet_id", "<VIRTUAL_NETWORK_ID>1</VIRTUAL_NETWORK_ID>", "1" },
  { "exec_command", "<VM><TEMPLATE><QEMU_GA_EXEC><COMMAND> ls 'a b'\n</COMMAND></QEMU_GA_EXEC>"
                    "</TEMPLATE></VM>", " ls 'a b'\n" },
  { "exec_stdin", "<VM><TEMPLATE><QEMU_GA_EXEC><STDIN>x\ny</STDIN></QEMU_GA_EXEC></TEMPLATE></VM>",
    "x\ny" },
  { "exec_stdin", "<VM/>", "" },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RequestSample) sample = request_sample_new ("POLL", cases[i].body, 502, "kvm");
      g_autoptr (GError) error = NULL;
      g_autofree char *got = vmm_value_get (&sample->request, cases[i].name, &error);

      g_test_message ("%s of %s", cases[i].name, cases[i].body);
      g_assert_cmpstr (got, ==, cases[i].want);
      g_assert_cmpint (vmm_value_is_set (&sample->request, cases[i].name), ==,
                       got != NULL && *got != '\0');
      if (cases[i].want == NULL)
        g_assert_error (error, VMM_ERROR, VMM_ERROR_MISSING);
    }
}

/* The message names the action and the place in the request. */
static void
test_what_is_missing (void)
{
  g_autoptr (RequestSample) sample = request_sample_new ("ATTACHNIC", NIC ("PCI", ""), 704, "kvm");
  g_autoptr (GError) mac = NULL;
  g_autoptr (GError) host = NULL;

  g_assert_null (vmm_value_get (&sample->request, "mac", &mac));
  g_assert_cmpstr (mac->message, ==,
                   "Cannot perform ATTACHNIC, expecting VM/TEMPLATE/PCI[ATTACH='YES']/MAC");
  g_assert_null (vmm_value_get (&sample->request, "host", &host));
  g_assert_cmpstr (host->message, ==, "Cannot perform ATTACHNIC, expecting HOST");
}

static void
test_local_deployment_file (void)
{
  g_autoptr (RequestSample) sample =
    request_sample_new ("DEPLOY", "<LOCAL_DEPLOYMENT_FILE>/l</LOCAL_DEPLOYMENT_FILE>"
                        "<REMOTE_DEPLOYMENT_FILE>/r</REMOTE_DEPLOYMENT_FILE>", 502,
                        "-l deploy kvm");
  g_autofree char *dfile = vmm_value_get (&sample->request, "dfile", NULL);

  g_assert_cmpstr (dfile, ==, "/l");
}

static void
test_base64 (void)
{
  g_autoptr (RequestSample) sample =
    request_sample_new ("MIGRATE", "<VM><ID>5</ID><N>é</N></VM>", 502, "kvm");
  g_autofree char *action = vmm_value_get (&sample->request, "action_base64", NULL);
  g_autofree char *vm = vmm_value_get (&sample->request, "vm_base64", NULL);
  gsize len;
  g_autofree guchar *xml = g_base64_decode (vm, &len);

  g_assert_cmpstr (action, ==, sample->message->base64);
  g_assert_cmpmem (xml, len, "<VM><ID>5</ID><N>é</N></VM>", 28);
  g_assert_null (strchr (vm, '\n'));
}

static void
test_exists (void)
{
  g_assert_true (vmm_value_exists ("host"));
  g_assert_false (vmm_value_exists ("HOST"));
  g_assert_false (vmm_value_exists (""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/values/cases", test_cases);
  g_test_add_func ("/values/what-is-missing", test_what_is_missing);
  g_test_add_func ("/values/local-deployment-file", test_local_deployment_file);
  g_test_add_func ("/values/base64", test_base64);
  g_test_add_func ("/values/exists", test_exists);
  return g_test_run ();
}
