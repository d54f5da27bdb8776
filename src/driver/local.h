/* SPDX-License-Identifier: Apache-2.0
 *
 * The transport to this machine: starts children without copying the process,
 * each in a session of its own with default signals and nothing inherited but
 * descriptors 0, 1 and 2, and with the driver's environment and directory.
 */
#ifndef VMM_LOCAL_H
#define VMM_LOCAL_H

#include "driver/transport.h"

VmmTransport *vmm_local_new (void);

/* Runs one child, as vmm_transport_run() does, without checking first that
 * argv[0] is a script; looks it up in PATH when it has no slash. For the tools
 * of the system (ssh, tar). */
void vmm_local_spawn (const VmmCommand *command, const VmmRunContext *context,
                      VmmOutcome *outcome);

#endif
