/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line, which oned passes as one single argument.
 */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include "driver/actionlist.h"

typedef enum
{
  VMM_SNAPSHOT_SUSPEND, /* -d suspend, 4.14's default */
  VMM_SNAPSHOT_DETACH,  /* -d detach */
} VmmSnapshotStrategy;

typedef enum
{
  VMM_MODE_DRIVER, /* answer oned */
  VMM_MODE_HELP,   /* the text to print is in message */
  VMM_MODE_SYNC,   /* push the remotes to the hosts */
  VMM_MODE_CHECK,  /* say whether all is ready */
} VmmMode;

typedef struct
{
  VmmMode  mode;
  char    *message;             /* MODE_HELP */
  char   **hosts;               /* MODE_SYNC, MODE_CHECK: NULL-terminated, possibly empty */
  char    *driver;              /* the directory below remotes/vmm */
  guint    threads;             /* -t */
  guint    retries;             /* -r: further tries of a failed vmm step */
  guint    timeout_s;           /* -w: limit of one step in seconds; 0: none */
  gboolean parallel;            /* -p: several actions on one host at a time */
  char    *shell;               /* -s: the shell on the hosts */
  gboolean live_snapshots;      /* -i */
  VmmSnapshotStrategy snapshots; /* -d suspend, -d detach */
  VmmActionList *local;         /* -l */
  gboolean all_local;           /* --all-local */
  VmmActionList *delegate;      /* -d with a list of actions */
  gboolean host_first;          /* --host-first */
  gboolean poll_host;           /* --poll-host */
} VmmOptions;

/* argv as main() got it. NULL with VMM_ERROR_INVALID and a message for people
 * when it is no good. */
VmmOptions *vmm_options_parse (int argc, char **argv, GError **error);
void        vmm_options_free  (VmmOptions *self);

/* Whether the scripts of an action (or a step of a network driver) run on this
 * machine, and the script's name there when -l gives another one (else NULL). */
gboolean    vmm_options_is_local     (const VmmOptions *self, const char *action);
const char *vmm_options_local_script (const VmmOptions *self, const char *action);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmOptions, vmm_options_free)

#endif
