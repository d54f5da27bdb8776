/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs that wait and jobs that run, per host. Without "parallel" a host has at
 * most one running job, and its jobs run in the order of their arrival; hosts
 * take turns, so a busy one never delays another.
 *
 * Every operation costs the same however many jobs wait. All functions may be
 * called from any thread.
 */
#ifndef VMM_QUEUE_H
#define VMM_QUEUE_H

#include "driver/job.h"

typedef struct _VmmQueue VmmQueue;

VmmQueue *vmm_queue_new  (gboolean parallel);
void      vmm_queue_free (VmmQueue *self); /* must be empty and idle */

/* Takes job. Returns whether there are more jobs that could start than threads
 * that wait for one in vmm_queue_pop(). */
gboolean vmm_queue_push (VmmQueue *self, VmmJob *job);

/* Waits for a job that may start and hands it out as running. NULL once the
 * queue is closed and nothing waits any more. The caller gives it back with
 * vmm_queue_done(). */
VmmJob *vmm_queue_pop (VmmQueue *self);

/* The job has ended and been answered; its host is free. Frees it. */
void vmm_queue_done (VmmQueue *self, VmmJob *job);

/* Ends all jobs of the VM: waiting ones are forgotten, running ones are told.
 * Returns how many there were. */
guint vmm_queue_cancel (VmmQueue *self, const char *vm_id);

/* Takes out everything that waits. Returns jobs (of VmmJob *) for the caller to answer and free. */
GPtrArray *vmm_queue_take_waiting (VmmQueue *self);

/* Tells every running job to end because the driver does. */
void vmm_queue_stop_running (VmmQueue *self);

/* Nothing is pushed any more: pop() returns NULL when all is handed out. */
void vmm_queue_close (VmmQueue *self);

/* Readable (an eventfd) when the queue is closed, nothing waits and nothing runs. */
int vmm_queue_idle_fd (VmmQueue *self);

/* Calls func for every job, running or not, in no order, with the queue locked:
 * func must be quick and may not call the queue. */
typedef void (*VmmQueueFunc) (VmmJob *job, gpointer user_data);
void vmm_queue_watch (VmmQueue *self, VmmQueueFunc func, gpointer user_data);

/* As it was made. */
gboolean vmm_queue_is_parallel (const VmmQueue *self);

/* Figures at this moment. */
void vmm_queue_count (VmmQueue *self, guint *waiting, guint *running);

#endif
