/* SPDX-License-Identifier: Apache-2.0
 *
 * One blocking call in a thread of its own, so that nothing that libvirt or a guest
 * does can stop the main thread: a call that does not return is left behind.
 */
#ifndef GUESTS_CALL_H
#define GUESTS_CALL_H

#include "tools/guests/mailbox.h"

typedef struct _GuestsCall GuestsCall;

typedef void (*GuestsCallFunc) (gpointer data);

/* Runs func(data) in a new thread, then puts GUESTS_MAIL_CALL into mailbox. The
 * thread owns data until that mail. destroy (NULL: nothing) frees data in the end.
 * Free with guests_call_free(). */
GuestsCall *guests_call_start (GuestsMailbox *mailbox, GuestsCallFunc func, gpointer data,
                               GDestroyNotify destroy);

/* Waits for the call's mail until until_us (0: without end) and throws other mail
 * away. FALSE when the time is up or a signal came first. */
gboolean guests_call_wait (GuestsCall *call, GuestsMailbox *mailbox, gint64 until_us);

/* The same, whatever signal came. */
gboolean guests_call_finish (GuestsCall *call, GuestsMailbox *mailbox, gint64 until_us);

/* TRUE if mail says that this call has returned. NULL is fine: FALSE. */
gboolean guests_call_is (GuestsCall *call, const GuestsMail *mail);

/* Its data; only after its mail. */
gpointer guests_call_data (GuestsCall *call);

/* Frees a call that has returned, and gives up one that has not: then the data stays
 * the thread's, and no mail comes. NULL is fine. */
void guests_call_free (GuestsCall *call);

/* How many calls have not returned. */
int guests_call_running (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestsCall, guests_call_free)

#endif
