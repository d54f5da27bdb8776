/* SPDX-License-Identifier: Apache-2.0
 *
 * XML of a request, wrapped in base64 here so that the fuzzer need not find
 * that out, for every action and release: a plan or an error, never both.
 */
#include "driver/plan.h"
#include "fuzz.h"

static const char *const verbs[] = {
  "DEPLOY", "SHUTDOWN", "CANCEL", "SAVE", "RESTORE", "MIGRATE", "POLL", "REBOOT", "RESET",
  "ATTACHDISK", "DETACHDISK", "RESIZEDISK", "ATTACHNIC", "DETACHNIC", "UPDATENIC", "UPDATESG",
  "SNAPSHOTCREATE", "SNAPSHOTREVERT", "SNAPSHOTDELETE", "DISKSNAPSHOTCREATE",
  "DISKSNAPSHOTREVERT", "CLEANUP", "UPDATECONF", "RESIZE", "BACKUP", "BACKUPCANCEL", "EXEC",
  "EXEC_CANCEL",
};
static const guint releases[] = { 414, 502, 504, 512, 600, 610, 704 };

static char *no_words[] = { NULL };

static void
check_steps (const GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    {
      const VmmPlanStep *step = g_ptr_array_index (steps, i);

      for (guint j = 0; j < step->calls->len; j++)
        {
          const VmmCall *call = g_ptr_array_index (step->calls, j);

          /* Whatever the request says, what runs lies in the remotes. */
          FUZZ_CHECK (g_str_has_prefix (call->command->argv[0], "/remotes/"));
          FUZZ_CHECK (strstr (call->command->argv[0], "/../") == NULL);
        }
      check_steps (step->undo);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  VmmConfig config = { .remotes_dir = (char *) "/remotes", .host_dir = (char *) "/remotes",
                       .live_disk_snapshots = no_words, .vnm_local_actions = no_words };
  VmmOptions options = { .driver = (char *) "kvm", .shell = (char *) "bash" };
  VmmMessage message = { .kind = VMM_MESSAGE_ACTION, .id = (char *) "7" };
  g_autofree char *base64 = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (VmmPayload) payload = NULL;
  g_autoptr (VmmPlan) plan = NULL;
  g_autofree char *host = NULL;

  if (size < 2)
    return 0;
  base64 = g_base64_encode (data + 2, size - 2);
  message.verb = (char *) verbs[data[0] % G_N_ELEMENTS (verbs)];
  message.base64 = base64;
  message.base64_len = strlen (base64);

  host = vmm_payload_peek_host (base64, message.base64_len, NULL);
  payload = vmm_payload_new (base64, message.base64_len, &error);
  FUZZ_CHECK ((payload == NULL) == (error != NULL));
  if (payload == NULL)
    return 0;
  {
    VmmRequest request = { &config, &options, &message, payload,
                           releases[data[1] % G_N_ELEMENTS (releases)], NULL };

    request.release = vmm_release_find (request.release_number);
    plan = vmm_plan_new (&request, &error);
    FUZZ_CHECK ((plan == NULL) == (error != NULL));
    if (plan != NULL)
      check_steps (plan->steps);
  }
  return 0;
}
