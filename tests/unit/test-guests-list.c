/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/list.h"

#include "tools/guests/link.h"

static void
add (GPtrArray *entries, const char *name, gint64 order)
{
  GuestsEntry *entry = guests_entry_new ("default", "u", name);

  entry->order = order;
  g_ptr_array_add (entries, entry);
}

static void
assert_sorted (GuestsOrder order, const char *want)
{
  g_autoptr (GPtrArray) entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify) guests_entry_free);
  g_autoptr (GString) got = g_string_new (NULL);

  add (entries, "one-10", 5);
  add (entries, "one-9", G_MAXINT64);
  add (entries, "one-2", 5);
  add (entries, "one-1", -3);
  guests_list_sort (entries, order);
  for (guint i = 0; i < entries->len; i++)
    g_string_append_printf (got, "%s ", ((GuestsEntry *) g_ptr_array_index (entries, i))->name);
  g_assert_cmpstr (got->str, ==, want);
}

static void
test_sort (void)
{
  assert_sorted (GUESTS_ORDER_NONE, "one-10 one-9 one-2 one-1 ");
  assert_sorted (GUESTS_ORDER_NAME, "one-1 one-2 one-9 one-10 ");
  assert_sorted (GUESTS_ORDER_METADATA, "one-1 one-2 one-10 one-9 ");
}

static void
test_parse_order (void)
{
  g_assert_cmpint (guests_list_parse_order ("<o xmlns='urn:one-guests:order'> 12\n</o>"), ==, 12);
  g_assert_cmpint (guests_list_parse_order ("<o>-1</o>"), ==, -1);
  g_assert_cmpint (guests_list_parse_order ("<o>first</o>"), ==, G_MAXINT64);
  g_assert_cmpint (guests_list_parse_order ("<o>99999999999</o>"), ==, G_MAXINT64);
  g_assert_cmpint (guests_list_parse_order ("<o/>"), ==, G_MAXINT64);
  g_assert_cmpint (guests_list_parse_order ("<o>1"), ==, G_MAXINT64);
  g_assert_cmpint (guests_list_parse_order (NULL), ==, G_MAXINT64);
}

static char *
domain_xml (const char *name, const char *uuid)
{
  return g_strdup_printf ("<domain type='test'><name>%s</name><uuid>%s</uuid>"
                          "<memory>1024</memory><os><type>hvm</type></os></domain>", name, uuid);
}

/* On libvirt's test driver, which has one guest that runs: "test". */
static void
test_running (void)
{
  g_autoptr (virConnect) conn = virConnectOpen ("test:///default");
  g_autofree char *hypervisor = domain_xml ("Domain-0", "00000000-0000-0000-0000-000000000000");
  g_autofree char *transient = domain_xml ("one-7", "11111111-1111-4111-8111-111111111111");
  g_autoptr (GPtrArray) entries = NULL;
  GuestsEntry *entry;
  virDomainPtr dom;

  if (conn == NULL)
    {
      g_test_skip ("libvirt's test driver is missing");
      return;
    }
  dom = virDomainCreateXML (conn, transient, 0);
  g_assert_nonnull (dom);
  g_assert_cmpint (virDomainSuspend (dom), ==, 0);
  virDomainFree (dom);
  dom = virDomainCreateXML (conn, hypervisor, 0);
  g_assert_nonnull (dom);
  virDomainFree (dom);

  entries = guests_list_running (conn, "test:///default", GUESTS_ORDER_NAME);
  g_assert_cmpuint (entries->len, ==, 2);
  entry = g_ptr_array_index (entries, 0);
  g_assert_cmpstr (entry->name, ==, "one-7");
  g_assert_true (entry->transient);
  g_assert_true (entry->paused);
  g_assert_nonnull (strstr (entry->xml, "one-7"));
  entry = g_ptr_array_index (entries, 1);
  g_assert_cmpstr (entry->name, ==, "test");
  g_assert_false (entry->transient);
  g_assert_false (entry->paused);
  g_assert_null (entry->xml);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guests-list/sort", test_sort);
  g_test_add_func ("/guests-list/parse-order", test_parse_order);
  g_test_add_func ("/guests-list/running", test_running);
  return g_test_run ();
}
