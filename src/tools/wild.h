/* SPDX-License-Identifier: Apache-2.0
 *
 * Domains that OpenNebula did not start, described so that it can import them.
 */
#ifndef VMM_WILD_H
#define VMM_WILD_H

#include <glib.h>

/* The number of the VM that a domain of this name is, one-N; -1 for a wild one. */
int vmm_wild_vm_id (const char *domain_name);

/* An OpenNebula template from a domain's XML as libvirt gives it; VMM_ERROR_INVALID when that is
 * no such XML. Free with g_free(). */
char *vmm_wild_template (const char *xml, GError **error);

#endif
