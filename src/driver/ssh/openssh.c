/* SPDX-License-Identifier: Apache-2.0
 *
 * A link through the OpenSSH client. One client per link logs in and then
 * stays as the master of a control socket; commands go through that socket, in
 * the client's own protocol (PROTOCOL.mux in its source), without another
 * process for each.
 */
#include "driver/ssh/link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "driver/ssh/wire.h"

#define CHUNK_BYTES 32768

/* How long the client may take for a word about its own state. */
#define MASTER_ANSWER_MS 1000

enum
{
  MUX_MSG_HELLO = 0x00000001,
  MUX_C_NEW_SESSION = 0x10000002,
  MUX_C_ALIVE_CHECK = 0x10000004,
  MUX_C_TERMINATE = 0x10000005,
  MUX_S_EXIT_MESSAGE = 0x80000004,
  MUX_S_ALIVE = 0x80000005,
  MUX_S_SESSION_OPENED = 0x80000006,
  MUX_VERSION = 4,
};

typedef struct
{
  VmmLink link;
  char   *path; /* of the control socket */
} VmmOpenssh;

typedef struct
{
  const VmmExec *exec;
  VmmWait        wait;
  int            control;        /* one connection to the socket per command */
  int            in, out, err;   /* our ends; -1: closed */
  GBytes        *parts[2];       /* of the input */
  guint          part;
  gsize          written;        /* of that part */
  char          *buffer;
  gint64         last_words_us;  /* 0: the end is not told yet */
  gint64         quiet_until_us;
  gboolean       told_status;
  gboolean       control_closed;
} Run;

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

/* ---- the control socket's protocol ---- */

static int
connect_control (const char *path, const VmmWait *wait, GError **error)
{
  g_autoptr (GByteArray) hello = g_byte_array_new ();
  g_autoptr (GByteArray) answer = NULL;
  int fd = vmm_wire_connect (path, wait, error);

  if (fd < 0)
    return -1;
  vmm_wire_put_u32 (hello, MUX_MSG_HELLO);
  vmm_wire_put_u32 (hello, MUX_VERSION);
  if (vmm_wire_send (fd, hello, wait, error)
      && (answer = vmm_wire_receive (fd, wait, error)) != NULL)
    {
      VmmWireReader reader;
      guint32 type = 0, version = 0;

      vmm_wire_reader_init (&reader, answer->data, answer->len);
      if (vmm_wire_get_u32 (&reader, &type) && vmm_wire_get_u32 (&reader, &version)
          && type == MUX_MSG_HELLO && version == MUX_VERSION)
        return fd;
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID,
                   "the OpenSSH client speaks version %u on its control socket, not %d", version,
                   MUX_VERSION);
    }
  close (fd);
  return -1;
}

static gboolean
send_fd (int socket, int fd, const VmmWait *wait, GError **error)
{
  char byte = 0;
  struct iovec data = { &byte, 1 };
  union { struct cmsghdr header; char space[CMSG_SPACE (sizeof (int))]; } control;
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
                            .msg_controllen = sizeof control };
  struct cmsghdr *header;

  memset (&control, 0, sizeof control);
  header = CMSG_FIRSTHDR (&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof (int));
  memcpy (CMSG_DATA (header), &fd, sizeof fd);
  while (sendmsg (socket, &message, MSG_NOSIGNAL) < 0)
    if (errno == EAGAIN)
      {
        if (!vmm_wait_fd (wait, socket, POLLOUT, error))
          return FALSE;
      }
    else if (errno != EINTR)
      {
        g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "control socket: %s",
                     g_strerror (errno));
        return FALSE;
      }
  return TRUE;
}

/* A request without parameters. Returns the connection, on which an answer will come. */
static int
ask_master (const char *path, guint32 request, const VmmWait *wait)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();
  int fd = connect_control (path, wait, NULL);

  if (fd < 0)
    return -1;
  vmm_wire_put_u32 (message, request);
  vmm_wire_put_u32 (message, 0);
  vmm_wire_send (fd, message, wait, NULL);
  return fd;
}

