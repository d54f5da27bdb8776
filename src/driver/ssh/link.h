/* SPDX-License-Identifier: Apache-2.0
 *
 * One authenticated connection to a host, whatever carries it. A link belongs
 * to one thread at a time and runs one command after the other.
 */
#ifndef VMM_SSH_LINK_H
#define VMM_SSH_LINK_H

#include <glib.h>

#include "driver/ssh/hostconfig.h"
#include "driver/ssh/wait.h"

/* How opening failed, where it matters; everything else is VMM_ERROR. */
#define VMM_LINK_ERROR (vmm_link_error_quark ())
GQuark vmm_link_error_quark (void);

typedef enum
{
  VMM_LINK_ERROR_BEYOND, /* libssh2 can't, the OpenSSH client can */
  VMM_LINK_ERROR_BUSY,   /* broken off before login, as sshd does beyond MaxStartups */
  VMM_LINK_ERROR_DOWN,   /* nobody answers there */
} VmmLinkError;

typedef enum
{
  VMM_LINK_LIBSSH2,
  VMM_LINK_OPENSSH,
  VMM_LINK_OPENSSH_AGENT, /* and it lends our agent */
} VmmLinkKind;

/* A command line for the login shell there. */
typedef struct
{
  const char *line;
  GBytes     *head;  /* goes before input on its standard input; or NULL */
  GBytes     *input; /* or NULL */
  /* stream: 1 standard output, 2 standard error */
  void      (*on_data) (int stream, const char *data, gsize len, gpointer user_data);
  gpointer    user_data;
} VmmExec;

/* How it ended, as far as the protocol told. */
typedef enum
{
  VMM_EXEC_REFUSED,   /* the host takes no command (now): reason */
  VMM_EXEC_BROKEN,    /* the connection broke before the command was sent: reason */
  VMM_EXEC_EXITED,    /* status */
  VMM_EXEC_SIGNALLED, /* status: the number or 0; reason: the name */
  VMM_EXEC_NO_STATUS, /* it was closed without a word how it ended */
  VMM_EXEC_LOST,      /* the connection broke after the command was sent: reason */
  VMM_EXEC_STOPPED,   /* time is over or somebody cancelled; it may still run there */
} VmmExecEnd;

typedef struct
{
  VmmExecEnd end;
  int        status;
  char      *reason; /* free with g_free() */
} VmmExecResult;

/* Sets end and (printf-style) reason. */
void vmm_exec_result_set (VmmExecResult *result, VmmExecEnd end, const char *format, ...)
  G_GNUC_PRINTF (3, 4);

/* Slots of MaxSessions come free a moment after a command ended: how often one
 * is asked for, and the first pause, which doubles. */
#define VMM_SESSION_TRIES 6
#define VMM_SESSION_PAUSE_MS 5

/* Once the host has told the end, what the command itself wrote is on its way
 * already. Whoever else holds the output open is waited for no longer than this:
 * while nothing comes, and in all. */
#define VMM_QUIET_MS 60
#define VMM_LAST_WORDS_MS 2000

typedef struct _VmmLink VmmLink;

typedef struct
{
  const char *name;

  /* FALSE when the far side has gone while nobody looked. Costs no round trip. */
  gboolean (*is_alive) (VmmLink *self);

  /* Runs one command until it ended. result is zeroed by the caller. After
   * STOPPED the link is good for one more exec(), to end what runs, and then
   * only for close(). */
  void (*exec) (VmmLink *self, const VmmExec *exec, const VmmWait *wait, VmmExecResult *result);

  /* Never waits for the far side. */
  void (*close) (VmmLink *self);
} VmmLinkOps;

/* The first member of every link. */
struct _VmmLink
{
  const VmmLinkOps *ops;
  VmmLinkKind       kind;
  VmmHostConfig    *config;        /* owned; what it was opened with */
  char             *notice;        /* what should be known although it opened, or NULL; owned */
  char             *key;           /* what logged in, in words; or NULL; owned, never changed */
  char             *host_key;      /* type and fingerprint; the same */

  /* The pool's own. */
  GList             node;
  gint64            opened_us;
  gint64            since_us;      /* in use, or unused */
};

/* The parts that all links have. init() takes a reference to config. */
void vmm_link_init  (VmmLink *self, const VmmLinkOps *ops, VmmLinkKind kind,
                     VmmHostConfig *config);
void vmm_link_clear (VmmLink *self);

/* "libssh2", "openssh", "openssh-agent" */
const char *vmm_link_kind_name (VmmLinkKind kind);

/* The two ways to open one. */
VmmLink *vmm_libssh2_open (VmmHostConfig *config, const VmmWait *wait, GError **error);

/* dir: a private directory for the control socket; idle_s: how long the client
 * stays when this process disappears; explain: find out the keys, which the
 * client tells only among much else. */
VmmLink *vmm_openssh_open (VmmHostConfig *config, gboolean forward_agent, const char *dir,
                           guint idle_s, gboolean explain, const VmmWait *wait, GError **error);

/* Ends all clients with a socket in dir, also those that could not be told when
 * their link was closed (because there was no descriptor left, say). */
void vmm_openssh_end_all (const char *dir);

static inline gboolean
vmm_link_is_alive (VmmLink *self)
{
  return self->ops->is_alive (self);
}

static inline void
vmm_link_exec (VmmLink *self, const VmmExec *exec, const VmmWait *wait, VmmExecResult *result)
{
  self->ops->exec (self, exec, wait, result);
}

static inline void
vmm_link_close (VmmLink *self)
{
  if (self != NULL)
    self->ops->close (self);
}

/* Whether another command may follow one that ended so. */
static inline gboolean
vmm_link_end_is_clean (VmmExecEnd end)
{
  return end == VMM_EXEC_EXITED || end == VMM_EXEC_SIGNALLED || end == VMM_EXEC_NO_STATUS;
}

#endif
