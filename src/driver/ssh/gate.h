/* SPDX-License-Identifier: Apache-2.0
 *
 * At most so many threads beyond this point. Unlike a semaphore it can be left
 * waiting for: on a deadline and on a request to stop.
 */
#ifndef VMM_SSH_GATE_H
#define VMM_SSH_GATE_H

#include <glib.h>

#include "driver/ssh/wait.h"

typedef struct _VmmGate VmmGate;

VmmGate *vmm_gate_new  (guint limit);
void     vmm_gate_free (VmmGate *self);

/* Any thread may call these. Each enter() that said TRUE needs its leave(). */
gboolean vmm_gate_enter (VmmGate *self, const VmmWait *wait, GError **error);
void     vmm_gate_leave (VmmGate *self);

#endif
