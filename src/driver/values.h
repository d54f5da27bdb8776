/* SPDX-License-Identifier: Apache-2.0
 *
 * The values that recipes name in their arguments and conditions.
 */
#ifndef VMM_VALUES_H
#define VMM_VALUES_H

#include "driver/request.h"

/* Stands for the deploy id that the deploy step is going to print. No XML can hold it. */
#define VMM_NEW_DEPLOY_ID "\001deploy_id"

/* The value called name. Returns NULL with VMM_ERROR_MISSING ("Cannot perform
 * X, expecting Y") when the request lacks it and scripts can't do without.
 * Free with g_free(). */
char *vmm_value_get (const VmmRequest *request, const char *name, GError **error);

/* Whether it is there and not empty. */
gboolean vmm_value_is_set (const VmmRequest *request, const char *name);

/* Whether there is a value of this name at all; for the test of the recipes. */
gboolean vmm_value_exists (const char *name);

#endif
