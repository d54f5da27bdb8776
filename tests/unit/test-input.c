/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/input.h"

#include <string.h>
#include <unistd.h>

#include "common/error.h"

static void
assert_decodes (const char *text, const char *want)
{
  gsize len = 99;
  g_autofree char *got = vmm_input_decode_base64 (text, &len);

  g_assert_cmpmem (got, len, want, strlen (want));
  g_assert_cmpint (got[len], ==, '\0');
}

static void
test_base64_is_lenient (void)
{
  assert_decodes ("PEE+eDwvQT4=", "<A>x</A>");
  assert_decodes ("PEE+eDwvQT4", "<A>x</A>");
  assert_decodes ("PEE+\neDwv\r\nQT4=\n", "<A>x</A>");
  assert_decodes (" P-E_E+e*Dwv QT4 ", "<A>x</A>");
  assert_decodes ("=PEE+=eDwvQT4=", "<A>x</A>");
  assert_decodes ("PEE+eDwvQT4=PEE+", "<A>x</A>");
  assert_decodes ("PEE+e", "<A>");
  assert_decodes ("PEE+eD", "<A>x");
  assert_decodes ("", "");
  assert_decodes ("====", "");
  assert_decodes ("\xc3\xbc", "");
}

static int
pipe_with (const char *text)
{
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (write (ends[1], text, strlen (text)), ==, strlen (text));
  close (ends[1]);
  return ends[0];
}

static void
test_read (void)
{
  g_autoptr (GError) error = NULL;
  gsize len = 99;
  int fd = pipe_with ("twelve bytes");
  g_autofree char *text = vmm_input_read (fd, 12, &len, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (text, len, "twelve bytes", 12);
  g_assert_cmpint (text[len], ==, '\0');
  close (fd);
}

static void
test_read_has_a_limit (void)
{
  g_autoptr (GError) error = NULL;
  gsize len = 99;
  int fd = pipe_with ("twelve bytes");

  g_assert_null (vmm_input_read (fd, 11, &len, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_TOO_BIG);
  g_assert_cmpuint (len, ==, 99);
  close (fd);
}

static void
test_read_fails (void)
{
  g_autoptr (GError) error = NULL;
  gsize len = 99;

  g_assert_null (vmm_input_read (-1, 12, &len, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_SYSTEM);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/input/base64-is-lenient", test_base64_is_lenient);
  g_test_add_func ("/input/read", test_read);
  g_test_add_func ("/input/read-has-a-limit", test_read_has_a_limit);
  g_test_add_func ("/input/read-fails", test_read_fails);
  return g_test_run ();
}
