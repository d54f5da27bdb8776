/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor for start-up and memory: linked to all that the driver is linked to,
 * it answers the first line and stays until the end of input.
 */
#include <unistd.h>

int
main (void)
{
  static const char answer[] = "INIT SUCCESS - -\n";
  char buffer[256];

  if (read (STDIN_FILENO, buffer, sizeof buffer) > 0
      && write (STDOUT_FILENO, answer, sizeof answer - 1) > 0)
    while (read (STDIN_FILENO, buffer, sizeof buffer) > 0)
      ;
  return 0;
}
