/* SPDX-License-Identifier: Apache-2.0
 *
 * A request that is being turned into a plan: its payload, and what the values
 * in it depend on besides.
 */
#ifndef VMM_REQUEST_H
#define VMM_REQUEST_H

#include "driver/config.h"
#include "driver/message.h"
#include "driver/options.h"
#include "driver/payload.h"
#include "driver/recipe.h"

typedef struct
{
  const VmmConfig  *config;
  const VmmOptions *options;
  const VmmMessage *message;
  VmmPayload       *payload;
  guint             release_number; /* 502 is 5.2 */
  const VmmRelease *release;        /* what it says of scripts */
} VmmRequest;

#endif
