/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands that only look.
 */
#ifndef GUESTS_STATUS_H
#define GUESTS_STATUS_H

#include "tools/guests/service.h"

/* Is the service started, and are guests saved? The answer is service->status, too. */
void guests_status (GuestsService *service);

/* The running guests of each URI. */
void guests_status_guests (GuestsService *service);

#endif
