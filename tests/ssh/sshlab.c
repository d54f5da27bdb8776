/* SPDX-License-Identifier: Apache-2.0 */
#include "sshlab.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* libssh2 1.10 itself loses two numbers with each login by an ecdsa key, and the
 * host's key when a key exchange is broken off after it. */
const char *__asan_default_options (void);
const char *__lsan_default_suppressions (void);

const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

const char *
__lsan_default_suppressions (void)
{
  return "leak:libssh2_userauth_publickey_fromfile_ex\nleak:libssh2_session_handshake\n";
}

#if defined __SANITIZE_THREAD__
/* ThreadSanitizer does not see into GLib, whose locks are no calls of libpthread.
 * These say to it what they mean. (Run it with G_SLICE=always-malloc.) */
#include <dlfcn.h>

#undef g_atomic_ref_count_dec

void __tsan_acquire (void *address);
void __tsan_release (void *address);
const char *__tsan_default_suppressions (void);

const char *
__tsan_default_suppressions (void)
{
  /* GLib's own, and what it guards by g_once_init_enter(). */
  return "race:g_rw_lock_reader_lock\nrace:g_queue_pop_tail\nrace:_error_quark\n"
         "race:vmm_ssh2_load\n";
}

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock) (mutex);
  __tsan_acquire (mutex);
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_mutex_unlock) (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean signalled;

  __tsan_release (mutex);
  signalled = REAL (g_cond_wait_until) (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_atomic_ref_count_dec (gatomicrefcount *count)
{
  gboolean last;

  __tsan_release (count);
  last = REAL (g_atomic_ref_count_dec) (count);
  if (last)
    __tsan_acquire (count);
  return last;
}

void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  __tsan_release (queue);
  REAL (g_async_queue_push) (queue, data);
}

gpointer
g_async_queue_pop (GAsyncQueue *queue)
{
  gpointer data = REAL (g_async_queue_pop) (queue);

  __tsan_acquire (queue);
  return data;
}

GThread *
g_thread_new (const char *name, GThreadFunc function, gpointer data)
{
  __tsan_release (data);
  return REAL (g_thread_new) (name, function, data);
}
#endif

#define USER "onevmm-lab"
#define SSHD "/usr/sbin/sshd"

void
sshlab_do (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *err = NULL;
  int status;

  g_spawn_sync (NULL, (char **) argv, NULL,
                G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &err,
                &status, &error);
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", argv[0], err);
}

static const struct passwd *
find_or_make_user (void)
{
  const char *argv[] = { "useradd", "--system", "--no-create-home", "--home-dir", "/", "--shell",
                         "/bin/bash", USER, NULL };

  for (int i = 0; i < 20 && getpwnam (USER) == NULL; i++)
    {
      /* Another test may be making it at this moment, hence more than once. */
      g_spawn_sync (NULL, (char **) argv, NULL,
                    G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL,
                    NULL, NULL);
      if (getpwnam (USER) == NULL)
        g_usleep (100000);
    }
  return getpwnam (USER);
}

const char *
sshlab_become_user (void)
{
  g_autofree char *client = g_find_program_in_path ("ssh");
  const struct passwd *user;

  signal (SIGPIPE, SIG_IGN); /* as the driver does */
  if (access (SSHD, X_OK) != 0)
    return "needs openssh-server";
  if (client == NULL)
    return "needs openssh-client";
  if (geteuid () != 0)
    return NULL;
  if ((user = find_or_make_user ()) == NULL)
    return "sshd needs an ordinary user, and none could be made";
  if (initgroups (user->pw_name, user->pw_gid) < 0 || setgid (user->pw_gid) < 0
      || setuid (user->pw_uid) < 0 || chdir ("/") < 0)
    return "cannot become an ordinary user";
  g_setenv ("HOME", "/", TRUE);
  g_setenv ("USER", USER, TRUE);
  g_setenv ("LOGNAME", USER, TRUE);
  g_setenv ("SHELL", "/bin/bash", TRUE);
  g_unsetenv ("SSH_AUTH_SOCK");
  g_unsetenv ("BASH_ENV");
  g_setenv ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", TRUE);
  return NULL;
}

static void
copy_into (const char *dir, const char *name, const char *from)
{
  g_autofree char *to = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (to);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  sshlab_do ((const char *const[]) { "cp", "-r", from, to, NULL });
}

int
sshlab_run_copied (const char *const *files, SshCopied run, int argc, char **argv)
{
  g_autofree char *dir = g_strdup ("/tmp/one-vmm-copy.XXXXXX");
  const char *sources = g_getenv ("G_TEST_SRCDIR");
  g_autofree char *tests = NULL;
  int status = 1;
  pid_t parent = getpid (), child;

  g_assert_nonnull (g_mkdtemp (dir));
  tests = g_build_filename (dir, "tests", NULL);
  if (sources != NULL)
    {
      g_autofree char *captures = g_build_filename (sources, "captures", NULL);

      copy_into (tests, "captures", captures);
    }
  for (; *files != NULL; files++)
    {
      g_autofree char *from = g_build_filename (g_getenv ("BUILDDIR"), *files, NULL);

      copy_into (dir, *files, from);
    }
  sshlab_do ((const char *const[]) { "chmod", "-R", "a+rX", dir, NULL });
  g_setenv ("BUILDDIR", dir, TRUE);
  g_setenv ("G_TEST_BUILDDIR", tests, TRUE);
  g_setenv ("G_TEST_SRCDIR", tests, TRUE);
  child = fork ();
  if (child == 0)
    {
      const char *problem = sshlab_become_user ();

      /* Nothing runs on when we are killed. Becoming another user would undo it. */
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      if (getppid () != parent)
        _exit (1);
      exit (run (argc, argv, problem));
    }
  waitpid (child, &status, 0);
  sshlab_do ((const char *const[]) { "rm", "-rf", dir, NULL });
  return WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}

/* ---- the laboratory ---- */

static void
host_free (gpointer data)
{
  SshHost *host = data;

  sshlab_stop (host);
  g_free (host->name);
  g_free (host->dir);
  g_free (host->key);
  g_free (host->scripts);
  g_free (host->extra);
  g_string_free (host->client, TRUE);
  g_free (host);
}

char *
sshlab_make_key (SshLab *lab, const char *name, const char *type, gboolean authorize)
{
  char *file = g_build_filename (lab->dir, name, NULL);
  const char *argv[] = { "ssh-keygen", "-q", "-t", type, "-N", "", "-f", file, NULL };

  sshlab_do (argv);
  if (authorize)
    {
      g_autofree char *public_half = g_strconcat (file, ".pub", NULL);
      g_autofree char *all = g_build_filename (lab->dir, "authorized_keys", NULL);
      g_autofree char *text = NULL, *before = NULL, *after = NULL;

      g_assert_true (g_file_get_contents (public_half, &text, NULL, NULL));
      g_file_get_contents (all, &before, NULL, NULL);
      after = g_strconcat (before ? before : "", text, NULL);
      g_assert_true (g_file_set_contents (all, after, -1, NULL));
    }
  return file;
}

SshLab *
sshlab_new (void)
{
  SshLab *lab = g_new0 (SshLab, 1);

  lab->dir = g_strdup ("/tmp/one-vmm-ssh.XXXXXX");
  g_assert_nonnull (g_mkdtemp (lab->dir));
  lab->config = g_build_filename (lab->dir, "ssh_config", NULL);
  lab->remotes = g_build_filename (lab->dir, "remotes", NULL);
  lab->hosts = g_ptr_array_new_with_free_func (host_free);
  lab->key = sshlab_make_key (lab, "id", "ed25519", TRUE);
  lab->defaults = g_string_new (NULL);
  g_string_printf (lab->defaults, "  IdentityFile %s\n  IdentitiesOnly yes\n"
                   "  UserKnownHostsFile %s/known_hosts\n  GlobalKnownHostsFile none\n"
                   "  StrictHostKeyChecking yes\n", lab->key, lab->dir);
  g_assert_cmpint (g_mkdir (lab->remotes, 0755), ==, 0);

  lab->settings = g_new0 (VmmConfig, 1);
  lab->settings->host_dir = g_build_filename (lab->dir, "one", NULL);
  lab->settings->remotes_dir = g_strdup (lab->remotes);
  lab->settings->transport = g_strdup ("auto");
  lab->settings->ssh_config = g_strdup (lab->config);
  lab->settings->ssh_connect_timeout_s = 20;
  lab->settings->ssh_idle_s = 60;
  lab->settings->ssh_idle_max = 100;
  lab->settings->ssh_per_host_max = 32;
  lab->settings->ssh_connecting_max = 5;
  return lab;
}

void
sshlab_free (SshLab *lab)
{
  const char *argv[] = { "rm", "-rf", lab->dir, NULL };

  g_ptr_array_unref (lab->hosts);
  sshlab_do (argv);
  g_free (lab->settings->host_dir);
  g_free (lab->settings->remotes_dir);
  g_free (lab->settings->transport);
  g_free (lab->settings->ssh_config);
  g_free (lab->settings);
  g_string_free (lab->defaults, TRUE);
  g_free (lab->config);
  g_free (lab->remotes);
  g_free (lab->key);
  g_free (lab->dir);
  g_free (lab);
}

/* ---- hosts ---- */

static int
free_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t len = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &len), ==, 0);
  close (fd);
  return ntohs (address.sin_port);
}

