/* SPDX-License-Identifier: Apache-2.0
 *
 * Which release of OpenNebula is at the other end: the setting VMM_RELEASE,
 * else remotes/VERSION, else what the request itself shows.
 */
#ifndef VMM_ERA_H
#define VMM_ERA_H

#include "driver/config.h"
#include "driver/message.h"
#include "driver/payload.h"

/* The release that is fixed for all requests, 0 when each request tells. *why
 * (if not NULL) gets a text for people. Free it with g_free(). */
guint vmm_era_fixed (const VmmConfig *config, char **why);

/* The release that the request shows. */
guint vmm_era_of_request (const VmmMessage *message, VmmPayload *payload);

#endif
