/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/link.h"

G_DEFINE_QUARK (vmm-link-error-quark, vmm_link_error)

void
vmm_exec_result_set (VmmExecResult *result, VmmExecEnd end, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  result->end = end;
  g_free (result->reason);
  result->reason = g_strdup_vprintf (format, args);
  va_end (args);
}

void
vmm_link_init (VmmLink *self, const VmmLinkOps *ops, VmmLinkKind kind, VmmHostConfig *config)
{
  self->ops = ops;
  self->kind = kind;
  self->config = vmm_hostconfig_ref (config);
  self->node.data = self;
}

void
vmm_link_clear (VmmLink *self)
{
  vmm_hostconfig_unref (self->config);
  g_free (self->notice);
  g_free (self->key);
  g_free (self->host_key);
}

const char *
vmm_link_kind_name (VmmLinkKind kind)
{
  static const char *const names[] = {
    [VMM_LINK_LIBSSH2] = "libssh2",
    [VMM_LINK_OPENSSH] = "openssh",
    [VMM_LINK_OPENSSH_AGENT] = "openssh-agent",
  };

  return names[kind];
}
