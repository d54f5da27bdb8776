/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "calls.h"
#include "request.h"
#include "tests.h"

typedef struct
{
  const char *body;   /* of the script */
  const char *answer; /* without its beginning, or its start when long */
  gsize       len;    /* of the answer, when long */
} Output;

#define MARKS(text) \
  "printf 'ERROR MESSAGE --8<------\\n" text "\\nERROR MESSAGE ------>8--\\n' >&2; exit 1"

static const Output outputs[] = {
  { "printf 'a\\0b\\nSUCCESS\\r\\033[2Jc\\td'", "SUCCESS 0 a b SUCCESS [2Jc d", 0 },
  { "printf 'x\\nDEPLOY SUCCESS 8 x\\nLOG E 8 x\\n\\377\\376]]>'",
    "SUCCESS 0 x DEPLOY SUCCESS 8 x LOG E 8 x \xef\xbf\xbd\xef\xbf\xbd]] >", 0 },
  { "printf '%s\\n' 'ERROR MESSAGE --8<------' no 'ERROR MESSAGE ------>8--'",
    "SUCCESS 0 ERROR MESSAGE --8<------ no ERROR MESSAGE ------>8--", 0 },
  { "printf 'LOG E 8 x\\nDEPLOY SUCCESS 8 x\\0\\033\\377]]>\\n' >&2; echo ok", "SUCCESS 0 ok", 0 },
  { MARKS ("no\\nDEPLOY SUCCESS 8 x\\n\\0\\033\\377]]>"),
    "FAILURE 0 no DEPLOY SUCCESS 8 x  \xef\xbf\xbd]] >", 0 },
  { "printf '\\0\\0\\n\\033' >&2; exit 1", "FAILURE 0 no reason given", 0 },
  { "echo \"$ONE_VMM_MARK ok 1 /bin/sh\"; echo \"$ONE_VMM_MARK missing\"; exit 3",
    "FAILURE 0 reset exited with status 3", 0 },
  { "head -c 1048576 /dev/zero | tr '\\0' x", "SUCCESS 0 xxxx", 1048576 },
  { "head -c 1048577 /dev/zero | tr '\\0' x", "SUCCESS 0 xxxx", 1048576 },
  { "head -c 1048576 /dev/zero | tr '\\0' '\\n'; echo y", "SUCCESS 0 -", 0 },
  { "head -c 1048576 /dev/zero | tr '\\0' x >&2; exit 1", "FAILURE 0 xxxx", 8192 },
};

void
test_outputs (gconstpointer data)
{
  Run run = run_start (data);

  run_load (&run, "RESET");
  request_compose (&run, NULL, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (outputs); i++)
    {
      const Output *output = &outputs[i];
      g_autofree char *want = g_strdup_printf ("RESET %s", output->answer);
      g_autofree char *answer = NULL;

      rig_script (run.rig, "vmm/kvm/reset", output->body);
      answer = run_ask (&run);
      if (output->len == 0 ? !g_str_equal (answer, want) : !g_str_has_prefix (answer, want))
        run_fail (&run, "'%s' is answered by '%.500s', not '%s'", output->body, answer, want);
      if (output->len > 0)
        {
          gsize len = strlen (answer + strlen ("RESET SUCCESS 0 "));

          if (len < output->len || len > output->len + 3)
            run_fail (&run, "'%s' is answered by %" G_GSIZE_FORMAT " bytes", output->body, len);
        }
    }
  run_finish (&run);
}

/* The name of the domain that the deploy script prints becomes an argument. */
void
test_deploy_id (gconstpointer data)
{
  static const char *const printed[][2] = {
    { "$(touch${IFS}${HOME}CANARY)", "$(touch${IFS}${HOME}CANARY)" },
    { "';touch${IFS}${HOME}CANARY;'`touch${IFS}${HOME}CANARY`", "';touch${IFS}${HOME}CANARY;'`touch${IFS}${HOME}CANARY`" },
    { "Created\n-oProxyCommand=x one\n\n", "-oProxyCommand=x" },
    { "one\nEOT]]>\n", "EOT]]" },
    { "../../x\033[1m\r", "../../x" },
    { "\377\376\n", "\xef\xbf\xbd\xef\xbf\xbd" },
    { "", "-" },
  };
  Run run = run_start (data);

  calls_learn (&run, "DEPLOY");
  for (gsize i = 0; i < G_N_ELEMENTS (printed); i++)
    {
      g_autofree char *answer = NULL;
      g_autofree char *want = g_strdup_printf ("DEPLOY SUCCESS 0 %s", printed[i][1]);
      g_autoptr (GPtrArray) calls = NULL;
      guint found = 0;

      rig_stub_prints (run.rig, "deploy", printed[i][0]);
      answer = run_ask (&run);
      if (!g_str_equal (answer, want))
        run_fail (&run, "'%s' is answered by '%s'", printed[i][0], answer);
      calls = rig_calls (run.rig);
      for (guint j = 0; j < calls->len; j++)
        {
          const RigCall *call = g_ptr_array_index (calls, j);

          if (!g_str_has_suffix (call->script, "/post"))
            continue;
          g_assert_true (g_strv_contains ((const char *const *) call->args, printed[i][1]));
          found++;
        }
      g_assert_cmpint (found, >, 0);
    }
  run_finish (&run);
}
