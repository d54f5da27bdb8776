/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/answer.h"

static void
test_result (void)
{
  g_autoptr (VmmAnswer) good = vmm_answer_parse ("DEPLOY SUCCESS 7 one-7");
  g_autoptr (VmmAnswer) bad = vmm_answer_parse ("SAVE FAILURE 8 no room left");
  g_autoptr (VmmAnswer) bare = vmm_answer_parse ("CLEANUP SUCCESS 9");

  g_assert_cmpint (good->kind, ==, VMM_ANSWER_RESULT);
  g_assert_true (good->success);
  g_assert_cmpstr (good->verb, ==, "DEPLOY");
  g_assert_cmpstr (good->id, ==, "7");
  g_assert_cmpstr (good->text, ==, "one-7");
  g_assert_cmpint (bad->kind, ==, VMM_ANSWER_RESULT);
  g_assert_false (bad->success);
  g_assert_cmpstr (bad->text, ==, "no room left");
  g_assert_cmpint (bare->kind, ==, VMM_ANSWER_RESULT);
  g_assert_cmpstr (bare->text, ==, "");
}

static void
test_log (void)
{
  g_autoptr (VmmAnswer) log = vmm_answer_parse ("LOG W 3 take  care\x1b[2J");

  g_assert_cmpint (log->kind, ==, VMM_ANSWER_LOG);
  g_assert_cmpint (log->severity, ==, VMM_SEVERITY_WARNING);
  g_assert_cmpstr (log->id, ==, "3");
  g_assert_cmpstr (log->text, ==, "take  care [2J");
}

static void
test_other (void)
{
  static const char *const lines[] = {
    "", "LOG", "LOG X 3 text", "LOG INFO 3 text", "DEPLOY MAYBE 7 x", "Segmentation fault",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autoptr (VmmAnswer) answer = vmm_answer_parse (lines[i]);

      g_assert_cmpint (answer->kind, ==, VMM_ANSWER_OTHER);
      g_assert_cmpstr (answer->text, ==, lines[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/answer/result", test_result);
  g_test_add_func ("/answer/log", test_log);
  g_test_add_func ("/answer/other", test_other);
  return g_test_run ();
}
