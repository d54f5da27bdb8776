/* SPDX-License-Identifier: Apache-2.0 */
#include "common/text.h"

#include <string.h>

static void
assert_line (const char *in, gssize len, const char *want)
{
  g_autofree char *got = vmm_text_one_line (in, len, 0);

  g_assert_cmpstr (got, ==, want);
}

static void
test_one_line (void)
{
  assert_line ("plain", -1, "plain");
  assert_line ("  a\r\nb\t\tc\n", -1, "a b c");
  assert_line ("a\0b", 3, "a b");
  assert_line ("x]]>y", -1, "x]] >y");
  assert_line ("]]]>", -1, "]]] >");
  assert_line ("caf\xe9 noir", -1, "caf\xef\xbf\xbd noir");
  assert_line ("\xe2\x82", -1, "\xef\xbf\xbd\xef\xbf\xbd");
  assert_line ("\x1b[31mred\x1b[0m", -1, "[31mred [0m");
  assert_line ("ünï\xc2\x85x", -1, "ünï x");
  assert_line ("\xef\xbf\xbe", -1, "");
  assert_line ("", -1, "");
}

static void
test_cut (void)
{
  g_autofree char *cut = vmm_text_one_line ("aaaaé", -1, 5);
  g_autofree char *fits = vmm_text_one_line ("aaaaa", -1, 5);

  g_assert_cmpstr (cut, ==, "aaaa...");
  g_assert_cmpstr (fits, ==, "aaaaa");
}

static void
test_reason (void)
{
  static const char *const cases[][2] = {
    { "", "no reason given" },   { "-", "no reason given" }, { "- - x", "x" },
    { "\n\n", "no reason given" }, { "ok - fine", "ok - fine" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *got = vmm_text_reason (cases[i][0], 0);

      g_assert_cmpstr (got, ==, cases[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/text/one-line", test_one_line);
  g_test_add_func ("/text/cut", test_cut);
  g_test_add_func ("/text/reason", test_reason);
  return g_test_run ();
}
