/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything that oned, a script, a host or a file may make large has its cap here.
 */
#ifndef VMM_LIMITS_H
#define VMM_LIMITS_H

#include <glib.h>

/* One line of oned. 85 KB was the largest seen; the XML parser's own limits come with it. */
#define VMM_MAX_LINE_BYTES       (16 * 1024 * 1024)

/* What one script may return on standard output, and what of its standard error becomes log. */
#define VMM_MAX_OUTPUT_BYTES     (1024 * 1024)
#define VMM_MAX_LOG_BYTES        (1024 * 1024)
#define VMM_MAX_LOG_LINE_BYTES   (8 * 1024)

/* A failure reason ends up in the XML of the VM, which everybody fetches all the time. */
#define VMM_MAX_REASON_BYTES     (8 * 1024)

/* Log lines that wait for an oned that does not read; results always wait. */
#define VMM_MAX_WAITING_LOG_BYTES (16 * 1024 * 1024)

/* A deployment file that oned wrote. */
#define VMM_MAX_FILE_BYTES       (16 * 1024 * 1024)

/* vmm_execrc, oned's config file, remotes/VERSION. */
#define VMM_MAX_CONFIG_BYTES     (1024 * 1024)

#define VMM_MAX_THREADS          1024
#define VMM_MAX_RETRIES          1000
#define VMM_MAX_TIMEOUT_S        (7 * 24 * 3600)

/* Between the TERM and the KILL of a process group whose time is over. */
#define VMM_KILL_GRACE_MS        500

/* How long running actions may go on after FINALIZE: oned kills after a second or two. */
#define VMM_FINALIZE_GRACE_MS    1000

/* Between two tries of a step (-r). */
#define VMM_RETRY_PAUSE_MS       1000

#endif
