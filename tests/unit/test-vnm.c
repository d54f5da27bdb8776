/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/vnm.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "common/error.h"
#include "request-sample.h"

/* ---- drivers ---- */

#define VM(body) "<VM><ID>5</ID><TEMPLATE>" body "</TEMPLATE></VM>"
#define NIC(mad) "<NIC><VN_MAD>" mad "</VN_MAD></NIC>"

static void
assert_drivers (const char *body, guint release, gboolean there, const char *want)
{
  g_autoptr (RequestSample) sample = request_sample_new ("SAVE", body, release, "kvm");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) drivers = vmm_vnm_drivers (&sample->request, there, &error);
  g_autofree char *joined = drivers == NULL ? NULL : g_strjoinv (" ", drivers);

  g_test_message ("%s", body);
  g_assert_cmpstr (joined, ==, want);
  g_assert_cmpint (error == NULL, ==, want != NULL);
}

static void
test_drivers (void)
{
  assert_drivers (VM (NIC ("dummy") NIC ("ovswitch") NIC ("dummy") NIC ("802.1Q")), 502, FALSE,
                  "dummy ovswitch 802.1Q");
  assert_drivers (VM (NIC (" dummy ") "<NIC/>" NIC ("")), 502, FALSE, "dummy");
  assert_drivers (VM (""), 502, FALSE, "");
  assert_drivers (VM (NIC ("../x")), 502, FALSE, NULL);
  assert_drivers (VM (NIC (".")), 502, FALSE, NULL);
  assert_drivers ("", 502, FALSE, NULL);
  /* What else has a driver from 5.12 on. */
  assert_drivers (VM ("<PCI><VN_MAD>p</VN_MAD></PCI><NIC_ALIAS><VN_MAD>a</VN_MAD></NIC_ALIAS>"
                      NIC ("n")), 502, FALSE, "n");
  assert_drivers (VM ("<PCI><VN_MAD>p</VN_MAD></PCI><NIC_ALIAS><VN_MAD>a</VN_MAD></NIC_ALIAS>"
                      NIC ("n")), 704, FALSE, "n a p");
}

/* Up to 4.14 the message names it. */
static void
test_drivers_of_the_message (void)
{
  static const char body[] = "<NET_DRV>here</NET_DRV><MIGR_NET_DRV>there</MIGR_NET_DRV>"
                             VM (NIC ("other"));

  assert_drivers (body, 414, FALSE, "here");
  assert_drivers (body, 414, TRUE, "there");
  assert_drivers ("<NET_DRV/>" VM (NIC ("other")), 414, FALSE, "");
  assert_drivers ("<NET_DRV>a/b</NET_DRV>" VM (""), 414, FALSE, NULL);
}

/* ---- the reduced VM ---- */

static void
add_paths (const xmlNode *node, const char *above, GPtrArray *paths)
{
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", above, (const char *) child->name);
      static const char *const wrappers[] = { "/TEMPLATE", "/HISTORY_RECORDS",
                                              "/HISTORY_RECORDS/HISTORY", NULL };

      g_assert_cmpint (child->type, ==, XML_ELEMENT_NODE);
      if (!g_strv_contains (wrappers, path))
        {
          g_ptr_array_add (paths, g_strdup (path + 1));
          continue;
        }
      /* The wrapper is repeated for each: it never holds two. */
      g_assert_cmpint (xmlChildElementCount ((xmlNode *) child), ==, 1);
      add_paths (child, path, paths);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* What the reduced VM holds, as sorted paths with their number. */
static char *
contents (const char *xml)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) text = g_string_new (NULL);
  xmlDoc *doc = xmlReadMemory (xml, (int) strlen (xml), NULL, NULL, 0);

  g_assert_nonnull (doc);
  g_assert_cmpstr ((const char *) xmlDocGetRootElement (doc)->name, ==, "VM");
  add_paths (xmlDocGetRootElement (doc), "", paths);
  xmlFreeDoc (doc);
  g_ptr_array_sort (paths, compare);
  for (guint i = 0, n = 1; i < paths->len; i += n, n = 1)
    {
      while (i + n < paths->len
             && strcmp (g_ptr_array_index (paths, i), g_ptr_array_index (paths, i + n)) == 0)
        n++;
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
                              (char *) g_ptr_array_index (paths, i));
      if (n > 1)
        g_string_append_printf (text, "*%u", n);
    }
  return g_strdup (text->str);
}

static char *
reduced (RequestSample *sample)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *base64 = vmm_vnm_message (&sample->request, &error);
  gsize len;
  g_autofree guchar *xml = NULL;

  g_assert_no_error (error);
  g_assert_null (strchr (base64, '\n'));
  xml = g_base64_decode (base64, &len);
  return g_strndup ((char *) xml, len);
}