static gboolean
answers (int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((guint16) port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM, 0);
  gboolean ok = connect (fd, (struct sockaddr *) &address, sizeof address) == 0;

  close (fd);
  return ok;
}

static void
write_sshd_config (SshHost *host)
{
  g_autofree char *file = g_build_filename (host->dir, "sshd_config", NULL);
  g_autofree char *text = g_strdup_printf (
    "ListenAddress 127.0.0.1:%d\nHostKey %s\nPidFile none\nAuthorizedKeysFile %s/authorized_keys\n"
    "StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
    "SetEnv HOME=%s/home PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LABHOST=%s\n%s\n",
    host->port, host->key, host->lab->dir, host->dir, host->name, host->extra);

  g_assert_true (g_file_set_contents (file, text, -1, NULL));
}

static void
child_setup (gpointer unused)
{
  (void) unused;
  setsid ();
  prctl (PR_SET_PDEATHSIG, SIGKILL); /* a test that aborts leaves no listener behind */
}

static gboolean
try_start (SshHost *host)
{
  g_autofree char *file = g_build_filename (host->dir, "sshd_config", NULL);
  g_autofree char *log = g_build_filename (host->dir, "log", NULL);
  char *argv[] = { (char *) SSHD, (char *) "-D", (char *) "-f", file, (char *) "-E", log, NULL };
  g_autoptr (GError) error = NULL;

  write_sshd_config (host);
  g_spawn_async (NULL, argv, NULL,
                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL
                 | G_SPAWN_STDERR_TO_DEV_NULL, child_setup, NULL, &host->pid, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 1000; i++)
    {
      if (answers (host->port))
        return TRUE;
      if (waitpid (host->pid, NULL, WNOHANG) == host->pid)
        break; /* somebody else took the port */
      g_usleep (10000);
    }
  host->pid = 0;
  return FALSE;
}