/* Whether the master still has its connection to the host. */
static gboolean
master_is_alive (VmmOpenssh *self)
{
  VmmWait whenever = { G_MAXINT64, NULL };
  VmmWait wait = vmm_wait_at_most (&whenever, MASTER_ANSWER_MS);
  g_autoptr (GByteArray) answer = NULL;
  VmmWireReader reader;
  guint32 type = 0;
  int fd = ask_master (self->path, MUX_C_ALIVE_CHECK, &wait);

  if (fd < 0)
    return FALSE;
  answer = vmm_wire_receive (fd, &wait, NULL);
  close (fd);
  if (answer == NULL)
    return FALSE;
  vmm_wire_reader_init (&reader, answer->data, answer->len);
  return vmm_wire_get_u32 (&reader, &type) && type == MUX_S_ALIVE;
}

/* ---- a command ---- */

static gboolean
request_session (VmmOpenssh *self, Run *run, GError **error)
{
  g_autoptr (GByteArray) message = g_byte_array_new ();

  vmm_wire_put_u32 (message, MUX_C_NEW_SESSION);
  vmm_wire_put_u32 (message, 0);        /* request */
  vmm_wire_put_string (message, "", 0); /* reserved */
  vmm_wire_put_u32 (message, FALSE);    /* terminal */
  vmm_wire_put_u32 (message, FALSE);    /* X11 */
  vmm_wire_put_u32 (message, self->link.kind == VMM_LINK_OPENSSH_AGENT);
  vmm_wire_put_u32 (message, FALSE);    /* subsystem */
  vmm_wire_put_u32 (message, 0xffffffff); /* no escape character */
  vmm_wire_put_string (message, "", 0); /* TERM */
  vmm_wire_put_string (message, run->exec->line, strlen (run->exec->line));
  return vmm_wire_send (run->control, message, &run->wait, error);
}

/* Hands the far ends of three pipes to the master. */
static gboolean
send_pipes (Run *run, GError **error)
{
  int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
  gboolean ok;

  ok = pipe2 (in, O_CLOEXEC) == 0 && pipe2 (out, O_CLOEXEC) == 0 && pipe2 (err, O_CLOEXEC) == 0;
  if (!ok)
    g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "pipe: %s", g_strerror (errno));
  ok = ok && send_fd (run->control, in[0], &run->wait, error)
       && send_fd (run->control, out[1], &run->wait, error)
       && send_fd (run->control, err[1], &run->wait, error);
  close_fd (&in[0]);
  close_fd (&out[1]);
  close_fd (&err[1]);
  run->in = in[1];
  run->out = out[0];
  run->err = err[0];
  vmm_fd_set_nonblocking (run->in);
  vmm_fd_set_nonblocking (run->out);
  vmm_fd_set_nonblocking (run->err);
  return ok;
}

/* The answer to the request: opened, or why not. */
static gboolean
read_opened (Run *run, VmmExecResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) answer = vmm_wire_receive (run->control, &run->wait, &error);
  g_autoptr (GBytes) why = NULL;
  VmmWireReader reader;
  guint32 type = 0, request;

  if (answer == NULL)
    {
      vmm_exec_result_set (result,
                           vmm_wait_is_end (error) ? VMM_EXEC_STOPPED : VMM_EXEC_LOST, "%s",
                           error->message);
      return FALSE;
    }
  vmm_wire_reader_init (&reader, answer->data, answer->len);
  if (vmm_wire_get_u32 (&reader, &type) && type == MUX_S_SESSION_OPENED)
    return TRUE;
  if (vmm_wire_get_u32 (&reader, &request))
    why = vmm_wire_get_string (&reader);
  vmm_exec_result_set (result, VMM_EXEC_REFUSED,
                       "the host opens no session (%.*s; see MaxSessions there)",
                       why == NULL ? 0 : (int) g_bytes_get_size (why),
                       why == NULL ? "" : (const char *) g_bytes_get_data (why, NULL));
  return FALSE;
}

