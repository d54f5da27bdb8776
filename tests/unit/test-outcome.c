/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/outcome.h"

#include <string.h>

#include "vmm-limits.h"

typedef struct
{
  VmmEnding   ending;
  int         code;
  const char *reason;
  const char *text;
} Case;

static const Case cases[] = {
  { VMM_ENDED_NOT_STARTED, 0, "no memory", "could not be started: no memory" },
  { VMM_ENDED_EXITED, 0, NULL, "exited with status 0" },
  { VMM_ENDED_EXITED, 255, NULL, "exited with status 255" },
  { VMM_ENDED_SIGNALLED, 9, NULL, "was killed by signal 9 (Killed)" },
  { VMM_ENDED_SIGNALLED, 0, "KILL", "was killed by a signal: KILL" },
  { VMM_ENDED_TIMED_OUT, 0, NULL, "did not end within its time limit" },
  { VMM_ENDED_CANCELLED, 0, NULL, "was cancelled" },
  { VMM_ENDED_LOST, 0, "connection reset", "was lost: connection reset" },
  { VMM_ENDED_NO_SCRIPT, 0, "/x: No such file", "does not exist: /x: No such file" },
  { VMM_ENDED_NOT_EXECUTABLE, 0, "/x", "is not executable (chmod +x it): /x" },
};

static void
test_describe (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (VmmOutcome) outcome;
      g_autofree char *text = NULL;

      vmm_outcome_init (&outcome);
      if (cases[i].reason == NULL)
        vmm_outcome_set (&outcome, cases[i].ending, cases[i].code, NULL);
      else
        vmm_outcome_set (&outcome, cases[i].ending, cases[i].code, "%s", cases[i].reason);
      text = vmm_outcome_describe (&outcome);
      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_cmpint (vmm_outcome_is_success (&outcome), ==,
                       cases[i].ending == VMM_ENDED_EXITED && cases[i].code == 0);
    }
}

static void
test_output_cap (void)
{
  g_auto (VmmOutcome) outcome;
  g_autofree char *block = g_strnfill (100000, 'x');

  vmm_outcome_init (&outcome);
  for (guint i = 0; i < 20; i++)
    vmm_outcome_append (&outcome, block, 100000);
  g_assert_cmpint (outcome.output->len, ==, VMM_MAX_OUTPUT_BYTES);
  g_assert_cmpint (outcome.output_dropped, ==, 2000000 - VMM_MAX_OUTPUT_BYTES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outcome/describe", test_describe);
  g_test_add_func ("/outcome/output-cap", test_output_cap);
  return g_test_run ();
}
