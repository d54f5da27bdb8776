/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of the libssh2 link share: connecting (libssh2.c), logging in
 * (libssh2login.c) and running a command (libssh2exec.c).
 */
#ifndef VMM_SSH_LIBSSH2_PRIVATE_H
#define VMM_SSH_LIBSSH2_PRIVATE_H

#include "driver/ssh/link.h"
#include "driver/ssh/socket.h"
#include "driver/ssh/ssh2.h"

typedef struct
{
  VmmLink          link;
  VmmSocket       *socket;
  LIBSSH2_SESSION *session;
  VmmWait          wait;         /* of what is under way */
  gboolean         logged_in;
  gsize            received;     /* bytes before the login */
  gboolean         told_end;     /* the host has said how a command ended */
  gboolean         half_sent;    /* a packet is partly written: nothing else may be sent */
  LIBSSH2_CHANNEL *running;      /* of a command that was given up, or NULL */
  GPtrArray       *closing;      /* channels whose end the far side has not confirmed yet */
} VmmLibssh2;

/* Waits until libssh2 can go on. */
gboolean vmm_libssh2_wait (VmmLibssh2 *self, GError **error);

/* Repeats call while libssh2 asks for it; rc stays LIBSSH2_ERROR_EAGAIN and
 * error is set when the wait ended before. */
#define VMM_LIBSSH2_AGAIN(self, rc, call, error) \
  do \
    rc = (call); \
  while (rc == LIBSSH2_ERROR_EAGAIN && vmm_libssh2_wait (self, error))

/* Memory that libssh2 will free. */
void *vmm_libssh2_alloc (gsize len, void **abstract);

/* libssh2's own words for its last error. Valid until the next call. */
const char *vmm_libssh2_message (VmmLibssh2 *self);

gboolean vmm_libssh2_login (VmmLibssh2 *self, GError **error);

void vmm_libssh2_exec (VmmLink *link, const VmmExec *exec, const VmmWait *wait,
                       VmmExecResult *result);

#endif
