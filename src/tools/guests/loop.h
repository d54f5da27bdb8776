/* SPDX-License-Identifier: Apache-2.0
 *
 * libvirt's own event loop in a thread: it reads the connections, sends the
 * keepalive messages, and turns signals into mail.
 */
#ifndef GUESTS_LOOP_H
#define GUESTS_LOOP_H

#include "tools/guests/mailbox.h"

typedef struct _GuestsLoop GuestsLoop;

/* Before any connection and any other thread: blocks TERM, INT and HUP, which
 * from now on are GUESTS_MAIL_SIGNAL. NULL with an error. */
GuestsLoop *guests_loop_start (GuestsMailbox *mailbox, GError **error);

/* After the last connection is closed. NULL is fine. */
void guests_loop_stop (GuestsLoop *loop);

#endif
