/* SPDX-License-Identifier: Apache-2.0
 *
 * The host goes down: all guests are suspended or shut down, and listed.
 */
#ifndef GUESTS_STOP_H
#define GUESTS_STOP_H

#include "tools/guests/service.h"

/* Tells all it does; the outcome is in service->status. */
void guests_stop (GuestsService *service);

#endif
