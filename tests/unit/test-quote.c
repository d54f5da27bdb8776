/* SPDX-License-Identifier: Apache-2.0 */
#include "common/quote.h"

#include <string.h>

static void
assert_shell_reads (const char *shell, const char *word)
{
  const char *words[] = { "printf", "%s", word, NULL };
  g_autofree char *command = vmm_quote_argv (words);
  const char *argv[] = { shell, "-c", command, NULL };
  g_autofree char *out = NULL;
  g_autoptr (GError) error = NULL;
  int status = -1;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
                               NULL, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpstr (out, ==, word);
}

static void
test_round_trip (void)
{
  static const char *const words[] = {
    "", "plain", "two words", "it's", "''", "'", "\"", "$HOME", "$(touch x)", "`id`", "a\nb\n",
    "EOT", "-option", "~root", "=ls", "*", "{a,b}", "\\", "\\'", "!x", "#", ";|&<>()", "\t",
    "ünï", "\xff\xfe", "a=b", "%s",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      assert_shell_reads ("bash", words[i]);
      assert_shell_reads ("dash", words[i]);
    }
}

static void
test_plain_words_stay_readable (void)
{
  const char *argv[] = { "/var/tmp/one/vmm/kvm/poll", "one-7", "host01", "a b", NULL };
  g_autofree char *line = vmm_quote_argv (argv);

  g_assert_cmpstr (line, ==, "/var/tmp/one/vmm/kvm/poll one-7 host01 'a b'");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quote/round-trip", test_round_trip);
  g_test_add_func ("/quote/plain-words-stay-readable", test_plain_words_stay_readable);
  return g_test_run ();
}
