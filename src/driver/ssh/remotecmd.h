/* SPDX-License-Identifier: Apache-2.0
 *
 * A VmmCommand as a command line for a host's login shell, and the reader of
 * what comes back. Before the script starts, a few words of shell there
 *   - mark on both outputs where the script's own begins, so that nothing a
 *     .bashrc prints gets into an answer,
 *   - say whether the script is there and executable,
 *   - write the command's files,
 *   - tell the process id, which names the session to end when it must end,
 * and then become the script, whose end the SSH protocol itself reports.
 */
#ifndef VMM_SSH_REMOTECMD_H
#define VMM_SSH_REMOTECMD_H

#include <glib.h>

#include "driver/command.h"
#include "driver/ssh/link.h"
#include "driver/transport.h"

/* What the answer has shown so far. */
typedef enum
{
  VMM_REMOTE_NOTHING,    /* no mark: nothing is known to have run */
  VMM_REMOTE_NO_SCRIPT,
  VMM_REMOTE_NOT_EXECUTABLE,
  VMM_REMOTE_NO_FILE,    /* one of the command's files could not be written */
  VMM_REMOTE_STARTED,
} VmmRemoteState;

typedef struct
{
  VmmExec        exec;        /* to be given to vmm_link_exec() */
  VmmRemoteState state;
  char          *pid;         /* of the session there, once STARTED */
  char          *login_shell; /* its path, once STARTED */

  /* private */
  GString             *noise; /* what came before the marks, capped */
  char                *line, *token;
  GBytes              *head;
  GString             *seen[2];  /* before the mark; NULL after it */
  const VmmRunContext *context;
  VmmOutcome          *outcome;
} VmmRemoteCmd;

/* shell: what runs those few words (-s). direct: the login shell itself may do
 * it. command, context and outcome must outlive self. FALSE with an error when
 * no system would take the command. */
gboolean vmm_remotecmd_init  (VmmRemoteCmd *self, const VmmCommand *command, const char *shell,
                              gboolean direct, const VmmRunContext *context, VmmOutcome *outcome,
                              GError **error);
void     vmm_remotecmd_clear (VmmRemoteCmd *self);

/* What came in place of the mark, on one line: why nothing was started. Free
 * with g_free(). */
char *vmm_remotecmd_noise (VmmRemoteCmd *self);

/* Whether a login shell reads those words as well as `shell` would. */
gboolean vmm_remotecmd_shell_will_do (const char *login_shell, const char *shell);

/* A command line that runs `script` (POSIX, without newlines) with arguments. */
char *vmm_remotecmd_shell_line (const char *shell, const char *script,
                                const char *const *arguments);

/* A command line that ends what self has started there: TERM, a grace, KILL. It
 * prints VMM_REMOTE_ENDED when nothing of it is left. */
#define VMM_REMOTE_ENDED "vmm-ended"
char *vmm_remotecmd_end_line (const VmmRemoteCmd *self, const char *shell);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (VmmRemoteCmd, vmm_remotecmd_clear)

#endif
