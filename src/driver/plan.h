/* SPDX-License-Identifier: Apache-2.0
 *
 * What one request will run: its recipe with every value filled in. A plan that
 * could be made needs the request no more and lacks nothing, so an incomplete
 * request fails before anything has run.
 */
#ifndef VMM_PLAN_H
#define VMM_PLAN_H

#include "driver/command.h"
#include "driver/request.h"

/* One script. */
typedef struct
{
  char       *driver;  /* vnm: the network driver, else NULL */
  VmmCommand *command;
} VmmCall;

typedef struct
{
  VmmStepKind kind;
  const char *name;        /* in the log and for the recipe's info */
  gboolean    best_effort;
  GPtrArray  *calls;       /* of VmmCall *; a vnm step has one for each driver, possibly none */
  GPtrArray  *undo;        /* of VmmPlanStep *, possibly empty */
} VmmPlanStep;

typedef struct
{
  GPtrArray  *steps;      /* of VmmPlanStep * */
  const char *info;       /* the step whose information is the answer's, or NULL */
  char       *info_first; /* stands before it, on failure too, or NULL */
  guint       release;    /* whose recipe it is; 502 is 5.2 */
} VmmPlan;

/* NULL with an error for people when the request lacks something, or its action
 * is unknown or refused. */
VmmPlan *vmm_plan_new  (const VmmRequest *request, GError **error);
void     vmm_plan_free (VmmPlan *self);

/* The same for a message of kind ACTION as it came. release 0: the request tells. */
VmmPlan *vmm_plan_of_message (const VmmConfig *config, const VmmOptions *options, guint release,
                              const VmmMessage *message, GError **error);

/* Puts the deploy id that was printed into the steps that wait for it. */
void vmm_plan_set_deploy_id (VmmPlan *self, const char *deploy_id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmPlan, vmm_plan_free)

#endif
