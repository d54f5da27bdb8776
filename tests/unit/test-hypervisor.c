/* SPDX-License-Identifier: Apache-2.0
 *
 * With the test driver that is part of libvirt's client library; real domains are for
 * tests/tools/poll.bats.
 */
#include "tools/hypervisor.h"

#include <string.h>

#include "common/error.h"

#define URI "test:///default"

static VmmHypervisor *
open_test (void)
{
  g_autoptr (GError) error = NULL;
  VmmHypervisor *hypervisor = vmm_hypervisor_open (URI, &error);

  g_assert_no_error (error);
  return hypervisor;
}

static void
test_all (void)
{
  g_autoptr (VmmHypervisor) hypervisor = open_test ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) domains
      = vmm_hypervisor_domains (hypervisor, NULL, VMM_HYPERVISOR_EVERYTHING, &error);
  const VmmDomstats *domain;

  g_assert_no_error (error);
  g_assert_cmpuint (domains->len, ==, 1);
  domain = g_ptr_array_index (domains, 0);
  g_assert_cmpstr (domain->name, ==, "test");
  g_assert_true (g_uuid_string_is_valid (domain->uuid));
  g_assert_cmpint (domain->id, ==, 1);
  g_assert_cmpint (domain->state, ==, VIR_DOMAIN_RUNNING);
}

static void
test_one (void)
{
  g_autoptr (VmmHypervisor) hypervisor = open_test ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) by_name
      = vmm_hypervisor_domains (hypervisor, "test", VMM_HYPERVISOR_CPU, &error);
  g_autoptr (GPtrArray) by_uuid = NULL;
  const VmmDomstats *domain;

  g_assert_no_error (error);
  g_assert_cmpuint (by_name->len, ==, 1);
  domain = g_ptr_array_index (by_name, 0);
  by_uuid = vmm_hypervisor_domains (hypervisor, domain->uuid, VMM_HYPERVISOR_CPU, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (by_uuid->len, ==, 1);
  domain = g_ptr_array_index (by_uuid, 0);
  g_assert_cmpstr (domain->name, ==, "test");
}

static void
test_missing (void)
{
  static const char *const names[]
      = { "one-7", "", "not-a-uuid", "c7943fa2-9787-4883-8865-b4d4e65acb2d" };
  g_autoptr (VmmHypervisor) hypervisor = open_test ();

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          vmm_hypervisor_domains (hypervisor, names[i], VMM_HYPERVISOR_EVERYTHING, &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_MISSING);
    }
}

static void
test_xml (void)
{
  g_autoptr (VmmHypervisor) hypervisor = open_test ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) domains
      = vmm_hypervisor_domains (hypervisor, NULL, VMM_HYPERVISOR_CPU, &error);
  const VmmDomstats *domain = g_ptr_array_index (domains, 0);
  g_autofree char *xml = vmm_hypervisor_xml (hypervisor, domain->uuid, &error);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (xml, "<name>test</name>"));
  g_assert_null (vmm_hypervisor_xml (hypervisor, "c7943fa2-9787-4883-8865-b4d4e65acb2d", &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_CONNECT);
}

static void
test_no_connection (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vmm_hypervisor_open ("no-such-driver:///x", &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_CONNECT);
  g_assert_nonnull (strstr (error->message, "no-such-driver:///x: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hypervisor/all", test_all);
  g_test_add_func ("/hypervisor/one", test_one);
  g_test_add_func ("/hypervisor/missing", test_missing);
  g_test_add_func ("/hypervisor/xml", test_xml);
  g_test_add_func ("/hypervisor/no-connection", test_no_connection);
  return g_test_run ();
}
