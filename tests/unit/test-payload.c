/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/payload.h"

#include <libxml/parser.h>
#include <string.h>

#include "common/error.h"

#define XML(body) "<VMM_DRIVER_ACTION_DATA>" body "</VMM_DRIVER_ACTION_DATA>"

static VmmPayload *
make (const char *xml, GError **error)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) xml, strlen (xml));

  return vmm_payload_new (base64, strlen (base64), error);
}

static VmmPayload *
make_good (const char *xml)
{
  g_autoptr (GError) error = NULL;
  VmmPayload *payload = make (xml, &error);

  g_assert_no_error (error);
  return payload;
}

static void
assert_text (VmmPayload *payload, const char *xpath, const char *want)
{
  g_autofree char *text = vmm_payload_text (payload, xpath);

  g_test_message ("%s", xpath);
  g_assert_cmpstr (text, ==, want);
  g_assert_cmpint (vmm_payload_has (payload, xpath), ==, want != NULL);
  g_assert_cmpint (vmm_payload_node (payload, xpath) != NULL, ==, want != NULL);
}

static void
test_texts (void)
{
  g_autoptr (VmmPayload) payload = make_good (
    XML ("<HOST>h</HOST><EMPTY/><ALSO></ALSO>"
         "<ENTITIES>&lt;a&gt; &amp;amp; &#233;&#x6f22;</ENTITIES>"
         "<CDATA><![CDATA[<x> & ]]>&amp;<![CDATA[ ]]]]><![CDATA[>]]></CDATA>"
         "<SPACE>  a\n\tb  </SPACE><BLANK>   </BLANK><TWICE>1</TWICE><TWICE>2</TWICE>"
         "<VM><ID>5</ID><TEMPLATE><DISK><TARGET>vda</TARGET></DISK>"
         "<DISK><ATTACH>YES</ATTACH><TARGET><![CDATA[vdb]]></TARGET></DISK></TEMPLATE>"
         "<HISTORY_RECORDS><HISTORY><VM_MAD>kvm</VM_MAD></HISTORY>"
         "<HISTORY><VM_MAD>other</VM_MAD><REASON>0</REASON></HISTORY></HISTORY_RECORDS></VM>"));

  assert_text (payload, "HOST", "h");
  assert_text (payload, "EMPTY", "");
  assert_text (payload, "ALSO", "");
  assert_text (payload, "MISSING", NULL);
  assert_text (payload, "ENTITIES", "<a> &amp; é漢");
  assert_text (payload, "CDATA", "<x> & & ]]>");
  assert_text (payload, "SPACE", "  a\n\tb  ");
  assert_text (payload, "BLANK", "   ");
  assert_text (payload, "TWICE", "1");
  assert_text (payload, "VM/ID", "5");
  assert_text (payload, "VM/TEMPLATE/DISK/TARGET", "vda");
  assert_text (payload, "VM/TEMPLATE/DISK[ATTACH='YES']/TARGET", "vdb");
  assert_text (payload, "VM/TEMPLATE/DISK[ATTACH='NO']/TARGET", NULL);
  assert_text (payload, "VM/HISTORY_RECORDS/HISTORY/VM_MAD", "kvm");
  assert_text (payload, "VM/HISTORY_RECORDS/HISTORY/REASON", "0");
  assert_text (payload, "VM/HISTORY_RECORDS/HISTORY/MISSING", NULL);
  /* A grandchild is not a child. */
  assert_text (payload, "TARGET", NULL);
  assert_text (payload, "ID", NULL);
}

static void
test_xml_is_kept (void)
{
  const char *xml = "<?xml version=\"1.0\"?>\n" XML ("<A  b='1'></A>\n<!-- c -->");
  g_autoptr (VmmPayload) payload = make_good (xml);
  gsize len;
  const char *kept = g_bytes_get_data (vmm_payload_xml (payload), &len);

  g_assert_cmpmem (kept, len, xml, strlen (xml));
}

static void
test_serialise (void)
{
  g_autoptr (VmmPayload) payload =
    make_good (XML ("<VM><N>é &amp; &lt;</N><C><![CDATA[<x>]]></C><E/></VM>"));
  g_autofree char *text = vmm_payload_serialise (vmm_payload_node (payload, "VM"));

  g_assert_cmpstr (text, ==, "<VM><N>é &amp; &lt;</N><C><![CDATA[<x>]]></C><E/></VM>");
}

