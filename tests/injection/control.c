/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "hostile.h"
#include "run.h"
#include "tests.h"

/* The same text, on the same way, given to a shell on purpose; and the scripts outside,
 * where "../" leads. */
void
test_control (gconstpointer data)
{
  Run run = run_start (data);

  run_load (&run, "RESET");
  for (gsize i = 0; i < 4; i++)
    {
      char *xml = g_strconcat (
        "<VMM_DRIVER_ACTION_DATA><HOST>host01</HOST><DEPLOY_ID>", hostile_texts[i],
        "</DEPLOY_ID><VM><ID>0</ID></VM></VMM_DRIVER_ACTION_DATA>", NULL);
      g_autofree char *answer = NULL;

      /* As if it were pasted between the quotes of a command, or outside of them. */
      rig_script (run.rig, "vmm/kvm/reset",
                  i == 0 ? "sh -c \"echo '$1'\"; :" : i == 1 ? "sh -c \"echo \\\"$1\\\"\"; :"
                                                               : "sh -c \"echo $1\"");
      run_set_xml (&run, xml, strlen (xml));
      answer = run_ask (&run);
      run_check_answer (&run, answer, "SUCCESS", "");
      if (!run_canary_is_there (&run))
        run_fail (&run, "the canary of '%s' is not there", hostile_texts[i]);
    }
  for (gsize i = 0; hostile_names[i] != NULL; i++)
    {
      g_autofree char *script = rig_path (run.rig, "var/remotes/vnm/%s/clean", hostile_names[i]);

      if (*hostile_names[i] == '/')
        continue;
      sshlab_do ((const char *const[]) { script, NULL });
      if (!run_canary_is_there (&run))
        run_fail (&run, "%s does not lead to a canary", script);
    }
  run_finish (&run);
}
