/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/signals.h"

#include <glib.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int
vmm_signals_init (void)
{
  sigset_t ours;

  for (int signal_number = 1; signal_number < NSIG; signal_number++)
    if (signal_number != SIGKILL && signal_number != SIGSTOP)
      signal (signal_number, SIG_DFL);
  signal (SIGPIPE, SIG_IGN);

  sigemptyset (&ours);
  sigaddset (&ours, SIGTERM);
  sigaddset (&ours, SIGINT);
  sigaddset (&ours, SIGHUP);
  pthread_sigmask (SIG_SETMASK, &ours, NULL);
  return signalfd (-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
vmm_signals_read (int fd)
{
  struct signalfd_siginfo info;
  G_GNUC_UNUSED gssize n = read (fd, &info, sizeof info);
}
