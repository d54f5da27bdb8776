/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/agent.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"
#include "driver/ssh/wire.h"

enum
{
  REQUEST_IDENTITIES = 11,
  IDENTITIES_ANSWER = 12,
  SIGN_REQUEST = 13,
  SIGN_RESPONSE = 14,
};

struct _VmmAgent
{
  int fd;
};

VmmAgent *
vmm_agent_open (const char *path, const VmmWait *wait, GError **error)
{
  int fd = vmm_wire_connect (path, wait, error);
  VmmAgent *self;

  if (fd < 0)
    {
      g_prefix_error (error, "ssh agent: ");
      return NULL;
    }
  self = g_new0 (VmmAgent, 1);
  self->fd = fd;
  return self;
}

void
vmm_agent_close (VmmAgent *self)
{
  if (self == NULL)
    return;
  close (self->fd);
  g_free (self);
}

/* Sends request and returns the answer after its type byte, which must be expected. */
static GByteArray *
ask (VmmAgent *self, const GByteArray *request, guint8 expected, const VmmWait *wait,
     GError **error)
{
  g_autoptr (GByteArray) answer = NULL;

  if (!vmm_wire_send (self->fd, request, wait, error)
      || (answer = vmm_wire_receive (self->fd, wait, error)) == NULL)
    {
      g_prefix_error (error, "ssh agent: ");
      return NULL;
    }
  if (answer->len < 1 || answer->data[0] != expected)
    {
      g_set_error_literal (error, VMM_ERROR, VMM_ERROR_CONNECT, "the ssh agent refused");
      return NULL;
    }
  g_byte_array_remove_index (answer, 0);
  return g_steal_pointer (&answer);
}

GPtrArray *
vmm_agent_list (VmmAgent *self, const VmmWait *wait, GError **error)
{
  g_autoptr (GByteArray) request = g_byte_array_new ();
  g_autoptr (GByteArray) answer = NULL;
  GPtrArray *keys;
  VmmWireReader reader;
  guint32 n = 0;

  vmm_wire_put_byte (request, REQUEST_IDENTITIES);
  if ((answer = ask (self, request, IDENTITIES_ANSWER, wait, error)) == NULL)
    return NULL;
  keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  vmm_wire_reader_init (&reader, answer->data, answer->len);
  for (vmm_wire_get_u32 (&reader, &n); n > 0; n--)
    {
      GBytes *key = vmm_wire_get_string (&reader), *comment;

      if (key == NULL)
        break;
      g_ptr_array_add (keys, key);
      if ((comment = vmm_wire_get_string (&reader)) == NULL)
        break;
      g_bytes_unref (comment);
    }
  return keys;
}

GBytes *
vmm_agent_sign (VmmAgent *self, GBytes *key, const void *data, gsize len, const VmmWait *wait,
                GError **error)
{
  g_autoptr (GByteArray) request = g_byte_array_new ();
  g_autoptr (GByteArray) answer = NULL;
  g_autoptr (GBytes) whole = NULL, type = NULL;
  GBytes *signature = NULL;
  VmmWireReader reader;

  vmm_wire_put_byte (request, SIGN_REQUEST);
  vmm_wire_put_string (request, g_bytes_get_data (key, NULL), g_bytes_get_size (key));
  vmm_wire_put_string (request, data, len);
  vmm_wire_put_u32 (request, 0);
  if ((answer = ask (self, request, SIGN_RESPONSE, wait, error)) == NULL)
    return NULL;
  vmm_wire_reader_init (&reader, answer->data, answer->len);
  if ((whole = vmm_wire_get_string (&reader)) != NULL)
    {
      vmm_wire_reader_init (&reader, g_bytes_get_data (whole, NULL), g_bytes_get_size (whole));
      if ((type = vmm_wire_get_string (&reader)) != NULL)
        signature = vmm_wire_get_string (&reader);
    }
  if (signature == NULL)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_CONNECT, "the ssh agent's answer is garbled");
  return signature;
}
