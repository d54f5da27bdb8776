/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages as the agent and the client's control socket speak them: a four-byte
 * length, then bytes, numbers and counted strings (RFC 4251, section 5).
 */
#ifndef VMM_SSH_WIRE_H
#define VMM_SSH_WIRE_H

#include <glib.h>

#include "driver/ssh/wait.h"

void vmm_wire_put_byte   (GByteArray *message, guint8 value);
void vmm_wire_put_u32    (GByteArray *message, guint32 value);
void vmm_wire_put_string (GByteArray *message, const void *data, gsize len);

typedef struct
{
  const guchar *at, *end;
} VmmWireReader;

void vmm_wire_reader_init (VmmWireReader *self, const void *data, gsize len);

/* FALSE or NULL, and nothing is set, when the message is too short. */
gboolean vmm_wire_get_u32    (VmmWireReader *self, guint32 *value);
GBytes  *vmm_wire_get_string (VmmWireReader *self);

/* Connects to a Unix socket. Returns a non-blocking descriptor or -1. */
int vmm_wire_connect (const char *path, const VmmWait *wait, GError **error);

/* One whole message each way. */
gboolean    vmm_wire_send    (int fd, const GByteArray *message, const VmmWait *wait,
                              GError **error);
GByteArray *vmm_wire_receive (int fd, const VmmWait *wait, GError **error);

#endif
