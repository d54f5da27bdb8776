/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/call.h"

#include <signal.h>
#include <stdatomic.h>

typedef struct
{
  GuestsMailbox *inbox; /* the call waits here; NULL: it returns at once */
  int result;
  atomic_int *freed;
} Work;

static void
work (gpointer data)
{
  Work *job = data;

  if (job->inbox != NULL)
    guests_mailbox_take (job->inbox, 0);
  job->result = 42;
}

static void
work_free (gpointer data)
{
  Work *job = data;

  atomic_fetch_add (job->freed, 1);
  g_free (job);
}

static Work *
work_new (GuestsMailbox *inbox, atomic_int *freed)
{
  Work *job = g_new0 (Work, 1);

  job->inbox = inbox;
  job->freed = freed;
  return job;
}

static void
test_returns (void)
{
  GuestsMailbox *mailbox = guests_mailbox_new ();
  atomic_int freed = 0;
  GuestsCall *call = guests_call_start (mailbox, work, work_new (NULL, &freed), work_free);

  g_assert_true (guests_call_wait (call, mailbox, 0));
  g_assert_cmpint (((Work *) guests_call_data (call))->result, ==, 42);
  guests_call_free (call);
  g_assert_cmpint (freed, ==, 1);
  g_assert_cmpint (guests_call_running (), ==, 0);
  guests_mailbox_free (mailbox);
}

static void
test_other_mail (void)
{
  GuestsMailbox *mailbox = guests_mailbox_new ();
  GuestsMail other = { .kind = GUESTS_MAIL_STOPPED, .uuid = "u" };
  atomic_int freed = 0;
  GuestsCall *call;
  GuestsMail mail;

  guests_mailbox_put (mailbox, &other);
  mail = guests_mailbox_take (mailbox, 0);
  g_assert_cmpint (mail.kind, ==, GUESTS_MAIL_STOPPED);
  g_assert_cmpstr (mail.uuid, ==, "u");
  g_assert_false (guests_call_is (NULL, &mail));
  guests_mailbox_put (mailbox, &other);
  call = guests_call_start (mailbox, work, work_new (NULL, &freed), work_free);
  g_assert_true (guests_call_wait (call, mailbox, 0));
  guests_call_free (call);
  guests_mailbox_free (mailbox);
}

static void
test_given_up (void)
{
  GuestsMailbox *mailbox = guests_mailbox_new ();
  GuestsMailbox *inbox = guests_mailbox_new ();
  GuestsMail go = { .kind = GUESTS_MAIL_CHANGED };
  atomic_int freed = 0;
  GuestsCall *call = guests_call_start (mailbox, work, work_new (inbox, &freed), work_free);

  g_assert_false (guests_call_wait (call, mailbox, g_get_monotonic_time ()));
  guests_call_free (call);
  g_assert_cmpint (guests_call_running (), ==, 1);
  g_assert_cmpint (freed, ==, 0);
  guests_mailbox_put (inbox, &go);
  while (atomic_load (&freed) == 0)
    g_thread_yield ();
  g_assert_cmpint (guests_call_running (), ==, 0);
  /* It told nobody. */
  g_assert_cmpint (guests_mailbox_take (mailbox, g_get_monotonic_time ()).kind, ==,
                   GUESTS_MAIL_NONE);
  guests_mailbox_free (inbox);
  guests_mailbox_free (mailbox);
}

static void
test_signal (void)
{
  GuestsMailbox *mailbox = guests_mailbox_new ();
  GuestsMailbox *inbox = guests_mailbox_new ();
  GuestsMail number = { .kind = GUESTS_MAIL_SIGNAL, .detail = SIGTERM };
  GuestsMail go = { .kind = GUESTS_MAIL_CHANGED };
  atomic_int freed = 0;
  GuestsCall *call = guests_call_start (mailbox, work, work_new (inbox, &freed), work_free);

  g_assert_cmpint (guests_mailbox_signal (mailbox), ==, 0);
  guests_mailbox_put (mailbox, &number);
  g_assert_false (guests_call_wait (call, mailbox, 0));
  g_assert_cmpint (guests_mailbox_signal (mailbox), ==, SIGTERM);
  guests_mailbox_put (inbox, &go);
  while (guests_call_running () > 0)
    g_thread_yield ();
  guests_call_free (call);
  while (atomic_load (&freed) == 0)
    g_thread_yield ();
  guests_mailbox_free (inbox);
  guests_mailbox_free (mailbox);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guests-call/returns", test_returns);
  g_test_add_func ("/guests-call/other-mail", test_other_mail);
  g_test_add_func ("/guests-call/given-up", test_given_up);
  g_test_add_func ("/guests-call/signal", test_signal);
  return g_test_run ();
}
