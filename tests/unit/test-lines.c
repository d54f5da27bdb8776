/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lines.h"

#include <glib/gstdio.h>
#include <string.h>

#include "common/base64.h"

static char *
line_of (const char *start, const char *xml)
{
  g_autofree char *base64 = vmm_base64_encode (xml, strlen (xml), 0);

  return g_strconcat (start, base64, NULL);
}

/* The error for a line ends in want. */
static void
assert_refused (const char *line, const char *want)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (vmm_line_new (line, "FILE:3", &error));
  g_assert_nonnull (error);
  if (strstr (error->message, want) == NULL)
    g_error ("'%s' is not in '%s'", want, error->message);
  g_assert_true (g_str_has_prefix (error->message, "FILE:3: "));
}

static void
test_good (void)
{
  g_autofree char *text = line_of ("POLL  7 ", "<VMM_DRIVER_ACTION_DATA><HOST>h</HOST>"
                                   "</VMM_DRIVER_ACTION_DATA>");
  g_autofree char *with_newline = g_strconcat (text, "\n", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmLine) line = vmm_line_new (text, "x", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (line->text, ==, with_newline);
  g_assert_cmpstr (line->message->verb, ==, "POLL");
  g_assert_nonnull (line->payload);
}

static void
test_places (void)
{
  g_autofree char *broken_xml = line_of ("POLL 7 ", "<VMM_DRIVER_ACTION_DATA>\n<HOST></VM>");

  assert_refused ("POLL 7", "three words");
  assert_refused ("POLL seven PEE+", "not a number");
  assert_refused ("POLL 7 PEE$PEE+", "from column 8 on: not base64: byte 0x24 at offset 3");
  assert_refused ("POLL  7 PEE", "from column 9 on: not base64: 3 characters");
  assert_refused (broken_xml, "line 2, column 12");
}

static void
test_file (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  int fd = g_file_open_tmp ("test-lines-XXXXXX", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (path, "INIT\n\nFINALIZE", -1, &error);
  lines = vmm_lines_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lines->len, ==, 2);

  g_file_set_contents (path, "\n \n", -1, &error);
  g_assert_null (vmm_lines_read (path, &error));
  g_assert_nonnull (strstr (error->message, "no line"));
  g_clear_error (&error);

  g_file_set_contents (path, "IN\0T\n", 5, &error);
  g_assert_null (vmm_lines_read (path, &error));
  g_assert_nonnull (strstr (error->message, "byte 3 is NUL"));
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lines/good", test_good);
  g_test_add_func ("/lines/places", test_places);
  g_test_add_func ("/lines/file", test_file);
  return g_test_run ();
}
