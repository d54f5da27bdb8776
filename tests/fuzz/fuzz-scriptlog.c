/* SPDX-License-Identifier: Apache-2.0
 *
 * A script's standard error, in two pieces: the same records as in one.
 */
#include "driver/scriptlog.h"
#include "fuzz.h"

static void
on_record (VmmSeverity severity, const char *text, gpointer user_data)
{
  g_string_append_printf (user_data, "%c%s\n", severity, text);
}

static GString *
records (const char *data, size_t size, size_t cut)
{
  GString *out = g_string_new (NULL);
  g_autoptr (VmmScriptLog) log = vmm_script_log_new (on_record, out);
  g_autofree char *reason = NULL;

  vmm_script_log_feed (log, data, cut);
  vmm_script_log_feed (log, data + cut, size - cut);
  vmm_script_log_finish (log);
  reason = vmm_script_log_reason (log);
  g_string_append_printf (out, "=%s", reason == NULL ? "" : reason);
  return out;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  size_t cut = size == 0 ? 0 : data[0] % size;
  GString *whole = records ((const char *) data, size, 0);
  GString *pieces = records ((const char *) data, size, cut);

  FUZZ_CHECK (g_string_equal (whole, pieces));
  g_string_free (whole, TRUE);
  g_string_free (pieces, TRUE);
  return 0;
}
