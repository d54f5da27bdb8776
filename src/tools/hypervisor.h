/* SPDX-License-Identifier: Apache-2.0
 *
 * The questions that poll puts to libvirt, over a read-only connection. Errors are
 * VMM_ERROR_CONNECT with libvirt's own words, unless said otherwise. One thread at a time.
 */
#ifndef VMM_HYPERVISOR_H
#define VMM_HYPERVISOR_H

#include <glib.h>

#include "tools/domstats.h"

typedef struct _VmmHypervisor VmmHypervisor;

VmmHypervisor *vmm_hypervisor_open (const char *uri, GError **error);

/* A question that was given up leaves a thread behind, with a connection of its own. */
void vmm_hypervisor_free (VmmHypervisor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmHypervisor, vmm_hypervisor_free)

typedef enum
{
  VMM_HYPERVISOR_EVERYTHING, /* all that VmmDomstats holds, but for cpu_percent */
  VMM_HYPERVISOR_CPU,        /* state and processor time; never waits for a domain */
} VmmHypervisorDetail;

/* The domain whose name or UUID is `only`, or with NULL all active ones: an array of
 * VmmDomstats that frees its elements. VMM_ERROR_MISSING when there is no domain `only`.
 *
 * A domain that is busy with a job (a migration, a save) comes with what can be told without
 * waiting. One whose process has stopped answering is found out by patience: the question is
 * put once more, over another connection, and libvirt then takes that domain for busy. When that does not help
 * either, VMM_HYPERVISOR_CPU is what comes. */
GPtrArray *vmm_hypervisor_domains (VmmHypervisor *self, const char *only,
                                   VmmHypervisorDetail detail, GError **error);

/* The XML of an active domain. Free with g_free(). */
char *vmm_hypervisor_xml (VmmHypervisor *self, const char *uuid, GError **error);

#endif
