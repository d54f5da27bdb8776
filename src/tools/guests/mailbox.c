/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/mailbox.h"

#include <pthread.h>
#include <time.h>

struct _GuestsMailbox
{
  pthread_mutex_t lock;
  pthread_cond_t filled;
  GQueue mail; /* of GuestsMail *; hold the lock */
  int signal;  /* main thread only */
};

GuestsMailbox *
guests_mailbox_new (void)
{
  GuestsMailbox *mailbox = g_new0 (GuestsMailbox, 1);
  pthread_condattr_t attr;

  pthread_mutex_init (&mailbox->lock, NULL);
  pthread_condattr_init (&attr);
  pthread_condattr_setclock (&attr, CLOCK_MONOTONIC);
  pthread_cond_init (&mailbox->filled, &attr);
  pthread_condattr_destroy (&attr);
  g_queue_init (&mailbox->mail);
  return mailbox;
}

void
guests_mailbox_free (GuestsMailbox *mailbox)
{
  if (mailbox == NULL)
    return;
  g_queue_clear_full (&mailbox->mail, g_free);
  pthread_cond_destroy (&mailbox->filled);
  pthread_mutex_destroy (&mailbox->lock);
  g_free (mailbox);
}

void
guests_mailbox_put (GuestsMailbox *mailbox, const GuestsMail *mail)
{
  GuestsMail *copy = g_new (GuestsMail, 1);

  *copy = *mail;
  pthread_mutex_lock (&mailbox->lock);
  g_queue_push_tail (&mailbox->mail, copy);
  pthread_cond_signal (&mailbox->filled);
  pthread_mutex_unlock (&mailbox->lock);
}

/* Holding the lock; FALSE when the time is up. */
static gboolean
wait_for_mail (GuestsMailbox *mailbox, gint64 until_us)
{
  struct timespec until = { .tv_sec = until_us / G_USEC_PER_SEC,
                            .tv_nsec = until_us % G_USEC_PER_SEC * 1000 };

  if (until_us == 0)
    return pthread_cond_wait (&mailbox->filled, &mailbox->lock) == 0;
  return pthread_cond_timedwait (&mailbox->filled, &mailbox->lock, &until) == 0;
}

GuestsMail
guests_mailbox_take (GuestsMailbox *mailbox, gint64 until_us)
{
  GuestsMail none = { .kind = GUESTS_MAIL_NONE };
  g_autofree GuestsMail *mail = NULL;

  pthread_mutex_lock (&mailbox->lock);
  while (g_queue_is_empty (&mailbox->mail) && wait_for_mail (mailbox, until_us))
    ;
  mail = g_queue_pop_head (&mailbox->mail);
  pthread_mutex_unlock (&mailbox->lock);
  if (mail == NULL)
    return none;
  if (mail->kind == GUESTS_MAIL_SIGNAL)
    mailbox->signal = mail->detail;
  return *mail;
}

int
guests_mailbox_signal (GuestsMailbox *mailbox)
{
  return mailbox->signal;
}
