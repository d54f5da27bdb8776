/* SPDX-License-Identifier: Apache-2.0
 *
 * The host is up: the guests that the last stop listed come back.
 */
#ifndef GUESTS_START_H
#define GUESTS_START_H

#include "tools/guests/service.h"

/* Tells all it does; the outcome is in service->status. */
void guests_start (GuestsService *service);

#endif
