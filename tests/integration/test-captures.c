/* SPDX-License-Identifier: Apache-2.0 */
#include "captures.h"

static const CapturesWay way = { .name = "local", .arguments = "--all-local ", .local = TRUE };

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  captures_add_tests (&way);
  captures_add_other_tests (&way);
  return g_test_run ();
}
