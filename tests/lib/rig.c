/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAUSE_US 2000

/* ---- the tree ---- */

static void
make_dir (const Rig *rig, const char *name)
{
  g_autofree char *path = rig_path (rig, "%s", name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

Rig *
rig_new (void)
{
  Rig *rig = g_new0 (Rig, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *config = NULL;

  rig->root = g_dir_make_tmp ("one-vmm-test-XXXXXX", &error);
  g_assert_no_error (error);
  rig->in = rig->out = -1;
  rig->buffer = g_string_new (NULL);
  rig->seen = g_string_new (NULL);
  make_dir (rig, "calls");
  make_dir (rig, "stub");
  make_dir (rig, "var/remotes/vmm/kvm");
  config = g_strdup_printf ("SCRIPTS_REMOTE_DIR=%s/host\n", rig->root);
  rig_write (rig, "var/config", config);
  return rig;
}

static int
remove_entry (const char *path, const struct stat *info G_GNUC_UNUSED, int type G_GNUC_UNUSED,
              struct FTW *place G_GNUC_UNUSED)
{
  return remove (path);
}

static void
remove_tree (const char *path)
{
  nftw (path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* What a sanitizer or valgrind has to say goes where the driver's own messages go. */
static void
check_log (const Rig *rig)
{
  static const char *const bad[] = {
    "ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer",
    "runtime error:", "Invalid read", "Invalid write", "definitely lost: ",
  };
  g_autofree char *log = rig_read (rig, "var/one_vmm_kvm.log");

  for (gsize i = 0; log != NULL && i < G_N_ELEMENTS (bad); i++)
    if (strstr (log, bad[i]) != NULL)
      g_error ("the driver's log says:\n%s", log);
}

void
rig_free (Rig *rig)
{
  if (rig->pid > 0)
    {
      kill (rig->pid, SIGKILL);
      waitpid (rig->pid, NULL, 0);
    }
  rig_end_input (rig);
  if (rig->out >= 0)
    close (rig->out);
  check_log (rig);
  remove_tree (rig->root);
  g_string_free (rig->buffer, TRUE);
  g_string_free (rig->seen, TRUE);
  g_free (rig->root);
  g_free (rig);
}

char *
rig_path (const Rig *rig, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  return g_build_filename (rig->root, name, NULL);
}

void
rig_write (const Rig *rig, const char *name, const char *text)
{
  g_autofree char *path = rig_path (rig, "%s", name);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (dir, 0755);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

char *
rig_read (const Rig *rig, const char *name)
{
  g_autofree char *path = rig_path (rig, "%s", name);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static gint64
give_up_at (void)
{
  return g_get_monotonic_time () + RIG_PATIENCE_MS * G_TIME_SPAN_MILLISECOND;
}

char *
rig_wait_file (const Rig *rig, const char *name)
{
  for (gint64 end = give_up_at (); g_get_monotonic_time () < end; g_usleep (PAUSE_US))
    {
      char *text = rig_read (rig, name);

      if (text != NULL)
        return text;
    }
  g_error ("%s did not appear; the driver said:\n%s", name, rig->seen->str);
}

/* ---- scripts ---- */

static char *
script_place (const Rig *rig, const char *remotes, const char *name)
{
  char *path = rig_path (rig, "%s/%s", remotes, name);
  g_autofree char *dir = g_path_get_dirname (path);

  g_mkdir_with_parents (dir, 0755);
  g_unlink (path);
  return path;
}

static const char *const places[] = { "var/remotes", "host" };

void
rig_link (const Rig *rig, const char *name, const char *target)
{
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = script_place (rig, places[i], name);

      g_assert_cmpint (symlink (target, path), ==, 0);
    }
}

void
rig_stub (const Rig *rig, const char *name)
{
  g_autofree char *stub = g_test_build_filename (G_TEST_BUILT, "lib", "stub", NULL);

  rig_link (rig, name, stub);
}

void
rig_script (const Rig *rig, const char *name, const char *body)
{
  g_autofree char *text = g_strconcat ("#!/bin/bash\n", body, "\n", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = script_place (rig, places[i], name);
      g_autoptr (GError) error = NULL;

      g_file_set_contents (path, text, -1, &error);
      g_assert_no_error (error);
      g_chmod (path, 0755);
    }
}

void
rig_stub_prints (const Rig *rig, const char *name, const char *text)
{
  g_autofree char *file = g_strdup_printf ("stub/%s.out", name);

  rig_write (rig, file, text);
}

void
rig_stub_takes (const Rig *rig, const char *name, guint ms)
{
  g_autofree char *file = g_strdup_printf ("stub/%s.ms", name);
  g_autofree char *text = g_strdup_printf ("%u\n", ms);

  rig_write (rig, file, text);
}

/* ---- starting ---- */

static char *
driver_path (void)
{
  const char *build = g_getenv ("BUILDDIR");
  g_autofree char *above = g_test_build_filename (G_TEST_BUILT, "..", NULL);

  return g_build_filename (build == NULL ? above : build, "one_vmm_exec", NULL);
}

/* DRIVER_WRAPPER="valgrind ..." is put before the driver. */
static char **
command_line (const char *const *arguments)
{
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_autofree char *driver = driver_path ();
  const char *wrapper = g_getenv ("DRIVER_WRAPPER");

  if (wrapper != NULL && *wrapper != '\0')
    {
      g_auto (GStrv) parts = g_strsplit (wrapper, " ", -1);

      g_strv_builder_addv (words, (const char **) parts);
    }
  g_strv_builder_add (words, driver);
  g_strv_builder_addv (words, (const char **) arguments);
  return g_strv_builder_end (words);
}

static G_NORETURN void
become_driver (int in, int out, const char *messages, char **argv, char **environment)
{
  sigset_t all;

  sigfillset (&all);
  sigprocmask (SIG_SETMASK, &all, NULL);
  signal (SIGPIPE, SIG_IGN);
  dup2 (in, 0);
  dup2 (out, 1);
  close (2);
  if (messages != NULL)
    open (messages, O_WRONLY | O_CREAT | O_APPEND, 0644);
  execvpe (argv[0], argv, environment);
  _exit (127);
}

void
rig_start_argv (Rig *rig, const char *const *arguments, const char *messages)
{
  g_autofree char *file = messages == NULL ? NULL : rig_path (rig, "%s", messages);
  g_auto (GStrv) argv = command_line (arguments);
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "ONE_LOCATION", rig->root, TRUE);
  int in[2], out[2];

  g_assert_cmpint (rig->pid, ==, 0);
  g_assert_cmpint (pipe2 (in, O_CLOEXEC), ==, 0);
  g_assert_cmpint (pipe2 (out, O_CLOEXEC), ==, 0);
  rig->pid = fork ();
  g_assert_cmpint (rig->pid, >=, 0);
  if (rig->pid == 0)
    become_driver (in[0], out[1], file, argv, environment);
  close (in[0]);
  close (out[1]);
  rig->in = in[1];
  rig->out = out[0];
  g_string_truncate (rig->buffer, 0);
}

void
rig_start (Rig *rig, const char *arguments)
{
  const char *const argv[] = { arguments, NULL };

  rig_start_argv (rig, argv, NULL);
}

void
rig_start_init (Rig *rig, const char *arguments)
{
  g_autofree char *answer = NULL;

  rig_start (rig, arguments);
  rig_send (rig, "INIT");
  answer = rig_line (rig);
  g_assert_cmpstr (answer, ==, "INIT SUCCESS - -");
}

/* ---- talking ---- */

static gboolean
wait_for (int fd, short events, gint64 end_us)
{
  struct pollfd poll_fd = { .fd = fd, .events = events };
  gint64 left_ms;

  do
    {
      left_ms = (end_us - g_get_monotonic_time ()) / 1000;
      if (left_ms < 0)
        return FALSE;
    }
  while (poll (&poll_fd, 1, (int) left_ms) < 0 && errno == EINTR);
  return poll_fd.revents != 0;
}

/* One read of what the driver wrote. FALSE at the end. */
static gboolean
take_output (Rig *rig)
{
  char data[65536];
  gssize n = read (rig->out, data, sizeof data);

  if (n <= 0)
    return FALSE;
  g_string_append_len (rig->buffer, data, n);
  if (rig->seen->len < 1024 * 1024)
    g_string_append_len (rig->seen, data, n);
  return TRUE;
}

void
rig_send_bytes (Rig *rig, const char *data, gsize len)
{
  gint64 end = give_up_at ();

  /* Nobody but the driver reads here, so it must always go on to do so. */
  fcntl (rig->in, F_SETFL, O_NONBLOCK);
  while (len > 0)
    {
      gssize n = write (rig->in, data, len);

      if (n < 0 && errno == EAGAIN && wait_for (rig->in, POLLOUT, end))
        continue;
      if (n < 0)
        g_error ("the driver does not read any more: %s; it said:\n%s", g_strerror (errno),
                 rig->seen->str);
      data += n;
      len -= n;
    }
}

void
rig_send (Rig *rig, const char *line)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  rig_send_bytes (rig, text, strlen (text));
}

void
rig_end_input (Rig *rig)
{
  if (rig->in >= 0)
    close (rig->in);
  rig->in = -1;
}

char *
rig_line (Rig *rig)
{
  gint64 end = give_up_at ();
  const char *newline;

  while ((newline = memchr (rig->buffer->str, '\n', rig->buffer->len)) == NULL)
    {
      if (!wait_for (rig->out, POLLIN, end))
        g_error ("the driver does not answer; it said:\n%s", rig->seen->str);
      if (!take_output (rig))
        {
          g_assert_cmpint (rig->buffer->len, ==, 0);
          return NULL;
        }
    }
  {
    gsize len = newline - rig->buffer->str;
    char *line = g_strndup (rig->buffer->str, len);

    g_assert_cmpint (strlen (line), ==, len);
    g_string_erase (rig->buffer, 0, (gssize) len + 1);
    return line;
  }
}

char *
rig_line_with (Rig *rig, const char *prefix)
{
  char *line;

  while ((line = rig_line (rig)) != NULL && !g_str_has_prefix (line, prefix))
    g_free (line);
  if (line == NULL)
    g_error ("the driver ended without '%s'; it said:\n%s", prefix, rig->seen->str);
  return line;
}

char *
rig_result (Rig *rig)
{
  char *line;

  while ((line = rig_line (rig)) != NULL && g_str_has_prefix (line, "LOG "))
    g_free (line);
  if (line == NULL)
    g_error ("the driver ended without a result; it said:\n%s", rig->seen->str);
  return line;
}

void
rig_expect (Rig *rig, const char *result)
{
  g_autofree char *line = rig_result (rig);

  if (!g_str_equal (line, result))
    g_error ("expected '%s', got '%s'; the driver said:\n%s", result, line, rig->seen->str);
}

gboolean
rig_is_quiet (Rig *rig, guint ms)
{
  if (rig->buffer->len > 0)
    return FALSE;
  return !wait_for (rig->out, POLLIN, g_get_monotonic_time () + ms * G_TIME_SPAN_MILLISECOND);
}

int
rig_wait (Rig *rig)
{
  int status;
  pid_t pid;
  gint64 end = give_up_at ();

  while ((pid = waitpid (rig->pid, &status, WNOHANG)) == 0 && g_get_monotonic_time () < end)
    g_usleep (PAUSE_US);
  if (pid != rig->pid)
    g_error ("the driver does not end; it said:\n%s", rig->seen->str);
  rig->pid = 0;
  return WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status);
}

void
rig_finish (Rig *rig)
{
  char *line;

  rig_end_input (rig);
  while ((line = rig_line (rig)) != NULL)
    g_free (line);
  g_assert_cmpint (rig_wait (rig), ==, 0);
  close (rig->out);
  rig->out = -1;
}

/* ---- records ---- */

static void
call_free (RigCall *call)
{
  g_free (call->script);
  g_free (call->path);
  g_strfreev (call->args);
  g_strfreev (call->environment);
  g_free (call->cwd);
  g_free (call->state);
  g_free (call->input);
  g_free (call);
}

static char *
read_record (const Rig *rig, const char *record, const char *name, gsize *len)
{
  g_autofree char *path = rig_path (rig, "calls/%s/%s", record, name);
  char *text = NULL;

  if (!g_file_get_contents (path, &text, len, NULL))
    *len = 0;
  return text;
}

static char **
read_strings (const Rig *rig, const char *record, const char *name)
{
  g_autoptr (GStrvBuilder) strings = g_strv_builder_new ();
  gsize len;
  g_autofree char *text = read_record (rig, record, name, &len);

  for (const char *p = text; p != NULL && p < text + len; p += strlen (p) + 1)
    g_strv_builder_add (strings, p);
  return g_strv_builder_end (strings);
}

/* "vmm/kvm/poll" of ".../vmm/kvm/poll". */
static char *
last_three (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  guint n = g_strv_length (parts);

  return n < 3 ? g_strdup (path) : g_strjoinv ("/", parts + n - 3);
}

static RigCall *
read_call (const Rig *rig, const char *record)
{
  RigCall *call = g_new0 (RigCall, 1);
  g_auto (GStrv) argv = read_strings (rig, record, "argv");
  gsize len;
  g_autofree char *end = NULL;

  g_assert_nonnull (argv[0]);
  call->path = g_strdup (argv[0]);
  call->script = last_three (argv[0]);
  call->args = g_strdupv (argv + 1);
  call->environment = read_strings (rig, record, "environ");
  call->cwd = read_record (rig, record, "cwd", &len);
  call->state = read_record (rig, record, "state", &len);
  call->input = read_record (rig, record, "stdin", &call->input_len);
  call->begin_ns = g_ascii_strtoll (record, NULL, 10);
  end = read_record (rig, record, "end", &len);
  call->end_ns = end == NULL ? 0 : g_ascii_strtoll (end, NULL, 10);
  return call;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

GPtrArray *
rig_calls (const Rig *rig)
{
  g_autofree char *path = rig_path (rig, "calls");
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *calls = g_ptr_array_new_with_free_func ((GDestroyNotify) call_free);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (calls, read_call (rig, g_ptr_array_index (names, i)));
  return calls;
}

void
rig_clear_calls (const Rig *rig)
{
  g_autofree char *path = rig_path (rig, "calls");

  remove_tree (path);
  make_dir (rig, "calls");
}

/* ---- processes ---- */

static gboolean
belongs_to (const char *pid, const char *root)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/environ", pid);
  g_autofree char *text = NULL;
  gsize len;

  if (!g_file_get_contents (path, &text, &len, NULL))
    return FALSE;
  for (const char *p = text; p < text + len; p += strlen (p) + 1)
    if (g_str_has_prefix (p, "ONE_LOCATION=") && g_str_equal (p + strlen ("ONE_LOCATION="), root))
      return TRUE;
  return FALSE;
}

guint
rig_count_processes (const Rig *rig)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (proc)) != NULL)
    if (g_ascii_isdigit (*name) && g_ascii_strtoll (name, NULL, 10) != rig->pid
        && belongs_to (name, rig->root))
      n++;
  return n;
}

