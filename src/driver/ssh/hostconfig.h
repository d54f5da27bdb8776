/* SPDX-License-Identifier: Apache-2.0
 *
 * What ssh_config(5) says of a host. The OpenSSH client itself is asked
 * ("ssh -G"), so whatever it understands, Match and Include too, counts here.
 */
#ifndef VMM_SSH_HOSTCONFIG_H
#define VMM_SSH_HOSTCONFIG_H

#include <glib.h>

#include "driver/ssh/wait.h"

typedef enum
{
  VMM_STRICT_YES,        /* unknown keys are refused; "ask" as well, there is nobody to ask */
  VMM_STRICT_ACCEPT_NEW, /* unknown keys are noted, changed ones refused */
  VMM_STRICT_NO,         /* changed ones only warned of */
} VmmStrict;

/* Immutable once made, reference-counted. */
typedef struct
{
  gatomicrefcount refs;
  guint     serial;           /* no two have the same; never 0 */
  char     *name;             /* the host as oned names it */
  char     *ssh_config;       /* -F, or NULL */
  char     *hostname;         /* HostName */
  char     *user;
  char     *port;
  int       family;           /* AddressFamily: AF_UNSPEC, AF_INET or AF_INET6 */
  char     *alias;            /* HostKeyAlias, or NULL */
  char    **identity_files;   /* expanded; need not exist */
  gboolean  identities_only;
  char     *agent;            /* socket of the agent, or NULL */
  char    **user_known_hosts;
  char    **global_known_hosts;
  VmmStrict strict;
  gboolean  hash_known_hosts;
  guint     connect_timeout_s; /* ConnectTimeout, 0 when not set */
  guint     alive_interval_s;  /* ServerAliveInterval, 0 when not set */
  char     *proxy_command;     /* expanded, for the shell; or NULL */
  char     *proxy_jump;        /* or NULL */
  char     *target;            /* the same for all names of one sshd */
  char     *beyond;            /* an option that only the OpenSSH client can follow, or NULL */
} VmmHostConfig;

VmmHostConfig *vmm_hostconfig_ref   (VmmHostConfig *self);
void           vmm_hostconfig_unref (VmmHostConfig *self);

/* Remembers what it was told until one of the files it came from changes. All
 * functions may be called from any thread. */
typedef struct _VmmHostConfigs VmmHostConfigs;

/* ssh_config: as for ssh -F, or NULL. */
VmmHostConfigs *vmm_hostconfigs_new  (const char *ssh_config);
void            vmm_hostconfigs_free (VmmHostConfigs *self);

/* A new reference; the same object as before as long as nothing changed. */
VmmHostConfig *vmm_hostconfigs_get (VmmHostConfigs *self, const char *host, const VmmWait *wait,
                                    GError **error);

/* Runs a program of the system, argv[0] looked up in PATH, and returns what it
 * printed. Its error text is in *errors (or the GError when it failed). */
char *vmm_hostconfig_ask (const char *const *argv, const VmmWait *wait, char **errors,
                          GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmHostConfig, vmm_hostconfig_unref)

#endif
