/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"

#include <string.h>

#include "common/error.h"

static void
test_decode (void)
{
  gsize len = 0;
  g_autofree char *out = vmm_base64_decode ("PFg+PC9YPg==", 12, &len, NULL);

  g_assert_cmpstr (out, ==, "<X></X>");
  g_assert_cmpuint (len, ==, 7);
}

static void
test_rejects (void)
{
  static const char *const bad[] = { "", "PFg", "PF g+PC9", "PFg+PC9YPg=", "====", "PFg+====",
                                     "PF=+PC9Y", "\xc3\xa9" "ab", "ab\ncd==" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize len = 99;

      g_assert_null (vmm_base64_decode (bad[i], strlen (bad[i]), &len, &error));
      g_assert_error (error, VMM_ERROR, VMM_ERROR_INVALID);
      g_assert_cmpuint (len, ==, 99);
    }
  g_assert_null (vmm_base64_decode ("\0FgA", 4, &(gsize){ 0 }, NULL));
}

static void
test_wrapping (void)
{
  char data[100];
  g_autofree char *wrapped = NULL;
  g_autofree char *plain = NULL;
  g_auto (GStrv) lines = NULL;

  memset (data, 'x', sizeof data);
  wrapped = vmm_base64_encode (data, sizeof data, 60);
  plain = vmm_base64_encode (data, sizeof data, 0);
  lines = g_strsplit (wrapped, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_cmpuint (strlen (lines[0]), ==, 60);
  g_assert_cmpuint (strlen (lines[1]), ==, 60);
  g_assert_cmpstr (lines[3], ==, "");
  g_assert_cmpuint (strlen (plain), ==, 136);
  g_assert_null (strchr (plain, '\n'));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base64/decode", test_decode);
  g_test_add_func ("/base64/rejects", test_rejects);
  g_test_add_func ("/base64/wrapping", test_wrapping);
  return g_test_run ();
}
