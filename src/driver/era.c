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

static const VmmEvidence *
find_evidence (const VmmMessage *message, VmmPayload *payload)
{
  const VmmEvidence *found = vmm_release_evidence ();

  while (found->element != NULL ? !vmm_payload_has (payload, found->element)
                                : found->double_blank && !message->double_blank)
    found++;
  return found;
}

/* Once for each, so that the log shows what was taken for what. */
static guint
noted (guint release)
{
  static guint seen;
  guint bit = 1u << (release / 100 * 2 + (release % 100 >= 10));

  if ((g_atomic_int_or (&seen, bit) & bit) == 0)
    vmm_log ("recipes of OpenNebula %s: told by a request", vmm_release_find (release)->name);
  return release;
}

guint
vmm_era_of_request (const VmmMessage *message, VmmPayload *payload)
{
  const VmmEvidence *found = find_evidence (message, payload);
  guint release = found->release;

  /* The blanks say "not older than this", and a request written by hand says
   * nothing at all: the oldest release from there on that knows the action. */
  if (found->element == NULL)
    while (release != 0 && vmm_recipe_find (message->verb, release, 0) == NULL)
      release = vmm_release_next (release);
  return noted (release != 0 ? release : found->release);
}
