/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/scriptlog.h"

#include <string.h>

#include "vmm-limits.h"

#define BEGIN "ERROR MESSAGE --8<------\n"
#define END   "ERROR MESSAGE ------>8--\n"

static void
take (VmmSeverity severity, const char *text, gpointer user_data)
{
  g_string_append_printf (user_data, "%c %s\n", severity, text);
}

typedef struct
{
  const char *said;
  const char *records;
  const char *reason;
} Case;

static const Case cases[] = {
  { "", "", NULL },
  { "\n\n", "", NULL },
  { "plain\n", "I plain\n", "plain" },
  { "no newline", "I no newline\n", "no newline" },
  { "ERROR: a\nINFO: b\nDEBUG:c\n", "E a\nI b\nD c\n", "a" },
  { "INFO: only\n", "I only\n", NULL },
  { "a\r\nb  \n", "I a\nI b\n", "a\nb" },
  { "before\n" BEGIN "the\nreason\n" END "after\n", "I before\nE the\nE reason\nI after\n",
    "the\nreason" },
  { BEGIN "never closed", "E never closed\n", "never closed" },
  { BEGIN END "noise\n", "I noise\n", NULL },
  { BEGIN "a\n" END BEGIN "b\n" END, "E a\nE b\n", "a\nb" },
  { "ExitCode: 0\n", "I ExitCode: 0\n", "ExitCode: 0" },
};

/* However the bytes come, the records are the same. */
static void
test_cases (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize piece = 1; piece <= strlen (cases[i].said) + 1; piece++)
      {
        g_autoptr (GString) records = g_string_new (NULL);
        g_autoptr (VmmScriptLog) log = vmm_script_log_new (take, records);
        g_autofree char *reason = NULL;
        gsize len = strlen (cases[i].said);

        for (gsize at = 0; at < len; at += piece)
          vmm_script_log_feed (log, cases[i].said + at, MIN (piece, len - at));
        vmm_script_log_finish (log);
        reason = vmm_script_log_reason (log);
        g_test_message ("'%s' by %" G_GSIZE_FORMAT, cases[i].said, piece);
        g_assert_cmpstr (records->str, ==, cases[i].records);
        g_assert_cmpstr (reason, ==, cases[i].reason);
      }
}

/* A record is there as soon as its line is. */
static void
test_at_once (void)
{
  g_autoptr (GString) records = g_string_new (NULL);
  g_autoptr (VmmScriptLog) log = vmm_script_log_new (take, records);

  vmm_script_log_feed (log, "first\nsec", 9);
  g_assert_cmpstr (records->str, ==, "I first\n");
  vmm_script_log_feed (log, "ond\n", 4);
  g_assert_cmpstr (records->str, ==, "I first\nI second\n");
}

static void
test_nul (void)
{
  g_autoptr (GString) records = g_string_new (NULL);
  g_autoptr (VmmScriptLog) log = vmm_script_log_new (take, records);

  vmm_script_log_feed (log, "a\0b\n", 4);
  g_assert_cmpstr (records->str, ==, "I a b\n");
}

static void
test_long_line (void)
{
  g_autoptr (GString) records = g_string_new (NULL);
  g_autoptr (VmmScriptLog) log = vmm_script_log_new (take, records);
  g_autofree char *line = g_strnfill (VMM_MAX_LOG_LINE_BYTES + 1000, 'x');

  vmm_script_log_feed (log, line, strlen (line));
  vmm_script_log_feed (log, "\nnext\n", 6);
  vmm_script_log_finish (log);
  g_assert_nonnull (strstr (records->str, "\nI next\n"));
  g_assert_nonnull (strstr (records->str, "1000 bytes"));
  g_assert_cmpint (records->len, <, VMM_MAX_LOG_LINE_BYTES + 200);
}

/* A flood is cut, and what is left out is counted. */
static void
test_flood (void)
{
  g_autoptr (GString) records = g_string_new (NULL);
  g_autoptr (VmmScriptLog) log = vmm_script_log_new (take, records);
  g_autofree char *reason = NULL;

  for (guint i = 0; i < 50000; i++)
    vmm_script_log_feed (log, "a line of forty bytes, over and over..\n", 39);
  vmm_script_log_finish (log);
  reason = vmm_script_log_reason (log);
  g_assert_cmpint (records->len, <, 2 * VMM_MAX_LOG_BYTES);
  g_assert_nonnull (strstr (records->str, "left out"));
  g_assert_cmpint (strlen (reason), <, VMM_MAX_REASON_BYTES + 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scriptlog/cases", test_cases);
  g_test_add_func ("/scriptlog/at-once", test_at_once);
  g_test_add_func ("/scriptlog/nul", test_nul);
  g_test_add_func ("/scriptlog/long-line", test_long_line);
  g_test_add_func ("/scriptlog/flood", test_flood);
  return g_test_run ();
}
