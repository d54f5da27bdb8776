/* SPDX-License-Identifier: Apache-2.0
 *
 * A child without a copy of the process: in a session of its own, with default
 * signals, and nothing inherited but descriptors 0, 1 and 2.
 */
#ifndef VMM_SPAWN_H
#define VMM_SPAWN_H

#include <sys/types.h>

/* Starts argv[0], looked up in PATH when it has no slash, with the caller's
 * environment and directory. Returns 0, or an errno value: nothing was started. */
int vmm_spawn (pid_t *pid, int in, int out, int err, char *const *argv);

#endif
