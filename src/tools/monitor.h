/* SPDX-License-Identifier: Apache-2.0
 *
 * The lines that poll prints: OpenNebula's monitoring strings. Their grammar: NAME=VALUE and
 * NAME=[KEY=VALUE,...], separated by blanks; no quotes, for they are put between quotes by -t.
 */
#ifndef VMM_MONITOR_H
#define VMM_MONITOR_H

#include <glib.h>

#include "tools/domstats.h"

/* What is said of a domain that libvirt does not know, and of one when libvirt cannot be asked.
 * OpenNebula 5 looks for the blank that follows the letter. */
#define VMM_MONITOR_GONE    "STATE=d CPU=0.0 MEMORY=0"
#define VMM_MONITOR_UNKNOWN "STATE=- "

/* "STATE=a CPU=1.5 MEMORY=46080 ...", without a newline; what is not known is left out.
 * Looks at the files of the VM for snapshots. Free with g_free(). */
char *vmm_monitor_string (const VmmDomstats *domain);

/* The entry of one domain in the output of poll -t. import_template, of a wild domain, is
 * NULL or text that goes in as base64. */
void vmm_monitor_append_vm (GString *out, const VmmDomstats *domain, const char *import_template);

#endif