static gboolean
start (VmmOpenssh *self, Run *run, VmmExecResult *result)
{
  g_autoptr (GError) error = NULL;

  run->control = connect_control (self->path, &run->wait, &error);
  if (run->control < 0 || !request_session (self, run, &error) || !send_pipes (run, &error))
    {
      vmm_exec_result_set (result,
                           vmm_wait_is_end (error) ? VMM_EXEC_STOPPED : VMM_EXEC_BROKEN, "%s",
                           error->message);
      return FALSE;
    }
  return read_opened (run, result);
}

static void
feed (Run *run)
{
  while (run->in >= 0)
    {
      GBytes *part = run->part < G_N_ELEMENTS (run->parts) ? run->parts[run->part] : NULL;
      gsize len = 0;
      const char *data = part == NULL ? NULL : g_bytes_get_data (part, &len);
      gssize n;

      if (run->part == G_N_ELEMENTS (run->parts))
        close_fd (&run->in);
      else if (run->written == len)
        {
          run->part++;
          run->written = 0;
        }
      else if ((n = write (run->in, data + run->written, len - run->written)) > 0)
        run->written += n;
      else if (errno == EAGAIN)
        return;
      else if (errno != EINTR)
        close_fd (&run->in); /* it ended without reading all */
    }
}

/* Hands on what is in one pipe; the deadline is looked at in between. */
static void
drain (Run *run, int stream)
{
  int *fd = stream == 1 ? &run->out : &run->err;

  while (*fd >= 0 && vmm_wait_goes_on (&run->wait, NULL))
    {
      gssize n = read (*fd, run->buffer, CHUNK_BYTES);

      if (n > 0)
        {
          run->exec->on_data (stream, run->buffer, n, run->exec->user_data);
          if (run->last_words_us != 0)
            run->quiet_until_us = g_get_monotonic_time () + VMM_QUIET_MS * 1000;
        }
      else if (n < 0 && errno == EAGAIN)
        return;
      else if (n == 0 || errno != EINTR)
        close_fd (fd);
    }
}

/* The exit status, or the end of the session. */
static void
read_control (Run *run, VmmExecResult *result)
{
  g_autoptr (GByteArray) message = vmm_wire_receive (run->control, &run->wait, NULL);
  VmmWireReader reader;
  guint32 type, session, status;

  if (message == NULL)
    run->control_closed = TRUE;
  else
    {
      vmm_wire_reader_init (&reader, message->data, message->len);
      if (vmm_wire_get_u32 (&reader, &type) && type == MUX_S_EXIT_MESSAGE
          && vmm_wire_get_u32 (&reader, &session) && vmm_wire_get_u32 (&reader, &status))
        {
          run->told_status = TRUE;
          result->status = (int) status;
        }
    }
  if ((run->told_status || run->control_closed) && run->last_words_us == 0)
    {
      run->last_words_us = g_get_monotonic_time () + VMM_LAST_WORDS_MS * 1000;
      run->quiet_until_us = g_get_monotonic_time () + VMM_QUIET_MS * 1000;
    }
}

static gboolean
is_over (const Run *run)
{
  if (run->last_words_us == 0)
    return FALSE;
  return (run->out < 0 && run->err < 0)
         || g_get_monotonic_time () >= MIN (run->quiet_until_us, run->last_words_us);
}

/* Milliseconds that poll() may take; -1: any. */
static int
poll_timeout (const Run *run)
{
  gint64 until_us = run->wait.deadline_us;

  if (run->last_words_us != 0)
    until_us = MIN (until_us, MIN (run->quiet_until_us, run->last_words_us));
  if (until_us == G_MAXINT64)
    return -1;
  return (int) CLAMP ((until_us - g_get_monotonic_time ()) / 1000 + 1, 0, G_MAXINT);
}

