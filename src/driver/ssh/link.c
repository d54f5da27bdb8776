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
