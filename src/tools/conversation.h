/* SPDX-License-Identifier: Apache-2.0
 *
 * oned's side of a driver: starts it, says INIT, sends requests one at a time
 * and waits for their answers, says FINALIZE. Every wait has an end.
 */
#ifndef VMM_CONVERSATION_H
#define VMM_CONVERSATION_H

#include "tools/answer.h"

typedef struct _VmmConversation VmmConversation;

/* Gets each line as it comes. elapsed_us counts from the request. */
typedef void (*VmmConversationFunc) (const VmmAnswer *answer, gint64 elapsed_us,
                                     gpointer user_data);

/* Starts argv (a path first) and waits for its answer to INIT. NULL with an
 * error when it can't be started or does not answer. The driver's standard
 * error is ours. SIGPIPE must be ignored. */
VmmConversation *vmm_conversation_start (char **argv, VmmConversationFunc func,
                                         gpointer user_data, GError **error);

/* Sends line, which has its newline, and waits up to limit_s seconds for the
 * result of verb and id. FALSE with an error when there is none. */
gboolean vmm_conversation_ask (VmmConversation *self, const char *line, const char *verb,
                               const char *id, guint limit_s, gboolean *success, GError **error);

/* Sends line and waits for nothing. */
gboolean vmm_conversation_tell (VmmConversation *self, const char *line, GError **error);

/* Says FINALIZE, waits for the driver's end, ends it when it does not, frees.
 * FALSE with an error when it did not end well. */
gboolean vmm_conversation_finish (VmmConversation *self, GError **error);

#endif
