/* SPDX-License-Identifier: Apache-2.0
 *
 * Where scripts lie: names from a request become paths here, and only here.
 */
#ifndef VMM_SCRIPT_H
#define VMM_SCRIPT_H

#include <glib.h>

#include "driver/config.h"

/* Whether name is one component of a path and so can't lead out of the remotes.
 * what says what it should be, for the error. */
gboolean vmm_script_check_name (const char *what, const char *name, GError **error);

/* The absolute path of KIND/DRIVER/NAME ("vmm", "kvm", "poll") in the remotes of
 * this machine or of a host. All three have been checked. Free with g_free(). */
char *vmm_script_path (const VmmConfig *config, gboolean local, const char *kind,
                       const char *driver, const char *name);

#endif
