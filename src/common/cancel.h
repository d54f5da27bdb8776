/* SPDX-License-Identifier: Apache-2.0
 *
 * A request to stop that one thread makes and another one waits for in poll(2).
 */
#ifndef VMM_CANCEL_H
#define VMM_CANCEL_H

#include <glib.h>

typedef struct _VmmCancel VmmCancel;

/* NULL may be freed. Who frees it sees to it that nobody uses it any more; the
 * other functions may be called from any thread. */
VmmCancel *vmm_cancel_new  (void);
void       vmm_cancel_free (VmmCancel *self);

/* Once triggered it stays so. Safe to call again. */
void     vmm_cancel_trigger      (VmmCancel *self);
gboolean vmm_cancel_is_triggered (VmmCancel *self);

/* Readable for ever once triggered; -1 when self is NULL or the system had no
 * descriptor left (then only is_triggered tells). Owned by self. */
int vmm_cancel_fd (VmmCancel *self);

/* How long to wait in poll(2) instead of timeout_ms (-1: for ever): no longer
 * than a moment where there is no descriptor that would end the wait. */
int vmm_cancel_timeout_ms (VmmCancel *self, int timeout_ms);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmCancel, vmm_cancel_free)

#endif
