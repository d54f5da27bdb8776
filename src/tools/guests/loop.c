/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/loop.h"

#include "common/error.h"

#include <errno.h>
#include <libvirt/libvirt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct _GuestsLoop
{
  GuestsMailbox *mailbox;
  GThread *thread;
  int signals;      /* signalfd */
  int handle;       /* libvirt's watch of it */
  int wake;         /* a timer that makes the thread look at leave */
  atomic_bool leave;
};

static void
on_signal (int watch G_GNUC_UNUSED, int fd, int events G_GNUC_UNUSED, void *data)
{
  GuestsLoop *loop = data;
  struct signalfd_siginfo info;
  GuestsMail mail = { .kind = GUESTS_MAIL_SIGNAL };

  if (read (fd, &info, sizeof info) != sizeof info)
    return;
  mail.detail = info.ssi_signo;
  guests_mailbox_put (loop->mailbox, &mail);
}

static void
on_wake (int timer, void *data G_GNUC_UNUSED)
{
  virEventUpdateTimeout (timer, -1);
}

static gpointer
run (gpointer data)
{
  GuestsLoop *loop = data;

  while (!atomic_load (&loop->leave))
    if (virEventRunDefaultImpl () < 0)
      break;
  return NULL;
}

static int
open_signals (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGHUP);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  signal (SIGPIPE, SIG_IGN);
  return signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

GuestsLoop *
guests_loop_start (GuestsMailbox *mailbox, GError **error)
{
  GuestsLoop *loop;
  int signals = open_signals ();

  if (signals < 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "cannot wait for signals: %s",
                   g_strerror (errno));
      return NULL;
    }
  if (virInitialize () < 0 || virEventRegisterDefaultImpl () < 0)
    {
      g_set_error_literal (error, VMM_ERROR, VMM_ERROR_SYSTEM, "cannot start libvirt's event loop");
      close (signals);
      return NULL;
    }
  loop = g_new0 (GuestsLoop, 1);
  loop->mailbox = mailbox;
  loop->signals = signals;
  loop->handle = virEventAddHandle (signals, VIR_EVENT_HANDLE_READABLE, on_signal, loop, NULL);
  loop->wake = virEventAddTimeout (-1, on_wake, NULL, NULL);
  loop->thread = g_thread_new ("events", run, loop);
  return loop;
}

void
guests_loop_stop (GuestsLoop *loop)
{
  if (loop == NULL)
    return;
  virEventRemoveHandle (loop->handle);
  atomic_store (&loop->leave, TRUE);
  virEventUpdateTimeout (loop->wake, 0);
  g_thread_join (loop->thread);
  virEventRemoveTimeout (loop->wake);
  close (loop->signals);
  g_free (loop);
}