static void
pump (VmmOpenssh *self, Run *run, VmmExecResult *result)
{
  g_autoptr (GError) error = NULL;

  while (!is_over (run))
    {
      struct pollfd fds[] = {
        { .fd = run->control_closed ? -1 : run->control, .events = POLLIN },
        { .fd = run->out, .events = POLLIN },
        { .fd = run->err, .events = POLLIN },
        { .fd = run->in, .events = POLLOUT },
        { .fd = vmm_cancel_fd (run->wait.cancel), .events = POLLIN },
      };

      if (!vmm_wait_goes_on (&run->wait, &error))
        {
          vmm_exec_result_set (result, VMM_EXEC_STOPPED, "%s", error->message);
          return;
        }
      if (poll (fds, G_N_ELEMENTS (fds),
                vmm_cancel_timeout_ms (run->wait.cancel, poll_timeout (run))) < 0)
        continue;
      if (fds[3].revents != 0)
        feed (run);
      if (fds[1].revents != 0)
        drain (run, 1);
      if (fds[2].revents != 0)
        drain (run, 2);
      if (fds[0].revents != 0)
        read_control (run, result);
    }
  /* The pipes are ours: what was written is in them already. */
  drain (run, 1);
  drain (run, 2);
  if (run->told_status)
    vmm_exec_result_set (result, VMM_EXEC_EXITED, "it exited");
  else if (master_is_alive (self))
    /* sshd tells of a signal, but the client does not hand that on. */
    vmm_exec_result_set (result, VMM_EXEC_SIGNALLED, "which one the OpenSSH client does not tell");
  else
    vmm_exec_result_set (result, VMM_EXEC_LOST, "the connection of the OpenSSH client broke");
}

static void
close_all (Run *run)
{
  close_fd (&run->control);
  close_fd (&run->in);
  close_fd (&run->out);
  close_fd (&run->err);
}

static void
exec_command (VmmLink *link, const VmmExec *exec, const VmmWait *wait, VmmExecResult *result)
{
  Run run = { .exec = exec, .wait = *wait, .control = -1, .in = -1, .out = -1, .err = -1,
              .parts = { exec->head, exec->input } };

  gboolean started = FALSE;

  run.buffer = g_malloc (CHUNK_BYTES);
  for (guint tries = 1; !started; tries++)
    {
      close_all (&run);
      started = start ((VmmOpenssh *) link, &run, result);
      if (!started && (result->end != VMM_EXEC_REFUSED || tries == VMM_SESSION_TRIES
                       || !vmm_wait_sleep (wait, VMM_SESSION_PAUSE_MS << tries, NULL)))
        break;
    }
  if (started)
    pump ((VmmOpenssh *) link, &run, result);
  g_free (run.buffer);
  close_all (&run);
}

/* ---- the link ---- */

/* The client has to answer: one whose connection broke a moment ago still has its
 * socket, but notices before it could say a word. */
static gboolean
is_alive (VmmLink *link)
{
  return master_is_alive ((VmmOpenssh *) link);
}

/* FALSE when it could not be told: then its socket stays for vmm_openssh_end_all(). */
static gboolean
end_master (const char *path)
{
  VmmWait whenever = { G_MAXINT64, NULL };
  VmmWait wait = vmm_wait_at_most (&whenever, MASTER_ANSWER_MS);
  int fd = ask_master (path, MUX_C_TERMINATE, &wait);

  if (fd < 0)
    return FALSE;
  close (fd);
  unlink (path);
  return TRUE;
}

static void
close_link (VmmLink *link)
{
  VmmOpenssh *self = (VmmOpenssh *) link;

  end_master (self->path);
  vmm_link_clear (link);
  g_free (self->path);
  g_free (self);
}

/* What follows the last mark in text, up to the end of the line. NULL: no such mark. */
static char *
last_told (const char *text, const char *mark, const char *end)
{
  const char *found = g_strrstr (text, mark);

  if (found == NULL)
    return NULL;
  found += strlen (mark);
  return g_strndup (found, strcspn (found, end));
}

/* Reads the keys out of what "ssh -v" said. Hosts on the way log in before, so
 * the last word counts. */
static void
learn_keys (VmmLink *link, const char *text)
{
  link->host_key = last_told (text, "debug1: Server host key: ", "\r\n");
  link->key = last_told (text, "debug1: Server accepts key: ", "\r\n");
  if (link->key == NULL)
    {
      g_autofree char *method = last_told (text, " using \"", "\"\r\n");

      if (method != NULL)
        link->key = g_strdup_printf ("none (the method is %s)", method);
    }
}

