/* SPDX-License-Identifier: Apache-2.0
 *
 * Hosts for the tests of the ssh transport: real sshd processes of an ordinary
 * user on loopback, each with a port, a host key and a home of its own, and an
 * ssh_config that knows them by name.
 */
#ifndef SSHLAB_H
#define SSHLAB_H

#include "driver/config.h"
#include "driver/ssh.h"

typedef struct
{
  char      *dir;      /* everything lies below */
  char      *config;   /* ssh_config */
  char      *key;      /* the user's default key, ed25519 */
  char      *remotes;  /* the front-end's copy, empty at first */
  GPtrArray *hosts;
  GString   *defaults; /* what "Host *" says at the end of ssh_config */
  VmmConfig *settings; /* for vmm_ssh_new() */
} SshLab;

typedef struct
{
  SshLab *lab;
  char   *name;
  char   *dir;         /* holds home/, the key and the log */
  char   *key;         /* host key file */
  char   *scripts;     /* where the remotes lie on this host: all share settings->host_dir */
  char   *extra;       /* lines for sshd_config */
  GString *client;     /* lines for its block in ssh_config */
  int     port;
  GPid    pid;         /* 0: not running */
} SshHost;

/* To be called first in main(): root becomes an ordinary user, made for it
 * when it does not exist. Returns a reason to skip everything, or NULL. */
const char *sshlab_become_user (void);

/* problem: what sshlab_become_user() returned. */
typedef int (*SshCopied) (int argc, char **argv, const char *problem);

/* The same for a program that starts what was built, which that user may not be able
 * to read: a child that is the user calls run with copies of these files of the build and
 * of the captures, named by BUILDDIR and the variables of g_test_init(). Returns what run
 * returned. The child is killed when the caller is. */
int sshlab_run_copied (const char *const *files, SshCopied run, int argc, char **argv);

SshLab  *sshlab_new  (void);
void     sshlab_free (SshLab *lab);

/* Starts a host; key_type as for ssh-keygen -t; extra: sshd_config lines or "". */
SshHost *sshlab_add (SshLab *lab, const char *name, const char *key_type, const char *extra);
/* One more name for what listens at this port of loopback: an sshd of ours, with
 * its host key, or something else. */
SshHost *sshlab_add_port (SshLab *lab, const char *name, int port);
void     sshlab_start (SshHost *host);
void     sshlab_stop  (SshHost *host); /* the listener and all its connections */
/* Those that a KILL is for have closed their sockets when it returns. */
void     sshlab_kill_connections (SshHost *host, int signal);

/* Writes ssh_config and known_hosts anew, from what the hosts say now. */
void     sshlab_write_config (SshLab *lab);
char    *sshlab_known_line (SshHost *host, const char *name);
char    *sshlab_make_key (SshLab *lab, const char *name, const char *type, gboolean authorize);

/* Puts an executable script at PATH below the scripts of the hosts. Returns its full path. */
char    *sshlab_script (SshLab *lab, const char *path, const char *text);

/* Connections that the host has accepted and not closed. */
guint    sshlab_connections (SshHost *host);

/* Processes whose command line contains text, but for zombies. */
guint    sshlab_processes (const char *text);

/* Waits up to ten seconds for what must happen soon. */
#define SSHLAB_UNTIL(condition) \
  for (int sshlab_i = 0; !(condition); sshlab_i++) \
    { \
      g_assert_cmpint (sshlab_i, <, 1000); \
      g_usleep (10000); \
    }

void sshlab_do (const char *const *argv);

/* ---- the tests' main() ---- */

typedef struct
{
  const char *name;
  void      (*run) (gconstpointer kind); /* kind: "libssh2" or "openssh" */
} SshTest;

/* Runs each test (until one without a name) over both kinds of connection, in a
 * laboratory that set_up furnishes; tear_down may be NULL. Skips all where there is no sshd. */
int sshlab_main (int argc, char **argv, const char *group, const SshTest *tests,
                 SshLab **lab, void (*set_up) (void), void (*tear_down) (void));

/* The same for tests that start the built driver: run() is called as the ordinary
 * user, in a process of its own and with a copy of what is run and read, since that
 * user may not be able to read the place of the build. */
int sshlab_main_of_copy (int argc, char **argv, int (*run) (int argc, char **argv));

/* ---- running something ---- */

typedef struct
{
  VmmOutcome outcome;
  GString   *err;     /* standard error */
  GString   *notices; /* one a line */
} SshResult;

void ssh_result_clear (SshResult *self);

/* A transport of one kind ("auto", "libssh2", "openssh") with the settings as they are. */
VmmTransport *sshlab_transport (SshLab *lab, const char *kind);

VmmCommand *sshlab_command (const char *host, const char *const *argv, const char *input);

/* limit_ms: 0 none. result must be zeroed. */
void sshlab_run_command (VmmTransport *ssh, const VmmCommand *command, guint limit_ms,
                         VmmCancel *cancel, SshResult *result);

/* The same for a script with one argument (or NULL) and no input. */
void sshlab_run (VmmTransport *ssh, const char *host, const char *script, const char *argument,
                 SshResult *result);

/* Fail the test, with the reason that was given, when it ended otherwise. */
void sshlab_assert_ending (const SshResult *result, VmmEnding ending);
void sshlab_assert_exited (const SshResult *result, int status, const char *output);

/* That the reason for people has these words. */
void sshlab_assert_reason (const SshResult *result, const char *words);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SshResult, ssh_result_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmTransport, vmm_transport_free)

#endif
