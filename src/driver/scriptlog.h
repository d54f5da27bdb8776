/* SPDX-License-Identifier: Apache-2.0
 *
 * What a script says on standard error, line by line while it runs: "ERROR:",
 * "INFO:" and "DEBUG:" lines become log records of that severity, the text
 * between the marks of an error message is the failure's reason, the rest is
 * logged as information. See one-vmm-scripts(7).
 */
#ifndef VMM_SCRIPTLOG_H
#define VMM_SCRIPTLOG_H

#include <glib.h>

#include "vmm-protocol.h"

typedef struct _VmmScriptLog VmmScriptLog;

typedef void (*VmmScriptLogFunc) (VmmSeverity severity, const char *text, gpointer user_data);

/* func gets each record at once, in the thread that feeds. */
VmmScriptLog *vmm_script_log_new  (VmmScriptLogFunc func, gpointer user_data);
void          vmm_script_log_free (VmmScriptLog *self);

/* Takes the next bytes; lines may be cut anywhere. */
void vmm_script_log_feed (VmmScriptLog *self, const char *data, gsize len);

/* Takes what is left as the last line, and says how much was left out. */
void vmm_script_log_finish (VmmScriptLog *self);

/* The reason that the script gave: between the marks, else what it said that
 * was no log record. NULL when it gave none. Free with g_free(). */
char *vmm_script_log_reason (const VmmScriptLog *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmScriptLog, vmm_script_log_free)

#endif