static void
test_refused (void)
{
  static const char *const bad[] = {
    "", "x", "<a", "<VMM_DRIVER_ACTION_DATA>", "<VM/>", XML ("<A>") , XML ("&nosuch;"),
    "<!DOCTYPE VMM_DRIVER_ACTION_DATA>" XML (""),
    "<!DOCTYPE a [<!ENTITY b \"c\">]>" XML ("<A>&b;</A>"),
    "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\">" XML (""),
    "<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]>" XML (""),
    "<!DOCTYPE lolz [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">"
    "<!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>" XML ("&c;"),
    XML ("<A>\x01</A>"), XML ("<A>\xff</A>"), XML ("") XML (""),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (VmmPayload) payload = make (bad[i], &error);

      g_test_message ("%s", bad[i]);
      g_assert_null (payload);
      g_assert_nonnull (error);
    }
}

static void
test_not_base64 (void)
{
  static const char *const bad[] = { "****", "QUF", "QUFB=", "QU=B", "QUFB QUFB" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (vmm_payload_new (bad[i], strlen (bad[i]), &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
    }
}

/* Wherever it stands: in an element, or after the root, where the parser would stop
 * and scripts would read on. */
static void
test_nul (void)
{
  static const char xml[] = XML ("<A>x</A>") "\0<B/>";

  for (gsize len = sizeof xml - 1; len > strlen (xml); len--)
    {
      g_autofree char *base64 = g_base64_encode ((const guchar *) xml, len);
      g_autoptr (GError) error = NULL;

      g_assert_null (vmm_payload_new (base64, strlen (base64), &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "NUL"));
    }
}

/* Deep nesting must end in an error and not in our stack. */
static void
test_deep (void)
{
  g_autoptr (GString) xml = g_string_new ("<VMM_DRIVER_ACTION_DATA><HOST>h</HOST>");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append (xml, "<a>");
  g_assert_null (make (xml->str, &error));
  g_assert_nonnull (error);
}

static char *
peek (const char *xml, gsize len, GError **error)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) xml, len);

  return vmm_payload_peek_host (base64, strlen (base64), error);
}

static void
assert_peek (const char *xml, const char *want)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *host = peek (xml, strlen (xml), &error);

  g_test_message ("%.200s", xml);
  g_assert_cmpstr (host, ==, want);
  g_assert_cmpint (error == NULL, ==, want != NULL);
}

static void
test_peek (void)
{
  g_autofree char *filler = g_strnfill (20000, 'x');
  g_autofree char *early = g_strdup_printf (XML ("<HOST>host01</HOST><A>%s</A>"), filler);
  g_autofree char *late = g_strdup_printf (XML ("<A>%s</A><HOST>host01</HOST>"), filler);
  g_autofree char *never = g_strdup_printf (XML ("<A>%s</A>"), filler);

  assert_peek (XML ("<HOST>host01</HOST>"), "host01");
  assert_peek (XML ("<HOST><![CDATA[ host01 ]]></HOST>"), "host01");
  assert_peek (XML ("<VM><HOST>inner</HOST></VM><HOST>outer</HOST>"), "outer");
  assert_peek (early, "host01");
  assert_peek (late, "host01");
  assert_peek (never, NULL);
  assert_peek (XML ("<HOST/>"), NULL);
  assert_peek (XML ("<HOST>  </HOST>"), NULL);
  assert_peek (XML (""), NULL);
  assert_peek ("", NULL);
  assert_peek ("no XML", NULL);
  assert_peek ("<!DOCTYPE a [<!ENTITY b 'c'>]>" XML ("<HOST>&b;</HOST>"), NULL);
}

/* Wherever it is cut, there is an error or a host, and nothing worse. */
static void
test_truncated (void)
{
  const char *xml = XML ("<HOST>host01</HOST><DEPLOY_ID><![CDATA[one-5]]></DEPLOY_ID><VM><ID>5</ID>"
                         "<NAME>&amp;é</NAME></VM>");

  for (gsize len = 0; len < strlen (xml); len++)
    {
      g_autofree char *base64 = g_base64_encode ((const guchar *) xml, len);
      g_autoptr (GError) error = NULL;
      g_autofree char *host = peek (xml, len, NULL);

      g_assert_null (vmm_payload_new (base64, strlen (base64), &error));
      g_assert_nonnull (error);
      if (host != NULL)
        g_assert_cmpstr (host, ==, "host01");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  xmlInitParser ();
  g_test_add_func ("/payload/texts", test_texts);
  g_test_add_func ("/payload/xml-is-kept", test_xml_is_kept);
  g_test_add_func ("/payload/serialise", test_serialise);
  g_test_add_func ("/payload/refused", test_refused);
  g_test_add_func ("/payload/nul", test_nul);
  g_test_add_func ("/payload/not-base64", test_not_base64);
  g_test_add_func ("/payload/deep", test_deep);
  g_test_add_func ("/payload/peek-host", test_peek);
  g_test_add_func ("/payload/truncated", test_truncated);
  return g_test_run ();
}
