/* SPDX-License-Identifier: Apache-2.0
 *
 * one_vmm_exec --check: says in a table whether this front-end and some hosts
 * are ready, and what to do where they are not.
 */
#ifndef VMM_CHECK_H
#define VMM_CHECK_H

#include "driver/config.h"
#include "driver/transport.h"

/* Prints to standard output as it goes. remote is of vmm_ssh_new(); hosts is NULL-terminated, possibly
 * empty. Returns how many problems there are. */
guint vmm_check_run (const VmmConfig *config, VmmTransport *remote, char **hosts);

#endif
