/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/assignments.h"

static void
take (const char *name, const char *value, gpointer user_data)
{
  g_string_append_printf (user_data, "%s<%s>", name, value);
}

typedef struct
{
  const char *text;
  const char *want;
  guint       warnings;
} Case;

static const Case cases[] = {
  { "", "", 0 },
  { "A=1", "A<1>", 0 },
  { "A=1\nB=2\n", "A<1>B<2>", 0 },
  { "# comment\n\n  \nA=1 # more\n", "A<1>", 0 },
  { "export A=1\n  export B=2", "A<1>B<2>", 0 },
  { "A=1 B=2", "A<1>B<2>", 0 },
  { "A='a b'\nB=\"c d\"\nC=e\\ f", "A<a b>B<c d>C<e f>", 0 },
  { "A='it'\"'\"'s'", "A<it's>", 0 },
  { "A=", "A<>", 0 },
  { "A=a=b", "A<a=b>", 0 },
  { "A='two\nlines'\nB=1", "A<two\nlines>B<1>", 0 },
  /* Nothing is expanded and nothing is run. */
  { "A=$HOME\nB=$(id)\nC=`id`", "A<$HOME>B<$(id)>C<`id`>", 0 },
  { "export A", "", 0 },
  { "A", "", 1 },
  { "1A=x", "", 1 },
  { "A-B=x", "", 1 },
  { "=x", "", 1 },
  { "if true; then\nA=1\nfi\n", "A<1>", 2 },
  { "A='never closed\n\nB=1", "B<1>", 1 },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GString) got = g_string_new (NULL);

      vmm_assignments_parse (cases[i].text, take, warnings, "file", got);
      g_test_message ("'%s'", cases[i].text);
      g_assert_cmpstr (got->str, ==, cases[i].want);
      g_assert_cmpint (warnings->len, ==, cases[i].warnings);
    }
}

static void
test_warning (void)
{
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) got = g_string_new (NULL);

  vmm_assignments_parse ("A=1\n\nwhat is this\n", take, warnings, "vmm_execrc", got);
  g_assert_cmpint (warnings->len, ==, 1);
  g_assert_true (g_str_has_prefix (g_ptr_array_index (warnings, 0), "vmm_execrc:3: "));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/assignments/cases", test_cases);
  g_test_add_func ("/assignments/warning-names-the-line", test_warning);
  return g_test_run ();
}
