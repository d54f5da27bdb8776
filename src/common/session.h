/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions of processes. A script gets a session of its own rather than only a
 * process group, because timeout(1) and job control make groups of their own.
 */
#ifndef VMM_SESSION_H
#define VMM_SESSION_H

#include <sys/types.h>

/* Sends signal to every process of the session whose leader is sid, which the
 * caller must not have reaped yet (else the number may be somebody else's).
 * What is stopped is continued, so that it can act on the signal. */
void vmm_session_kill (pid_t sid, int signal);

#endif