void
sshlab_start (SshHost *host)
{
  for (int i = 0; i < 5; i++)
    {
      if (host->port == 0)
        host->port = free_port ();
      if (try_start (host))
        return;
      if (i > 1)
        host->port = 0;
    }
  g_error ("sshd does not start, see %s/log", host->dir);
}

SshHost *
sshlab_add (SshLab *lab, const char *name, const char *key_type, const char *extra)
{
  SshHost *host = g_new0 (SshHost, 1);
  g_autofree char *key_name = g_strdup_printf ("%s/key", name);
  g_autofree char *home = g_build_filename (lab->dir, name, "home", NULL);

  host->lab = lab;
  host->name = g_strdup (name);
  host->dir = g_build_filename (lab->dir, name, NULL);
  host->extra = g_strdup (extra);
  host->client = g_string_new (NULL);
  g_assert_cmpint (g_mkdir_with_parents (home, 0755), ==, 0);
  host->key = sshlab_make_key (lab, key_name, key_type, FALSE);
  g_ptr_array_add (lab->hosts, host);
  sshlab_start (host);
  sshlab_write_config (lab);
  return host;
}

SshHost *
sshlab_add_port (SshLab *lab, const char *name, int port)
{
  SshHost *host = g_new0 (SshHost, 1), *same = lab->hosts->pdata[0];

  for (guint i = 0; i < lab->hosts->len; i++)
    if (((SshHost *) lab->hosts->pdata[i])->port == port)
      same = lab->hosts->pdata[i];
  host->lab = lab;
  host->name = g_strdup (name);
  host->key = g_strdup (same->key);
  host->client = g_string_new (NULL);
  host->port = port;
  g_ptr_array_add (lab->hosts, host);
  sshlab_write_config (lab);
  return host;
}

/* ---- processes ---- */

/* Calls f for each process, with its parent. */
static void
each_process (void (*f) (pid_t pid, pid_t parent, char state, gpointer data), gpointer data)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
      g_autofree char *text = NULL;
      const char *rest;
      char state;
      int parent;

      if (!g_ascii_isdigit (*name) || !g_file_get_contents (path, &text, NULL, NULL)
          || (rest = strrchr (text, ')')) == NULL
          || sscanf (rest, ") %c %d", &state, &parent) != 2)
        continue;
      f (atoi (name), parent, state, data);
    }
}

typedef struct
{
  pid_t       parent;
  int         signal;
  guint       count;
  const char *text;
  GArray     *signalled; /* of pid_t, or NULL */
} Search;

