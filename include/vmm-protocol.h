/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the protocol between oned and a driver; see one-vmm-protocol(7).
 */
#ifndef VMM_PROTOCOL_H
#define VMM_PROTOCOL_H

#define VMM_VERB_INIT     "INIT"
#define VMM_VERB_FINALIZE "FINALIZE"
#define VMM_VERB_CANCEL   "DRIVER_CANCEL"

/* Modern oned reads this line with one read of 31 bytes and takes it for the
 * whole answer: it must go out alone. */
#define VMM_INIT_ANSWER   "INIT SUCCESS - -\n"

#define VMM_RESULT_SUCCESS "SUCCESS"
#define VMM_RESULT_FAILURE "FAILURE"

/* The letter in "LOG SEVERITY ID text". */
typedef enum
{
  VMM_SEVERITY_ERROR = 'E',
  VMM_SEVERITY_WARNING = 'W', /* from 6.0 */
  VMM_SEVERITY_INFO = 'I',
  VMM_SEVERITY_DEBUG = 'D',
} VmmSeverity;

/* The id of log lines that belong to no VM. */
#define VMM_NO_ID "-1"

#endif
