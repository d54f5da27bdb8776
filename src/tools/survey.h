/* SPDX-License-Identifier: Apache-2.0
 *
 * One look at the domains of a host, complete with the load of each.
 */
#ifndef VMM_SURVEY_H
#define VMM_SURVEY_H

#include <glib.h>

#include "tools/hypervisor.h"

/* As vmm_hypervisor_domains() gives them, with every cpu_percent that can be told. The load is
 * counted since the last survey where samples_dir (NULL: nothing is kept) has a recent sample,
 * otherwise over a second, for which this waits. */
GPtrArray *vmm_survey_take (VmmHypervisor *hypervisor, const char *only, const char *samples_dir,
                            GError **error);

#endif