static void
count_child (pid_t pid, pid_t parent, char state, gpointer data)
{
  Search *search = data;

  (void) pid;
  search->count += parent == search->parent && state != 'Z';
}

static gboolean
is_sshd (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/comm", (int) pid);
  g_autofree char *name = NULL;

  return g_file_get_contents (path, &name, NULL, NULL) && g_str_has_prefix (name, "sshd");
}

/* The second process of a connection, which has the socket. */
static void
signal_grandchildren (pid_t pid, pid_t parent, char state, gpointer data)
{
  Search *search = data;

  if (parent != search->parent || state == 'Z' || !is_sshd (pid))
    return;
  kill (pid, search->signal);
  g_array_append_val (search->signalled, pid);
}

static void
signal_connection (pid_t pid, pid_t parent, char state, gpointer data)
{
  Search *search = data;
  Search below = { pid, search->signal, 0, NULL, search->signalled };

  if (parent != search->parent || state == 'Z')
    return;
  each_process (signal_grandchildren, &below);
  kill (pid, search->signal);
  g_array_append_val (search->signalled, pid);
}

/* A zombie has no socket any more. */
static gboolean
is_gone (pid_t pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", (int) pid);
  g_autofree char *text = NULL;
  const char *rest;

  return !g_file_get_contents (path, &text, NULL, NULL) || (rest = strrchr (text, ')')) == NULL
         || g_str_has_prefix (rest, ") Z");
}

void
sshlab_kill_connections (SshHost *host, int signal)
{
  g_autoptr (GArray) signalled = g_array_new (FALSE, FALSE, sizeof (pid_t));
  Search search = { host->pid, signal, 0, NULL, signalled };

  each_process (signal_connection, &search);
  for (guint i = 0; signal == SIGKILL && i < signalled->len; i++)
    SSHLAB_UNTIL (is_gone (g_array_index (signalled, pid_t, i)));
}

guint
sshlab_connections (SshHost *host)
{
  Search search = { host->pid, 0, 0, NULL, NULL };

  each_process (count_child, &search);
  return search.count;
}

static void
match_text (pid_t pid, pid_t parent, char state, gpointer data)
{
  Search *search = data;
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", (int) pid);
  g_autofree char *text = NULL;
  gsize len;

  (void) parent;
  if (state == 'Z' || pid == getpid () || !g_file_get_contents (path, &text, &len, NULL))
    return;
  for (gsize i = 0; i < len; i++)
    if (text[i] == '\0')
      text[i] = ' ';
  search->count += strstr (text, search->text) != NULL;
}

guint
sshlab_processes (const char *text)
{
  Search search = { 0, 0, 0, text, NULL };

  each_process (match_text, &search);
  return search.count;
}

void
sshlab_stop (SshHost *host)
{
  if (host->pid == 0)
    return;
  sshlab_kill_connections (host, SIGKILL);
  kill (host->pid, SIGKILL);
  waitpid (host->pid, NULL, 0);
  host->pid = 0;
}

/* ---- files ---- */

char *
sshlab_known_line (SshHost *host, const char *name)
{
  g_autofree char *file = g_strconcat (host->key, ".pub", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) words = NULL;

  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  words = g_strsplit (text, " ", 3);
  return g_strdup_printf ("%s %s %s\n", name, words[0], words[1]);
}

void
sshlab_write_config (SshLab *lab)
{
  g_autoptr (GString) config = g_string_new (NULL);
  g_autoptr (GString) known = g_string_new (NULL);
  g_autofree char *known_file = g_build_filename (lab->dir, "known_hosts", NULL);

  for (guint i = 0; i < lab->hosts->len; i++)
    {
      SshHost *host = lab->hosts->pdata[i];
      g_autofree char *name = g_strdup_printf ("[127.0.0.1]:%d", host->port);
      g_autofree char *line = sshlab_known_line (host, name);

      g_string_append_printf (config, "Host %s\n  HostName 127.0.0.1\n  Port %d\n%s", host->name,
                              host->port, host->client->str);
      g_string_append (known, line);
    }
  g_string_append_printf (config, "Host *\n%s", lab->defaults->str);
  g_assert_true (g_file_set_contents (lab->config, config->str, -1, NULL));
  g_assert_true (g_file_set_contents (known_file, known->str, -1, NULL));
}

char *
sshlab_script (SshLab *lab, const char *path, const char *text)
{
  char *file = g_build_filename (lab->settings->host_dir, path, NULL);
  g_autofree char *dir = g_path_get_dirname (file);

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  g_assert_cmpint (g_chmod (file, 0755), ==, 0);
  return file;
}

