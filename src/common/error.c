/* SPDX-License-Identifier: Apache-2.0 */
#include "common/error.h"

G_DEFINE_QUARK (vmm-error-quark, vmm_error)
