/* SPDX-License-Identifier: Apache-2.0
 *
 * Stops the guests of one URI: as many at once as the configuration says, each
 * within its limit, whatever becomes of guests and daemon meanwhile.
 */
#ifndef GUESTS_RUNNER_H
#define GUESTS_RUNNER_H

#include "tools/guests/host.h"
#include "tools/guests/service.h"

/* entries: those of service->state, in the order in which they are to be dealt with.
 * Writes the list after each guest; a guest that ended by itself before anybody
 * asked it to, or that migrated away, leaves the list, and its entry is freed. Tells
 * all failures. Returns early when a signal comes. */
void guests_runner_stop_guests (GuestsService *service, GuestsHost *host, GPtrArray *entries);

#endif
