/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/message.h"

#include <string.h>

typedef struct
{
  const char    *line;
  VmmMessageKind kind;
  const char    *verb, *id, *base64;
  gboolean       double_blank;
} Case;

static const Case cases[] = {
  { "INIT", VMM_MESSAGE_INIT, "INIT", NULL, NULL, FALSE },
  { "init", VMM_MESSAGE_INIT, "INIT", NULL, NULL, FALSE },
  { "  INIT  ", VMM_MESSAGE_INIT, "INIT", NULL, NULL, FALSE },
  { "FINALIZE", VMM_MESSAGE_FINALIZE, "FINALIZE", NULL, NULL, FALSE },
  { "POLL 5 QUFB", VMM_MESSAGE_ACTION, "POLL", "5", "QUFB", FALSE },
  { "POLL  5 QUFB", VMM_MESSAGE_ACTION, "POLL", "5", "QUFB", TRUE },
  { "poll\t5\tQUFB\r", VMM_MESSAGE_ACTION, "POLL", "5", "QUFB", FALSE },
  { "POLL -1 QUFB", VMM_MESSAGE_ACTION, "POLL", "-1", "QUFB", FALSE },
  { "DRIVER_CANCEL 2", VMM_MESSAGE_CANCEL, "DRIVER_CANCEL", "2", NULL, FALSE },
  { "DRIVER_CANCEL  2 ", VMM_MESSAGE_CANCEL, "DRIVER_CANCEL", "2", NULL, TRUE },
  { "driver_cancel 2 x", VMM_MESSAGE_CANCEL, "DRIVER_CANCEL", "2", NULL, FALSE },
  { "", VMM_MESSAGE_EMPTY, NULL, NULL, NULL, FALSE },
  { " \t \r", VMM_MESSAGE_EMPTY, NULL, NULL, NULL, FALSE },
  { "DRIVER_CANCEL", VMM_MESSAGE_BAD, "DRIVER_CANCEL", NULL, NULL, FALSE },
  { "DRIVER_CANCEL x", VMM_MESSAGE_BAD, "DRIVER_CANCEL", NULL, NULL, FALSE },
  { "POLL", VMM_MESSAGE_BAD, "POLL", NULL, NULL, FALSE },
  { "POLL 5", VMM_MESSAGE_BAD, "POLL", "5", NULL, FALSE },
  { "POLL 5 a b", VMM_MESSAGE_BAD, "POLL", "5", NULL, FALSE },
  { "POLL one-5 QUFB", VMM_MESSAGE_BAD, "POLL", NULL, NULL, FALSE },
  { "POLL - QUFB", VMM_MESSAGE_BAD, "POLL", NULL, NULL, FALSE },
  { "POLL 5;reboot QUFB", VMM_MESSAGE_BAD, "POLL", NULL, NULL, FALSE },
  { "POLL 123456789012345678901 QUFB", VMM_MESSAGE_BAD, "POLL", NULL, NULL, FALSE },
  { "PO$(x)\x01\xff 5 QUFB", VMM_MESSAGE_ACTION, "PO__X___", "5", "QUFB", FALSE },
};

static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (VmmMessage) message = vmm_message_parse (cases[i].line, strlen (cases[i].line));

      g_test_message ("'%s'", cases[i].line);
      g_assert_cmpint (message->kind, ==, cases[i].kind);
      g_assert_cmpstr (message->verb, ==, cases[i].verb);
      g_assert_cmpstr (message->id, ==, cases[i].id);
      g_assert_cmpstr (message->base64, ==, cases[i].base64);
      g_assert_cmpint (message->double_blank, ==, cases[i].double_blank);
      g_assert_cmpint (message->problem != NULL, ==, cases[i].kind == VMM_MESSAGE_BAD);
      if (message->base64 != NULL)
        g_assert_cmpint (message->base64_len, ==, strlen (message->base64));
    }
}

/* A NUL is a byte like others, and does not hide what follows it. */
static void
test_nul (void)
{
  g_autoptr (VmmMessage) message = vmm_message_parse ("PO\0LL 5 QUFB", 12);

  g_assert_cmpstr (message->id, ==, "5");
}

static void
test_long_verb (void)
{
  g_autofree char *verb = g_strnfill (1000, 'x');
  g_autofree char *line = g_strconcat (verb, " 5 QUFB", NULL);
  g_autoptr (VmmMessage) message = vmm_message_parse (line, strlen (line));

  g_assert_cmpint (message->kind, ==, VMM_MESSAGE_BAD);
  g_assert_cmpstr (message->id, ==, "5");
  g_assert_cmpint (strlen (message->verb), <=, 64);
}

static void
test_too_long (void)
{
  g_autoptr (VmmMessage) with_id = vmm_message_too_long ("POLL 5 QUFBQUFB", 15);
  g_autoptr (VmmMessage) without = vmm_message_too_long ("QUFBQUFBQUFB", 12);

  g_assert_cmpint (with_id->kind, ==, VMM_MESSAGE_BAD);
  g_assert_cmpstr (with_id->verb, ==, "POLL");
  g_assert_cmpstr (with_id->id, ==, "5");
  g_assert_nonnull (with_id->problem);
  g_assert_cmpint (without->kind, ==, VMM_MESSAGE_BAD);
  g_assert_null (without->id);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message/cases", test_cases);
  g_test_add_func ("/message/nul", test_nul);
  g_test_add_func ("/message/long-verb", test_long_verb);
  g_test_add_func ("/message/too-long", test_too_long);
  return g_test_run ();
}
