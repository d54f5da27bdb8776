/* SPDX-License-Identifier: Apache-2.0
 *
 * What the status socket answers, in its three forms.
 */
#ifndef VMM_STATUSFORMAT_H
#define VMM_STATUSFORMAT_H

#include "driver/statusview.h"

/* form is "table", "json" or "openmetrics" (OpenMetrics 1.0 text). NULL for any
 * other. Free with g_free(). */
char *vmm_status_format (const char *form, const VmmStatusView *view);

#endif
