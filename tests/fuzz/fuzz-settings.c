/* SPDX-License-Identifier: Apache-2.0
 *
 * vmm_execrc and the lists of -l and -d.
 */
#include "driver/actionlist.h"
#include "driver/assignments.h"
#include "fuzz.h"

static void
take (const char *name, const char *value, gpointer user_data G_GNUC_UNUSED)
{
  FUZZ_CHECK (*name != '\0' && strchr (name, '=') == NULL && value != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = fuzz_string (data, size);
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VmmActionList) list = vmm_action_list_parse (text, warnings);
  const char *script = vmm_action_list_script (list, "deploy");

  FUZZ_CHECK (script == NULL || strchr (script, '/') == NULL);
  vmm_assignments_parse (text, take, warnings, "file", NULL);
  return 0;
}
