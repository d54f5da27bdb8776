/* SPDX-License-Identifier: Apache-2.0
 *
 * The network drivers of a request and what they are told of the VM.
 */
#ifndef VMM_VNM_H
#define VMM_VNM_H

#include "driver/request.h"

/* The drivers (VN_MAD) of the VM's interfaces, each once, in order of first
 * appearance; up to 4.14 the one that the message names. NULL with an error
 * when one is not the name of a driver. Free with g_strfreev(). */
char **vmm_vnm_drivers (const VmmRequest *request, gboolean at_destination, GError **error);

/* The reduced <VM>, base64 in one line; NULL with an error when the request has
 * no <VM>. Free with g_free(). */
char *vmm_vnm_message (const VmmRequest *request, GError **error);

#endif