/* ---- the tests' main() ---- */

int
sshlab_main (int argc, char **argv, const char *group, const SshTest *tests, SshLab **lab,
             void (*set_up) (void), void (*tear_down) (void))
{
  static const char *const kinds[] = { "libssh2", "openssh" };
  const char *skip = sshlab_become_user ();
  int rc;

  g_test_init (&argc, &argv, NULL);
  if (skip != NULL)
    {
      g_print ("1..0 # SKIP %s\n", skip);
      return 0;
    }
  *lab = sshlab_new ();
  set_up ();
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (const SshTest *test = tests; test->name != NULL; test++)
      {
        g_autofree char *path = g_strdup_printf ("/%s/%s/%s", group, kinds[i], test->name);

        g_test_add_data_func (path, kinds[i], test->run);
      }
  rc = g_test_run ();
  if (tear_down != NULL)
    tear_down ();
  sshlab_free (*lab);
  return rc;
}

/* ---- for tests that run the built driver ---- */

static int (*copied_tests) (int argc, char **argv);

static int
run_as_user (int argc, char **argv, const char *problem)
{
  if (problem == NULL)
    return copied_tests (argc, argv);
  g_print ("1..0 # SKIP %s\n", problem);
  return 0;
}

int
sshlab_main_of_copy (int argc, char **argv, int (*run) (int argc, char **argv))
{
  static const char *const files[] = { "one_vmm_exec", "tests/lib/stub", NULL };

  copied_tests = run;
  return sshlab_run_copied (files, run_as_user, argc, argv);
}

/* ---- running something ---- */

void
ssh_result_clear (SshResult *self)
{
  vmm_outcome_clear (&self->outcome);
  if (self->err != NULL)
    g_string_free (self->err, TRUE);
  if (self->notices != NULL)
    g_string_free (self->notices, TRUE);
  *self = (SshResult){ 0 };
}

VmmTransport *
sshlab_transport (SshLab *lab, const char *kind)
{
  g_free (lab->settings->transport);
  lab->settings->transport = g_strdup (kind);
  return vmm_ssh_new (lab->settings, NULL);
}

VmmCommand *
sshlab_command (const char *host, const char *const *argv, const char *input)
{
  return vmm_command_new (g_strdup (host), g_strdupv ((char **) argv),
                          g_bytes_new (input, strlen (input)), NULL);
}

static void
on_stderr (const char *data, gsize len, gpointer result)
{
  g_string_append_len (((SshResult *) result)->err, data, (gssize) len);
}

static void
on_notice (const char *text, gpointer result)
{
  g_string_append_printf (((SshResult *) result)->notices, "%s\n", text);
}

void
sshlab_run_command (VmmTransport *ssh, const VmmCommand *command, guint limit_ms,
                    VmmCancel *cancel, SshResult *result)
{
  VmmRunContext context = {
    .deadline_us = limit_ms == 0 ? G_MAXINT64 : g_get_monotonic_time () + limit_ms * 1000,
    .cancel = cancel, .on_stderr = on_stderr, .on_notice = on_notice, .user_data = result,
  };

  ssh_result_clear (result);
  vmm_outcome_init (&result->outcome);
  result->err = g_string_new (NULL);
  result->notices = g_string_new (NULL);
  vmm_transport_run (ssh, command, &context, &result->outcome);
}

void
sshlab_run (VmmTransport *ssh, const char *host, const char *script, const char *argument,
            SshResult *result)
{
  const char *argv[] = { script, argument, NULL };
  g_autoptr (VmmCommand) command = sshlab_command (host, argv, "");

  sshlab_run_command (ssh, command, 0, NULL, result);
}

void
sshlab_assert_ending (const SshResult *result, VmmEnding ending)
{
  if (result->outcome.ending != ending)
    {
      g_autofree char *what = vmm_outcome_describe (&result->outcome);

      g_test_message ("it %s; standard error: %s", what, result->err->str);
    }
  g_assert_cmpint (result->outcome.ending, ==, ending);
}

void
sshlab_assert_exited (const SshResult *result, int status, const char *output)
{
  sshlab_assert_ending (result, VMM_ENDED_EXITED);
  g_assert_cmpint (result->outcome.code, ==, status);
  g_assert_cmpstr (result->outcome.output->str, ==, output);
}

void
sshlab_assert_reason (const SshResult *result, const char *words)
{
  if (result->outcome.reason == NULL || strstr (result->outcome.reason, words) == NULL)
    g_test_message ("the reason is: %s", result->outcome.reason);
  g_assert_nonnull (result->outcome.reason);
  g_assert_nonnull (strstr (result->outcome.reason, words));
}
