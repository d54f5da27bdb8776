/* SPDX-License-Identifier: Apache-2.0
 *
 * The threads that do the jobs of a queue, made when they are needed.
 */
#ifndef VMM_POOL_H
#define VMM_POOL_H

#include "driver/queue.h"

typedef struct _VmmPool VmmPool;

typedef void (*VmmPoolFunc) (VmmJob *job, gpointer user_data);

/* func does one job; it runs in up to max_threads threads at the same time. */
VmmPool *vmm_pool_new (VmmQueue *queue, guint max_threads, VmmPoolFunc func, gpointer user_data);

/* Takes job. FALSE when the system has no thread for it at this moment: then it
 * waits for one of the others, if there are any, and grow() should be called. */
gboolean vmm_pool_push (VmmPool *self, VmmJob *job);

/* Tries again to have the threads that there is work for. FALSE as long as some
 * are missing. push() and grow() are for one and the same thread. */
gboolean vmm_pool_grow (VmmPool *self);

/* Waits for the threads to end, which they do when the queue is closed and empty, and frees. */
void vmm_pool_free (VmmPool *self);

#endif
