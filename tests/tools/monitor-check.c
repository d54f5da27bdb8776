/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads monitoring strings, one a line, and fails at the first that oned would refuse.
 */
#include <stdio.h>
#include <string.h>

#include "../unit/monitor-grammar.h"

int
main (void)
{
  char line[64 * 1024];
  int n = 0;

  while (fgets (line, sizeof line, stdin) != NULL)
    {
      gsize at = 0;

      line[strcspn (line, "\n")] = '\0';
      n++;
      if (!monitor_grammar_accepts (line, &at))
        {
          fprintf (stderr, "line %d, column %zu: %s\n", n, at + 1, line);
          return 1;
        }
    }
  return n > 0 ? 0 : 1;
}
