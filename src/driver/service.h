/* SPDX-License-Identifier: Apache-2.0
 *
 * The conversation with oned: takes each message as it comes, without ever
 * waiting for anything else, until the input ends, FINALIZE, a signal, or
 * nobody reads the answers any more.
 */
#ifndef VMM_SERVICE_H
#define VMM_SERVICE_H

#include "driver/pool.h"
#include "driver/writer.h"

/* Returns when everything that was read is answered (or, when told to stop,
 * ended) and the queue is closed. in and out are descriptors, signals one of
 * vmm_signals_init(). */
void vmm_service_run (VmmQueue *queue, VmmPool *pool, VmmWriter *writer, int in, int out,
                      int signals);

#endif
