/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/era.h"

#include "common/fd.h"
#include "common/log.h"
#include "driver/recipe.h"
#include "vmm-limits.h"

guint
vmm_era_fixed (const VmmConfig *config, char **why)
{
  g_autofree char *path = g_build_filename (config->remotes_dir, "VERSION", NULL);
  g_autofree char *version = NULL;
  guint release = 0;

  if (config->release != NULL && (release = vmm_release_parse (config->release)) != 0)
    *why = g_strdup_printf ("VMM_RELEASE=%s in vmm_execrc", config->release);
  else if ((version = vmm_fd_read_file (path, VMM_MAX_CONFIG_BYTES, NULL, NULL)) != NULL
           && (release = vmm_release_parse (g_strstrip (version))) != 0)
    *why = g_strdup_printf ("%s says %s", path, version);
  else
    *why = g_strdup ("told by each request");
  return release;
}

#define HISTORY "VM/HISTORY_RECORDS/HISTORY/"

/* 0 when the request shows nothing. */
static guint
release_shown (const VmmMessage *message, VmmPayload *payload)
{
  if (vmm_payload_has (payload, "NET_DRV"))
    return 414;
  if (vmm_payload_has (payload, HISTORY "PLAN_ID"))
    return 704;
  if (vmm_payload_has (payload, "VIRTUAL_NETWORK_ID"))
    return 610;
  if (message->double_blank)
    return 600;
  if (vmm_payload_has (payload, HISTORY "REASON"))
    return 504;
  if (vmm_payload_has (payload, HISTORY "VM_MAD"))
    return 512;
  return 0;
}

/* Once for each, so that the log shows what was taken for what. */
static guint
noted (guint release)
{
  static guint seen;
  guint bit = 1u << (release / 100);

  if ((g_atomic_int_or (&seen, bit) & bit) == 0)
    vmm_log ("recipes of OpenNebula %s: told by a request", vmm_release_find (release)->name);
  return release;
}

guint
vmm_era_of_request (const VmmMessage *message, VmmPayload *payload)
{
  static const guint eras[] = { 504, 512, 600, 610, 704 };
  guint shown = release_shown (message, payload);

  if (shown != 0)
    return noted (shown);
  /* A bare request, written by hand: the oldest one that knows the action. */
  for (gsize i = 0; i < G_N_ELEMENTS (eras); i++)
    if (vmm_recipe_find (message->verb, eras[i], 0) != NULL)
      return noted (eras[i]);
  return noted (eras[0]);
}