void
rig_wait_no_process (const Rig *rig)
{
  gint64 end = give_up_at ();

  while (rig_count_processes (rig) > 0)
    {
      if (g_get_monotonic_time () > end)
        g_error ("%u processes were left behind", rig_count_processes (rig));
      g_usleep (PAUSE_US);
    }
}

static guint
count_entries (const Rig *rig, const char *what)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", (int) rig->pid, what);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

guint
rig_count_threads (const Rig *rig)
{
  return count_entries (rig, "task");
}

guint
rig_count_descriptors (const Rig *rig)
{
  return count_entries (rig, "fd");
}

/* Zombies among them, which have no environment any more. */
guint
rig_count_children (const Rig *rig)
{
  g_autofree char *tasks = g_strdup_printf ("/proc/%d/task", (int) rig->pid);
  g_autoptr (GDir) dir = g_dir_open (tasks, 0, NULL);
  const char *task;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((task = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s/children", tasks, task);
      g_autofree char *text = NULL;

      if (!g_file_get_contents (path, &text, NULL, NULL))
        continue;
      for (const char *p = text; *p != '\0'; p++)
        n += *p == ' ';
    }
  return n;
}

gint64
rig_memory_kb (const Rig *rig, const char *field)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) rig->pid);
  g_autofree char *text = NULL;
  const char *found;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  found = strstr (text, field);
  g_assert_nonnull (found);
  return g_ascii_strtoll (found + strlen (field) + 1, NULL, 10);
}

gboolean
rig_is_plain_build (void)
{
#if defined (__SANITIZE_ADDRESS__) || defined (__SANITIZE_THREAD__)
  return FALSE;
#else
  return g_getenv ("DRIVER_WRAPPER") == NULL;
#endif
}

/* ---- requests ---- */

char *
rig_request (const char *verb, const char *id, const char *xml)
{
  g_autofree char *base64 = g_base64_encode ((const guchar *) xml, strlen (xml));

  return g_strdup_printf ("%s %s %s", verb, id, base64);
}

char *
rig_poll_request (const char *id, const char *host, const char *deploy_id)
{
  g_autofree char *xml =
    g_markup_printf_escaped ("<VMM_DRIVER_ACTION_DATA><HOST>%s</HOST><DEPLOY_ID>%s</DEPLOY_ID>"
                             "<VM><ID>%s</ID></VM></VMM_DRIVER_ACTION_DATA>", host, deploy_id, id);

  return rig_request ("POLL", id, xml);
}
