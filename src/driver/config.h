/* SPDX-License-Identifier: Apache-2.0
 *
 * Where things lie and what the administrator set: ONE_LOCATION, vmm_execrc
 * (shell assignments) and the "config" file that oned writes. Read once at
 * start; immutable afterwards, so every thread may read it.
 */
#ifndef VMM_CONFIG_H
#define VMM_CONFIG_H

#include <glib.h>

typedef struct
{
  /* Places. With ONE_LOCATION they are below it, else the classic ones. */
  char *etc_dir;      /* /etc/one */
  char *var_dir;      /* /var/lib/one: the working directory */
  char *log_dir;      /* /var/log/one */
  char *remotes_dir;  /* /var/lib/one/remotes: the scripts on this machine */
  char *host_dir;     /* /var/tmp/one: the scripts on a host, SCRIPTS_REMOTE_DIR */

  /* vmm_execrc; every assignment also reaches the environment of local scripts. */
  char **live_disk_snapshots; /* LIVE_DISK_SNAPSHOTS: "kvm-qcow2", ... */
  char **vnm_local_actions;   /* VNMAD_LOCAL_ACTIONS: "elastic-post", ... */
  char  *release;             /* VMM_RELEASE: "5.2", or NULL to find out */
  char  *transport;           /* VMM_TRANSPORT: "auto", "libssh2" or "openssh" */
  char  *ssh_config;          /* VMM_SSH_CONFIG: as ssh -F, or NULL */
  guint  ssh_connect_timeout_s; /* VMM_SSH_CONNECT_TIMEOUT, seconds */
  guint  ssh_idle_s;          /* VMM_SSH_IDLE: how long a connection is kept unused, seconds */
  guint  ssh_idle_max;        /* VMM_SSH_IDLE_MAX: how many are kept unused, in all */
  guint  ssh_per_host_max;    /* VMM_SSH_HOST_MAX: connections to one host at a time */
  guint  ssh_connecting_max;  /* VMM_SSH_CONNECTING_MAX: connects to one host under way at a time */

  GPtrArray *warnings;        /* of char *: what was odd, for the log */
} VmmConfig;

/* Reads the files; what is missing has its default, what is wrong is left out
 * with a warning. Never fails. Sets the environment (call before any thread). */
VmmConfig *vmm_config_load (void);
void       vmm_config_free (VmmConfig *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmConfig, vmm_config_free)

#endif
