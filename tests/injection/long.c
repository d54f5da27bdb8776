/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "calls.h"
#include "hostile.h"
#include "request.h"
#include "tests.h"

#define LONG_LEN (1024 * 1024)

/* What is read arrives whole. What would be an argument is refused with the reason, and
 * the script that would get it is not called. */
static void
check_long (Run *run, guint n, const char *text, const char *argument)
{
  g_autofree char *answer = NULL;
  g_autoptr (GPtrArray) calls = NULL;

  request_compose (run, text, (int) n);
  answer = run_ask (run);
  if (argument == NULL)
    {
      run_check_answer (run, answer, "SUCCESS", "");
      calls_check (run);
      return;
    }
  /* CLEANUP goes on whatever fails. */
  if (!g_str_equal (run->verb, "CLEANUP"))
    run_check_answer (run, answer, "FAILURE", "");
  if (strstr (run->rig->seen->str, "Argument list too long") == NULL)
    run_fail (run, "nothing says that argument %s is too long", argument);
  calls = rig_calls (run->rig);
  for (guint i = 0; i < calls->len; i++)
    for (char **arg = ((RigCall *) g_ptr_array_index (calls, i))->args; *arg != NULL; arg++)
      g_assert_cmpint (strlen (*arg), <, LONG_LEN);
}

void
test_long (gconstpointer data)
{
  Run run = run_start (data);
  g_autofree char *text = g_strnfill (LONG_LEN, '\'');
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  memcpy (text, "$(" HOSTILE_TOUCH ")\n", strlen ("$(" HOSTILE_TOUCH ")\n"));
  text[LONG_LEN - 1] = 'z';
  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      guint n_values, n_read = 0;

      calls_learn (&run, row->verb);
      n_values = run.values->len;
      for (guint n = 0; n < n_values; n++)
        {
          Kind kind = g_array_index (run.kinds, Kind, n);
          g_autofree char *argument = calls_argument (&run, n);

          if (kind == PATH || kind == NAME || kind == COMMAND)
            continue;
          if (argument == NULL ? n_read++ == 0 : g_hash_table_add (seen, g_strdup (argument)))
            check_long (&run, n, text, argument);
        }
    }
  g_assert_cmpint (g_hash_table_size (seen), >, 10);
  run_finish (&run);
}
