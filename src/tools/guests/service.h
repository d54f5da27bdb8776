/* SPDX-License-Identifier: Apache-2.0
 *
 * What one run of the program works with, and the marks that it leaves for the next.
 */
#ifndef GUESTS_SERVICE_H
#define GUESTS_SERVICE_H

#include "tools/guests/config.h"
#include "tools/guests/mailbox.h"
#include "tools/guests/state.h"

/* Exit statuses, those of init scripts. */
enum
{
  GUESTS_EXIT_FAILED = 1,
  GUESTS_EXIT_USAGE = 2,
  GUESTS_EXIT_STOPPED = 3,      /* of status */
  GUESTS_EXIT_CONFIGURATION = 6,
  GUESTS_EXIT_SIGNAL = 128,     /* and its number */
};

typedef struct
{
  GuestsConfig *config;
  GuestsMailbox *mailbox;
  GuestsState *state;
  const char *state_dir;
  const char *stock_list; /* of libvirt-guests */
  const char *run_dir;    /* what is in it ends with the machine */
  int status;             /* exit status so far */
} GuestsService;

/* Makes both directories and locks the service until the program ends. FALSE with an
 * error that names the run that has the lock. command is what to tell others. */
gboolean guests_service_lock (GuestsService *service, const char *command, GError **error);

/* Between start and stop the service is "started". */
gboolean guests_service_is_started (GuestsService *service);
void guests_service_set_started (GuestsService *service, gboolean started);

/* Something went wrong, and is told: the program goes on but will not say 0. */
void guests_service_fail (GuestsService *service, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Writes the list; a failure is told and goes into the status. */
void guests_service_write (GuestsService *service);

/* guests_state_drop(), likewise. */
void guests_service_drop (GuestsService *service, GuestsEntry *entry);

#endif
