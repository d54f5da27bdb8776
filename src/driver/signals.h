/* SPDX-License-Identifier: Apache-2.0
 *
 * oned starts its drivers with nearly all signals blocked and some ignored.
 */
#ifndef VMM_SIGNALS_H
#define VMM_SIGNALS_H

/* Default handlers and an open mask, SIGPIPE ignored; SIGTERM, SIGINT and SIGHUP
 * arrive at the returned descriptor (a signalfd) instead, -1 when the system
 * had none. Call before any thread. */
int vmm_signals_init (void);

/* Takes one signal off the descriptor. */
void vmm_signals_read (int fd);

#endif
