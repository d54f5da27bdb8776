/* SPDX-License-Identifier: Apache-2.0
 *
 * The driver seen from outside: a socket, private to its user, on which
 * one_vmm_status(1) asks what runs, what waits and what has been done. It costs
 * nothing while nobody asks.
 *
 * Protocol: the client sends "table\n", "json\n" or "openmetrics\n" and reads
 * the answer up to the end of file.
 */
#ifndef VMM_STATUS_H
#define VMM_STATUS_H

#include "driver/statusview.h"

typedef struct _VmmStatus VmmStatus;

/* Where the socket of that name is. Free with g_free(). */
char *vmm_status_path (const char *var_dir, const char *name);

/* The name is the driver's ("kvm"), or "kvm.2" and so on when other drivers have
 * the names before. NULL with an error when there can be no socket; the driver
 * works without. What source names must outlive it. */
VmmStatus  *vmm_status_new  (const char *var_dir, const VmmStatusSource *source, GError **error);
void        vmm_status_free (VmmStatus *self);
const char *vmm_status_name (const VmmStatus *self);

#endif
