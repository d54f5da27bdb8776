/* SPDX-License-Identifier: Apache-2.0
 *
 * The test's side of the driver: starts it as oned does, in a private tree with
 * scripts that leave records, and talks to it. Whatever takes too long ends the
 * test with what was said until then.
 */
#ifndef RIG_H
#define RIG_H

#include <glib.h>
#include <sys/types.h>

typedef struct
{
  char    *root;     /* ONE_LOCATION */
  pid_t    pid;      /* of the driver, 0 when there is none */
  int      in;       /* where the driver reads, -1 when closed */
  int      out;      /* where it writes */
  GString *buffer;   /* read, but not yet taken as a line */
  GString *seen;     /* all that the driver wrote, for a test that fails */
} Rig;

/* How a script was called. */
typedef struct
{
  char  *script;     /* below the remotes: "vmm/kvm/poll" */
  char  *path;       /* as it was called */
  char **args;       /* without the script */
  char **environment;
  char  *cwd;
  char  *state;      /* "fds: 0 1 2 blocked: 0 ignored: 0 session: own" */
  char  *input;
  gsize  input_len;
  gint64 begin_ns, end_ns; /* end_ns is 0 when it did not come so far */
} RigCall;

/* How long anything may take before the test gives up. */
#define RIG_PATIENCE_MS 120000

Rig *rig_new  (void);
void rig_free (Rig *rig); /* ends the driver if it still runs, and removes the tree */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* A path below the tree. Free with g_free(). */
char *rig_path (const Rig *rig, const char *format, ...) G_GNUC_PRINTF (2, 3);

void  rig_write (const Rig *rig, const char *name, const char *text);
char *rig_read  (const Rig *rig, const char *name); /* NULL when there is none */

/* Waits for a file that a script makes, and returns its text. */
char *rig_wait_file (const Rig *rig, const char *name);

/* Puts the recording script, or a bash script with this body, in the place of
 * remotes/NAME ("vmm/kvm/poll"); in host/NAME as well, for runs over ssh. */
void rig_stub   (const Rig *rig, const char *name);
void rig_script (const Rig *rig, const char *name, const char *body);

void rig_link   (const Rig *rig, const char *name, const char *target);

/* What the recording script NAME prints, and how long it takes. */
void rig_stub_prints (const Rig *rig, const char *name, const char *text);
void rig_stub_takes  (const Rig *rig, const char *name, guint ms);

/* Starts the driver: arguments in one piece, standard error closed, all signals
 * blocked, SIGPIPE ignored. */
void rig_start (Rig *rig, const char *arguments);

/* The same with separate arguments, and with standard error in this file of the
 * tree, or closed when it is NULL. */
void rig_start_argv (Rig *rig, const char *const *arguments, const char *messages);

/* Starts it and waits for the answer to INIT. */
void rig_start_init (Rig *rig, const char *arguments);

void  rig_send       (Rig *rig, const char *line); /* without its newline */
void  rig_send_bytes (Rig *rig, const char *data, gsize len);
void  rig_end_input  (Rig *rig);

/* The next line without its newline; NULL at the end. Free with g_free(). */
char *rig_line (Rig *rig);

/* Skips LOG lines (or what does not begin with prefix). Fails at the end of output. */
char *rig_result      (Rig *rig);
char *rig_line_with   (Rig *rig, const char *prefix);
void  rig_expect      (Rig *rig, const char *result);

/* Nothing is there to be read for so long. */
gboolean rig_is_quiet (Rig *rig, guint ms);

/* Waits until it is gone. The exit status, or 128 + signal. */
int  rig_wait (Rig *rig);

/* Ends the input, reads to the end and expects exit status 0. */
void rig_finish (Rig *rig);

/* What was recorded since the last time, in order of beginning. Free with g_ptr_array_unref(). */
GPtrArray *rig_calls       (const Rig *rig);
void       rig_clear_calls (const Rig *rig);

/* Processes whose environment names this tree, without the driver itself. */
guint rig_count_processes (const Rig *rig);
void  rig_wait_no_process (const Rig *rig);

/* What the driver has at this moment. */
guint rig_count_threads     (const Rig *rig);
guint rig_count_descriptors (const Rig *rig);
guint rig_count_children    (const Rig *rig);
gint64 rig_memory_kb        (const Rig *rig, const char *field); /* "VmRSS", "VmHWM" */

/* Whether memory and time mean anything: no sanitizer is built in. */
gboolean rig_is_plain_build (void);

/* "VERB ID BASE64" with this XML. Free with g_free(). */
char *rig_request (const char *verb, const char *id, const char *xml);

/* The smallest request that runs one script: POLL of deploy_id on host. */
char *rig_poll_request (const char *id, const char *host, const char *deploy_id);

#endif
