/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/script.h"

#include <string.h>

#include "common/error.h"
#include "common/text.h"

gboolean
vmm_script_check_name (const char *what, const char *name, GError **error)
{
  if (*name != '\0' && *name != '.' && strchr (name, '/') == NULL && strlen (name) < 256)
    return TRUE;

  {
    g_autofree char *shown = vmm_text_one_line (name, -1, 100);

    g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "'%s' is not the name of a %s", shown, what);
  }
  return FALSE;
}

char *
vmm_script_path (const VmmConfig *config, gboolean local, const char *kind, const char *driver,
                 const char *name)
{
  return g_build_filename (local ? config->remotes_dir : config->host_dir, kind, driver, name,
                           NULL);
}
