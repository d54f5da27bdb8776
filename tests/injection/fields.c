/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "calls.h"
#include "hostile.h"
#include "request.h"
#include "tests.h"

void
test_fields (gconstpointer data)
{
  Run run = run_start (data);

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      calls_learn (&run, row->verb);
      for (gsize i = 0; hostile_texts[i] != NULL; i++)
        {
          g_autofree char *answer = NULL;

          request_compose (&run, hostile_texts[i], -1);
          answer = run_ask (&run);
          run_check_answer (&run, answer, "SUCCESS", "");
          calls_check (&run);
        }
    }
  run_finish (&run);
}

/* What XML can't carry: the request as a whole is refused, before anything runs. */
void
test_unfit (gconstpointer data)
{
  Run run = run_start (data);

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      guint n_values;

      calls_learn (&run, row->verb);
      n_values = run.values->len;
      for (guint n = 0; n < n_values; n++)
        for (gsize i = n % 5; i < hostile_n_bytes; i += 5)
          {
            g_autofree char *answer = NULL;

            request_put_bytes (&run, n, &hostile_bytes[i]);
            answer = run_ask (&run);
            run_check_answer (&run, answer, "FAILURE", "XML");
            calls_check_none (&run);
          }
      for (gsize i = 0; i < 2; i++)
        {
          g_autofree char *answer = NULL;
          char *xml = g_strconcat (run.plain, "??", NULL);

          /* After the end, where a string would end. */
          memcpy (xml + strlen (run.plain), i == 0 ? "\0x" : "\0\0", 2);
          run_set_xml (&run, xml, strlen (run.plain) + 2);
          answer = run_ask (&run);
          run_check_answer (&run, answer, "FAILURE", "XML");
          calls_check_none (&run);
        }
    }
  run_finish (&run);
}
