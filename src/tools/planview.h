/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests and plans as people read them, on standard output.
 */
#ifndef VMM_PLANVIEW_H
#define VMM_PLANVIEW_H

#include "driver/config.h"
#include "driver/message.h"
#include "driver/payload.h"
#include "driver/plan.h"

/* The steps, what each runs, where, what it reads, and what undoes it. With
 * verbose all that a script reads is shown, else how it begins. */
void vmm_planview_print (VmmPlan *plan, gboolean verbose);

/* A request: one line on its form; then its values in short, or with verbose its XML. */
void vmm_planview_print_request (const VmmMessage *message, VmmPayload *payload,
                                 gboolean verbose);

#endif
