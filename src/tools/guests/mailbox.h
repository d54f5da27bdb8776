/* SPDX-License-Identifier: Apache-2.0
 *
 * All that happens reaches the main thread as mail: a call into libvirt has
 * returned, libvirt tells something of a guest, a connection broke, a signal came.
 * Other threads only put mail in; what it is about belongs to the main thread.
 */
#ifndef GUESTS_MAILBOX_H
#define GUESTS_MAILBOX_H

#include <glib.h>

typedef enum
{
  GUESTS_MAIL_NONE,    /* the time is up */
  GUESTS_MAIL_CALL,    /* the GuestsCall of that id returned */
  GUESTS_MAIL_STOPPED, /* uuid does not run here any more; detail as in libvirt's event */
  GUESTS_MAIL_CHANGED, /* something else happened to uuid: see whether it can go on */
  GUESTS_MAIL_CLOSED,  /* from: the GuestsHost whose connection broke */
  GUESTS_MAIL_SIGNAL,  /* detail: its number */
} GuestsMailKind;

typedef struct
{
  GuestsMailKind kind;
  guint64 id;
  gpointer from;
  char uuid[37];
  int detail;
} GuestsMail;

typedef struct _GuestsMailbox GuestsMailbox;

GuestsMailbox *guests_mailbox_new (void);

/* Only when no other thread can put anything in. NULL is fine. */
void guests_mailbox_free (GuestsMailbox *mailbox);

/* Any thread; copies mail. */
void guests_mailbox_put (GuestsMailbox *mailbox, const GuestsMail *mail);

/* Main thread. Waits until until_us of the monotonic clock (0: without end). */
GuestsMail guests_mailbox_take (GuestsMailbox *mailbox, gint64 until_us);

/* The signal that was taken out at any time, or 0. Main thread. */
int guests_mailbox_signal (GuestsMailbox *mailbox);

#endif
