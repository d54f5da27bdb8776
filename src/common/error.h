/* SPDX-License-Identifier: Apache-2.0
 *
 * The project's error domain. A GError means "we could not run it"; a script
 * that ran and said no is a VmmOutcome, not an error. Messages are written for
 * the reader of a VM log: they name the thing and, where there is one, the remedy.
 */
#ifndef VMM_ERROR_H
#define VMM_ERROR_H

#include <glib.h>

#define VMM_ERROR (vmm_error_quark ())
GQuark vmm_error_quark (void);

typedef enum
{
  VMM_ERROR_INVALID,    /* input that is not what the format says */
  VMM_ERROR_MISSING,    /* something required is absent */
  VMM_ERROR_TOO_BIG,    /* a limit of ours was exceeded */
  VMM_ERROR_SYSTEM,     /* the operating system refused; errno is in the message */
  VMM_ERROR_CONNECT,    /* a host could not be reached or refused us */
  VMM_ERROR_TIMED_OUT,
  VMM_ERROR_CANCELLED,
} VmmError;

#endif
