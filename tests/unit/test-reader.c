/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/reader.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "vmm-limits.h"

static void
take (VmmMessage *message, gpointer user_data)
{
  GString *seen = user_data;

  g_string_append_printf (seen, "%d:%s:%s:%s|", message->kind, message->verb, message->id,
                          message->kind == VMM_MESSAGE_ACTION ? message->base64 : NULL);
  vmm_message_free (message);
}

typedef struct
{
  int        fds[2];
  VmmReader *reader;
  GString   *seen;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (pipe (fixture->fds), ==, 0);
  vmm_fd_set_nonblocking (fixture->fds[0]);
  fixture->seen = g_string_new (NULL);
  fixture->reader = vmm_reader_new (fixture->fds[0], take, fixture->seen);
}

static void
tear_down (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  vmm_reader_free (fixture->reader);
  close (fixture->fds[0]);
  g_string_free (fixture->seen, TRUE);
}

static void
feed (Fixture *fixture, const char *data, gsize len)
{
  g_assert_true (vmm_fd_write_all (fixture->fds[1], data, len));
  g_assert_true (vmm_reader_read (fixture->reader));
}

static void
end (Fixture *fixture)
{
  close (fixture->fds[1]);
  while (vmm_reader_read (fixture->reader))
    ;
}

/* The same messages, wherever the bytes are cut. */
static void
test_split (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char text[] = "INIT\n\nPOLL 5 QUFB\r\nDRIVER_CANCEL  6 \nPOLL 7 QQ==";
  g_autoptr (GString) want = g_string_new (NULL);

  g_string_printf (want, "%d:INIT:(null):(null)|%d:(null):(null):(null)|%d:POLL:5:QUFB|"
                   "%d:DRIVER_CANCEL:6:(null)|%d:POLL:7:QQ==|",
                   VMM_MESSAGE_INIT, VMM_MESSAGE_EMPTY, VMM_MESSAGE_ACTION, VMM_MESSAGE_CANCEL,
                   VMM_MESSAGE_ACTION);
  for (gsize cut = 1; cut < sizeof text - 1; cut++)
    {
      g_string_truncate (fixture->seen, 0);
      feed (fixture, text, cut);
      feed (fixture, text + cut, sizeof text - 1 - cut);
      feed (fixture, "\n", 1);
      g_assert_cmpstr (fixture->seen->str, ==, want->str);
    }
  end (fixture);
}

static void
test_byte_by_byte (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  static const char text[] = "POLL 5 QUFB\nPOLL 6 QUFB\n";

  for (gsize i = 0; i < sizeof text - 1; i++)
    feed (fixture, text + i, 1);
  end (fixture);
  g_assert_nonnull (strstr (fixture->seen->str, "POLL:5:QUFB|"));
  g_assert_nonnull (strstr (fixture->seen->str, "POLL:6:QUFB|"));
}

static void
test_last_line_without_newline (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  feed (fixture, "POLL 5 QUFB", 11);
  g_assert_cmpint (fixture->seen->len, ==, 0);
  end (fixture);
  g_assert_nonnull (strstr (fixture->seen->str, "POLL:5:QUFB|"));
}

static void
feed_many (Fixture *fixture, char c, gsize len)
{
  g_autofree char *block = g_strnfill (32768, c);

  for (; len > 0; len -= MIN (len, 32768))
    feed (fixture, block, MIN (len, 32768));
}

/* It is told of once, and the next line is whole again. */
static void
test_too_long (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *want = g_strdup_printf ("%d:POLL:5:(null)|%d:POLL:6:QUFB|", VMM_MESSAGE_BAD,
                                           VMM_MESSAGE_ACTION);

  feed (fixture, "POLL 5 ", 7);
  feed_many (fixture, 'A', VMM_MAX_LINE_BYTES + 100000);
  g_assert_cmpint (fixture->seen->len, ==, 0);
  feed (fixture, "\nPOLL 6 QUFB\n", 13);
  end (fixture);
  g_assert_cmpstr (fixture->seen->str, ==, want);
}

static void
test_long_but_allowed (Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
  feed (fixture, "POLL 5 ", 7);
  feed_many (fixture, 'A', 1024 * 1024);
  feed (fixture, "\n", 1);
  end (fixture);
  g_assert_true (g_str_has_prefix (strchr (fixture->seen->str, ':'), ":POLL:5:AAAA"));
  g_assert_cmpint (fixture->seen->len, >, 1024 * 1024);
}

#define ADD(name, func) g_test_add ("/reader/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("split", test_split);
  ADD ("byte-by-byte", test_byte_by_byte);
  ADD ("last-line-without-newline", test_last_line_without_newline);
  ADD ("too-long", test_too_long);
  ADD ("long-but-allowed", test_long_but_allowed);
  return g_test_run ();
}