/* Runs the client until it has logged in and gone to the background. */
static gboolean
start_master (VmmOpenssh *self, guint idle_s, gboolean explain, const VmmWait *wait,
              GError **error)
{
  g_autofree char *said = NULL;
  const VmmHostConfig *config = self->link.config;
  gint64 left_s = (wait->deadline_us - g_get_monotonic_time ()) / G_USEC_PER_SEC;
  g_autofree char *persist = g_strdup_printf ("-oControlPersist=%u", MAX (idle_s, 1) + 60);
  g_autofree char *limit
    = g_strdup_printf ("-oConnectTimeout=%d", (int) CLAMP (left_s, 1, 3600));
  const char *argv[24] = { "ssh", "-f", "-N", "-M", "-S", self->path, "-T", "-oBatchMode=yes",
                           "-oClearAllForwardings=yes", "-oPermitLocalCommand=no",
                           "-oRemoteCommand=none", persist, limit };
  guint n = 13;

  if (config->ssh_config != NULL)
    {
      argv[n++] = "-F";
      argv[n++] = config->ssh_config;
    }
  /* A dead host has to be noticed; what the administrator set for that counts. */
  if (config->alive_interval_s == 0)
    argv[n++] = "-oServerAliveInterval=15";
  argv[n++] = self->link.kind == VMM_LINK_OPENSSH_AGENT ? "-A" : "-a";
  if (explain)
    argv[n++] = "-v";
  argv[n++] = "--";
  argv[n++] = config->name;
  {
    g_autofree char *output = vmm_hostconfig_ask (argv, wait, &said, error);

    if (output == NULL)
      return FALSE;
  }
  if (explain)
    learn_keys (&self->link, said);
  return TRUE;
}

static gboolean
says_one_of (const GError *error, const char *const *phrases)
{
  for (; *phrases != NULL; phrases++)
    if (strstr (error->message, *phrases) != NULL)
      return TRUE;
  return FALSE;
}

/* The client has words only, no codes, for what is worth another try. */
static void
classify (GError *error)
{
  static const char *const busy[] = { "kex_exchange_identification", "banner exchange",
                                      "Connection reset", "Connection closed", NULL };
  static const char *const down[] = { "Connection refused", "No route to host",
                                      "Network is unreachable", NULL };

  if (!g_error_matches (error, VMM_ERROR, VMM_ERROR_CONNECT))
    return;
  if (says_one_of (error, down))
    error->code = VMM_LINK_ERROR_DOWN;
  else if (says_one_of (error, busy))
    error->code = VMM_LINK_ERROR_BUSY;
  else
    return;
  error->domain = VMM_LINK_ERROR;
}

VmmLink *
vmm_openssh_open (VmmHostConfig *config, gboolean forward_agent, const char *dir, guint idle_s,
                  gboolean explain, const VmmWait *wait, GError **error)
{
  static const VmmLinkOps ops = { "openssh", is_alive, exec_command, close_link };
  static int count; /* atomic */
  VmmOpenssh *self = g_new0 (VmmOpenssh, 1);
  GError *local = NULL;

  vmm_link_init (&self->link, &ops, forward_agent ? VMM_LINK_OPENSSH_AGENT : VMM_LINK_OPENSSH,
                 config);
  self->path = g_strdup_printf ("%s/%d", dir, g_atomic_int_add (&count, 1));
  if (start_master (self, idle_s, explain, wait, &local))
    return &self->link;
  classify (local);
  g_propagate_error (error, local);
  close_link (&self->link);
  return NULL;
}

void
vmm_openssh_end_all (const char *dir)
{
  g_autoptr (GDir) sockets = g_dir_open (dir, 0, NULL);
  const char *name;

  while (sockets != NULL && (name = g_dir_read_name (sockets)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      if (!end_master (path))
        unlink (path); /* it has ended, and not by itself */
    }
}
