/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/call.h"

#include <stdatomic.h>

enum
{
  AT_WORK,
  RETURNED,
  GIVEN_UP,
};

struct _GuestsCall
{
  guint64 id; /* an address could come back while old mail waits */
  GThread *thread;
  GuestsMailbox *mailbox;
  GuestsCallFunc func;
  gpointer data;
  GDestroyNotify destroy;
  atomic_int state; /* whoever comes second, the thread or its owner, frees */
};

static atomic_int running;

static void
destroy (GuestsCall *call)
{
  if (call->destroy != NULL)
    call->destroy (call->data);
  g_free (call);
}

static gpointer
run (gpointer data)
{
  GuestsCall *call = data;
  GuestsMail mail = { .kind = GUESTS_MAIL_CALL, .id = call->id };
  GuestsMailbox *mailbox = call->mailbox;

  call->func (call->data);
  atomic_fetch_sub (&running, 1);
  if (atomic_exchange (&call->state, RETURNED) == GIVEN_UP)
    destroy (call);
  else
    guests_mailbox_put (mailbox, &mail);
  return NULL;
}

GuestsCall *
guests_call_start (GuestsMailbox *mailbox, GuestsCallFunc func, gpointer data,
                   GDestroyNotify destroy_data)
{
  static guint64 last_id;
  GuestsCall *call = g_new0 (GuestsCall, 1);

  call->id = ++last_id;
  call->mailbox = mailbox;
  call->func = func;
  call->data = data;
  call->destroy = destroy_data;
  atomic_init (&call->state, AT_WORK);
  atomic_fetch_add (&running, 1);
  call->thread = g_thread_new ("call", run, call);
  return call;
}

gboolean
guests_call_is (GuestsCall *call, const GuestsMail *mail)
{
  return call != NULL && mail->kind == GUESTS_MAIL_CALL && mail->id == call->id;
}

static gboolean
wait_for (GuestsCall *call, GuestsMailbox *mailbox, gint64 until_us, gboolean heed_signal)
{
  while (!heed_signal || guests_mailbox_signal (mailbox) == 0)
    {
      GuestsMail mail = guests_mailbox_take (mailbox, until_us);

      if (mail.kind == GUESTS_MAIL_NONE)
        return FALSE;
      if (guests_call_is (call, &mail))
        return TRUE;
    }
  return FALSE;
}

gboolean
guests_call_wait (GuestsCall *call, GuestsMailbox *mailbox, gint64 until_us)
{
  return wait_for (call, mailbox, until_us, TRUE);
}

gboolean
guests_call_finish (GuestsCall *call, GuestsMailbox *mailbox, gint64 until_us)
{
  return wait_for (call, mailbox, until_us, FALSE);
}

gpointer
guests_call_data (GuestsCall *call)
{
  return call->data;
}

void
guests_call_free (GuestsCall *call)
{
  GThread *thread;

  if (call == NULL)
    return;
  thread = call->thread;
  if (atomic_exchange (&call->state, GIVEN_UP) == RETURNED)
    {
      g_thread_join (thread);
      destroy (call);
    }
  else
    g_thread_unref (thread);
}

int
guests_call_running (void)
{
  return atomic_load (&running);
}
