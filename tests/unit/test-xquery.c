/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/xquery.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"

#define DOCUMENT \
  "<VMM_DRIVER_ACTION_DATA><HOST>host01</HOST><EMPTY/><VM>\n <ID>7</ID><TEMPLATE>" \
  "<DISK><DISK_ID><![CDATA[0]]></DISK_ID><SOURCE>/a&amp;b</SOURCE></DISK>" \
  "<DISK><ATTACH>YES</ATTACH><DISK_ID>5</DISK_ID><SOURCE><![CDATA[<x>]]></SOURCE></DISK>" \
  "<DISK><DISK_ID>6</DISK_ID><SOURCE/></DISK>" \
  "</TEMPLATE></VM><N a='ü&quot;'>one<S>two</S>three</N></VMM_DRIVER_ACTION_DATA>"

static VmmXquery *
parse (const char *xml)
{
  g_autoptr (GError) error = NULL;
  VmmXquery *document = vmm_xquery_new (xml, strlen (xml), &error);

  g_assert_no_error (error);
  return document;
}

static void
assert_answer (VmmXquery *document, const char *path, gboolean subtree, const char *want,
               gboolean want_found)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) out = g_string_new ("+");
  gboolean found = !want_found;

  g_assert_true (vmm_xquery_append (document, path, subtree, out, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (out->str + 1, ==, want);
  g_assert_cmpint (found, ==, want_found);
}

static void
test_text (void)
{
  g_autoptr (VmmXquery) document = parse (DOCUMENT);
  static const char *const cases[][2] = {
    { "HOST", "host01" },
    { "/VMM_DRIVER_ACTION_DATA/VM/ID", "7" },
    { "/VMM_DRIVER_ACTION_DATA/VM/TEMPLATE/DISK[ATTACH='YES']/SOURCE", "<x>" },
    { "VM/TEMPLATE/DISK[2]/DISK_ID", "5" },
    { "VM/TEMPLATE/DISK[last()]/DISK_ID", "6" },
    { "VM/TEMPLATE/DISK/DISK_ID[.='5']", "5" },
    { "VM/TEMPLATE/DISK[DISK_ID=5]/ATTACH", "YES" },
    { "VM/TEMPLATE/DISK/SOURCE", "/a&b" },
    { "//DISK_ID", "0" },
    { "VM", "\n " },
    { "N", "one" },
    { "EMPTY", "" },
    { "N/@a", "ü\"" },
    { "N/text()[2]", "three" },
    { "count(//DISK)", "3" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_answer (document, cases[i][0], FALSE, cases[i][1], TRUE);
  assert_answer (document, "VM/TEMPLATE/DISK[9]/SOURCE", FALSE, "", FALSE);
  assert_answer (document, "/HOST", FALSE, "", FALSE);
}

static void
test_subtree (void)
{
  g_autoptr (VmmXquery) document = parse (DOCUMENT);

  assert_answer (document, "N", TRUE, "<N a=\"ü&quot;\">one<S>two</S>three</N>", TRUE);
  assert_answer (document, "EMPTY", TRUE, "<EMPTY/>", TRUE);
  assert_answer (document, "//DISK[2]/SOURCE", TRUE, "<SOURCE><![CDATA[<x>]]></SOURCE>", TRUE);
  assert_answer (document, "NONE", TRUE, "", FALSE);
}

static void
test_list (void)
{
  g_autoptr (VmmXquery) document = parse (DOCUMENT);

  assert_answer (document, "%m%//DISK_ID", FALSE, "0 5 6", TRUE);
  assert_answer (document, "%m%VM/TEMPLATE/DISK/SOURCE", FALSE, "/a&b <x> ", TRUE);
  assert_answer (document, "%m%//DISK_ID", TRUE, "0 5 6", TRUE);
  assert_answer (document, "%m%NONE", FALSE, "", TRUE);
  assert_answer (document, "%m%N/text()", FALSE, "", TRUE);
}

static void
test_not_a_path (void)
{
  g_autoptr (VmmXquery) document = parse (DOCUMENT);
  static const char *const bad[] = { "", "A[", "//", "%m%", "$v", "no:such", "f()", "A\xff" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) out = g_string_new ("+");
      gboolean found = 7;

      g_assert_false (vmm_xquery_append (document, bad[i], FALSE, out, &found, &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
      g_assert_cmpstr (out->str, ==, "+");
      g_assert_cmpint (found, ==, 7);
    }
}

static void
test_not_a_document (void)
{
  static const char *const bad[] = { "", " \n", "text", "<A>", "<A></B>", "<A/><B/>", "<A/>x",
                                     "<A>&nope;</A>", "<A>\xff</A>", "<!-- only -->" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vmm_xquery_new (bad[i], strlen (bad[i]), &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
      g_assert_true (strlen (error->message) > strlen ("not an XML document: "));
    }
}

/* A blank first line comes from shells, a prefix from libvirt's documents. */
static void
test_tolerates (void)
{
  g_autoptr (VmmXquery) late = parse ("\n <?xml version='1.0'?><A>x</A>\n");
  g_autoptr (VmmXquery) prefixed = parse ("<A xmlns:q='urn:q'><q:B>x</q:B></A>");
  g_autoptr (VmmXquery) latin = parse ("<?xml version='1.0' encoding='ISO-8859-1'?><A>\xfc</A>");

  assert_answer (late, "/A", FALSE, "x", TRUE);
  assert_answer (prefixed, "q:B", FALSE, "x", TRUE);
  assert_answer (latin, "/A", FALSE, "ü", TRUE);
}

/* What is outside of the document stays there, and entities do not multiply. */
static void
test_reads_nothing_else (void)
{
  g_autofree char *secret = g_build_filename (g_get_tmp_dir (), "vmm-xquery-secret", NULL);
  g_autofree char *path = g_strdup_printf ("%s-%u", secret, g_random_int ());
  g_autofree char *xml = g_strdup_printf (
      "<!DOCTYPE A [<!ENTITY e SYSTEM 'file://%s'>]><A><B>&e;</B></A>", path);
  g_autoptr (VmmXquery) document = NULL;

  g_assert_true (g_file_set_contents (path, "secret", -1, NULL));
  document = parse (xml);
  assert_answer (document, "B", FALSE, "", TRUE);
  assert_answer (document, "string(B)", FALSE, "", TRUE);
  g_assert_cmpint (g_unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xquery/text", test_text);
  g_test_add_func ("/xquery/subtree", test_subtree);
  g_test_add_func ("/xquery/list", test_list);
  g_test_add_func ("/xquery/not-a-path", test_not_a_path);
  g_test_add_func ("/xquery/not-a-document", test_not_a_document);
  g_test_add_func ("/xquery/tolerates", test_tolerates);
  g_test_add_func ("/xquery/reads-nothing-else", test_reads_nothing_else);
  return g_test_run ();
}
