/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/wild.h"

#include "common/error.h"

#define UUID "c7943fa2-9787-4883-8865-b4d4e65acb2d"

static void
test_vm_id (void)
{
  static const char *const wild[]
      = { "web", "one-", "one-x", "one-7a", "one- 7", "one-07", "one--1", "ONE-7",
          "one-99999999999", "", "one", "xone-7" };

  for (gsize i = 0; i < G_N_ELEMENTS (wild); i++)
    g_assert_cmpint (vmm_wild_vm_id (wild[i]), ==, -1);
  g_assert_cmpint (vmm_wild_vm_id ("one-0"), ==, 0);
  g_assert_cmpint (vmm_wild_vm_id ("one-7"), ==, 7);
  g_assert_cmpint (vmm_wild_vm_id ("one-2147483647"), ==, G_MAXINT);
}

static void
assert_template (const char *xml, const char *want)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *got = vmm_wild_template (xml, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (got, ==, want);
}

static void
test_template (void)
{
  assert_template ("<domain type='kvm' id='2'><name>web</name><uuid>" UUID "</uuid>"
                   "<memory unit='KiB'>524288</memory><vcpu placement='static'>2</vcpu>"
                   "<os><type arch='x86_64' machine='pc'>hvm</type></os>"
                   "<features><acpi/><pae/></features><devices>"
                   "<graphics type='vnc' port='5900'/><graphics type='spice' port='5901'/>"
                   "</devices></domain>",
                   "NAME=\"web\"\nCPU=2\nVCPU=2\nMEMORY=512\nHYPERVISOR=\"kvm\"\n"
                   "IMPORT_VM_ID=\"" UUID "\"\nOS=[ARCH=\"x86_64\"]\n"
                   "FEATURES=[ACPI=\"yes\",PAE=\"yes\"]\n"
                   "GRAPHICS=[TYPE=\"vnc\",PORT=\"5900\"]\n"
                   "GRAPHICS=[TYPE=\"spice\",PORT=\"5901\"]\n");
}

/* Names are the user's; without features and graphics there is nothing to say of them. */
static void
test_template_quotes (void)
{
  assert_template ("<domain><name>a\"b\\c\nd\"]</name><uuid>" UUID "</uuid><memory>1024</memory>"
                   "<vcpu>1</vcpu><os><type arch='i686'>hvm</type></os></domain>",
                   "NAME=\"a\\\"b\\\\c d\\\"]\"\nCPU=1\nVCPU=1\nMEMORY=1\nHYPERVISOR=\"kvm\"\n"
                   "IMPORT_VM_ID=\"" UUID "\"\nOS=[ARCH=\"i686\"]\n");
}

static void
test_not_a_domain (void)
{
  static const char *const bad[] = { "", "<domain>", "<network/>" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vmm_wild_template (bad[i], &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wild/vm-id", test_vm_id);
  g_test_add_func ("/wild/template", test_template);
  g_test_add_func ("/wild/template-quotes", test_template_quotes);
  g_test_add_func ("/wild/not-a-domain", test_not_a_domain);
  return g_test_run ();
}