static void
assert_contents (const char *captures, guint release, const char *want)
{
  g_autoptr (RequestSample) sample = request_sample_captured (captures, "SAVE", release, "kvm");
  g_autofree char *xml = reduced (sample);
  g_autofree char *got = contents (xml);

  g_test_message ("%s", captures);
  g_assert_cmpstr (got, ==, want);
}

static void
test_contents (void)
{
  assert_contents ("4.14.2", 414,
                   "DEPLOY_ID HISTORY_RECORDS/HISTORY/HOSTNAME ID TEMPLATE/NIC*2 "
                   "TEMPLATE/SECURITY_GROUP_RULE*5");
  assert_contents ("5.2.1", 502,
                   "DEPLOY_ID HISTORY_RECORDS/HISTORY/HOSTNAME HISTORY_RECORDS/HISTORY/VM_MAD ID "
                   "TEMPLATE/NIC*2 TEMPLATE/SECURITY_GROUP_RULE*5");
  assert_contents ("5.12.0.4", 512,
                   "DEPLOY_ID HISTORY_RECORDS/HISTORY/DS_ID HISTORY_RECORDS/HISTORY/HID "
                   "HISTORY_RECORDS/HISTORY/HOSTNAME HISTORY_RECORDS/HISTORY/VM_MAD ID "
                   "TEMPLATE/CONTEXT TEMPLATE/NIC*2 TEMPLATE/SECURITY_GROUP_RULE*5 USER_TEMPLATE");
  assert_contents ("7.4.0", 704,
                   "DEPLOY_ID HISTORY_RECORDS/HISTORY/DS_ID HISTORY_RECORDS/HISTORY/HID "
                   "HISTORY_RECORDS/HISTORY/HOSTNAME HISTORY_RECORDS/HISTORY/VM_MAD ID "
                   "TEMPLATE/CONTEXT TEMPLATE/NIC*2 TEMPLATE/SECURITY_GROUP_RULE*5 USER_TEMPLATE");
}

static void
test_text (void)
{
  g_autoptr (RequestSample) sample = request_sample_new (
    "SAVE",
    "<VM>\n <ID>5</ID><NAME>no</NAME>\n<DEPLOY_ID>one-5</DEPLOY_ID><TEMPLATE>\n"
    "<NIC><A><![CDATA[<x>]]></A><VN_MAD>dummy</VN_MAD></NIC><NIC><B>no driver</B></NIC>"
    "<CPU>1</CPU></TEMPLATE><HISTORY_RECORDS><HISTORY><HOSTNAME>h</HOSTNAME><X/></HISTORY>"
    "</HISTORY_RECORDS></VM>", 502, "kvm");
  g_autofree char *xml = reduced (sample);

  g_assert_cmpstr (xml, ==,
                   "<VM><ID>5</ID><DEPLOY_ID>one-5</DEPLOY_ID>"
                   "<HISTORY_RECORDS><HISTORY><HOSTNAME>h</HOSTNAME></HISTORY></HISTORY_RECORDS>"
                   "<TEMPLATE><NIC><A><![CDATA[<x>]]></A><VN_MAD>dummy</VN_MAD></NIC></TEMPLATE>"
                   "</VM>");
}

static void
test_aliases_and_pci (void)
{
  static const char body[] =
    VM ("<NIC_ALIAS><VN_MAD>a</VN_MAD></NIC_ALIAS><PCI><VN_MAD>p</VN_MAD></PCI><PCI><X/></PCI>");
  g_autoptr (RequestSample) classic = request_sample_new ("SAVE", body, 502, "kvm");
  g_autoptr (RequestSample) modern = request_sample_new ("SAVE", body, 704, "kvm");
  g_autofree char *before = reduced (classic);
  g_autofree char *after = reduced (modern);
  g_autofree char *before_contents = contents (before);
  g_autofree char *after_contents = contents (after);

  g_assert_cmpstr (before_contents, ==, "ID");
  g_assert_cmpstr (after_contents, ==, "ID TEMPLATE/NIC_ALIAS TEMPLATE/PCI");
}

static void
test_no_vm (void)
{
  g_autoptr (RequestSample) sample = request_sample_new ("SAVE", "<HOST>h</HOST>", 502, "kvm");
  g_autoptr (GError) error = NULL;

  g_assert_null (vmm_vnm_message (&sample->request, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_MISSING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vnm/drivers", test_drivers);
  g_test_add_func ("/vnm/drivers-of-the-message", test_drivers_of_the_message);
  g_test_add_func ("/vnm/contents", test_contents);
  g_test_add_func ("/vnm/text", test_text);
  g_test_add_func ("/vnm/aliases-and-pci", test_aliases_and_pci);
  g_test_add_func ("/vnm/no-vm", test_no_vm);
  return g_test_run ();
}
