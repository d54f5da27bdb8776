/* SPDX-License-Identifier: Apache-2.0
 *
 * A byte stream to a host's sshd: TCP, or a child (ProxyCommand, ProxyJump) at
 * the other end of a socket pair.
 */
#ifndef VMM_SSH_SOCKET_H
#define VMM_SSH_SOCKET_H

#include <glib.h>

#include "driver/ssh/hostconfig.h"

typedef struct _VmmSocket VmmSocket;

/* Connects within wait. The descriptor is non-blocking, without Nagle's delay,
 * and notices by itself when the far machine is gone. */
VmmSocket *vmm_socket_open (const VmmHostConfig *config, const VmmWait *wait, GError **error);

/* Closes it and ends the child, if there is one, with all that it started. */
void vmm_socket_close (VmmSocket *self);

int vmm_socket_fd (const VmmSocket *self);

/* What the proxy child wrote to its standard error so far, on one line; NULL
 * when there is none. Free with g_free(). */
char *vmm_socket_proxy_error (VmmSocket *self);

#endif
