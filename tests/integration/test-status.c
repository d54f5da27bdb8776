/* SPDX-License-Identifier: Apache-2.0
 *
 * The status socket and those who ask badly: none of them holds up the driver.
 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/rig.h"

#define SOCKET "var/one_vmm_kvm.status"

static int
try_connect (const Rig *rig)
{
  g_autofree char *path = rig_path (rig, SOCKET);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

static int
client (const Rig *rig, const char *words)
{
  int fd = try_connect (rig);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (send (fd, words, strlen (words), MSG_NOSIGNAL), ==, strlen (words));
  return fd;
}

/* All up to the end; closes fd. */
static char *
rest (int fd)
{
  GString *text = g_string_new (NULL);
  char buffer[65536];
  gssize n;
  struct pollfd wait = { .fd = fd, .events = POLLIN };

  while (poll (&wait, 1, RIG_PATIENCE_MS) == 1 && (n = read (fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, n);
  g_assert_cmpint (wait.revents, !=, 0);
  close (fd);
  return g_string_free (text, FALSE);
}

static void
assert_serves (Rig *rig)
{
  g_autofree char *line = rig_poll_request ("7", "host01", "one-7");
  g_autofree char *answer = NULL, *table = rest (client (rig, "table\n"));

  g_assert_true (g_str_has_prefix (table, "one_vmm_exec kvm, process "));
  rig_send (rig, line);
  answer = rig_result (rig);
  g_assert_true (g_str_has_prefix (answer, "POLL SUCCESS 7"));
}

static Rig *
start (void)
{
  Rig *rig = rig_new ();

  rig_stub (rig, "vmm/kvm/poll");
  rig_start_init (rig, "-t 2 --all-local kvm");
  return rig;
}

static void
test_private (void)
{
  g_autoptr (Rig) rig = start ();
  g_autofree char *path = rig_path (rig, SOCKET), *var = rig_path (rig, "var");
  const struct passwd *nobody = getpwnam ("nobody");
  struct stat info;
  int status;
  pid_t pid;

  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_true (S_ISSOCK (info.st_mode));
  g_assert_cmpuint (info.st_mode & 07777, ==, 0600);
  if (geteuid () != 0 || nobody == NULL)
    {
      g_test_skip ("only root can show that another user is refused");
      return;
    }
  /* As far as the directories go anybody may. */
  g_assert_cmpint (chmod (rig->root, 0755), ==, 0);
  g_assert_cmpint (chmod (var, 0755), ==, 0);
  pid = fork ();
  if (pid == 0)
    _exit (setuid (nobody->pw_uid) < 0 || access (var, X_OK) < 0 ? 2
           : try_connect (rig) >= 0 ? 1 : errno == EACCES ? 0 : 3);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  assert_serves (rig);
  rig_finish (rig);
  g_assert_cmpint (stat (path, &info), <, 0);
}

static void
test_nonsense (void)
{
  g_autoptr (Rig) rig = start ();
  g_autofree char *much = g_strnfill (100000, 'x');
  g_autofree char *one = rest (client (rig, "tables\n")), *two = NULL;
  int fd;

  g_assert_cmpstr (one, ==, "");
  fd = try_connect (rig);
  send (fd, much, strlen (much), MSG_NOSIGNAL);
  two = rest (fd);
  g_assert_cmpstr (two, ==, "");
  close (try_connect (rig));
  close (client (rig, "json\n"));
  assert_serves (rig);
  rig_finish (rig);
}

/* Words may come in pieces. */
static void
test_pieces (void)
{
  g_autoptr (Rig) rig = start ();
  g_autofree char *text = NULL;
  struct pollfd wait = { .events = POLLIN };
  int fd = client (rig, "ta");

  wait.fd = fd;
  g_assert_cmpint (poll (&wait, 1, 100), ==, 0);
  g_assert_cmpint (send (fd, "ble\n", 4, MSG_NOSIGNAL), ==, 4);
  text = rest (fd);
  g_assert_true (g_str_has_prefix (text, "one_vmm_exec kvm"));
  rig_finish (rig);
}

/* One that says nothing and one that reads nothing have their time, and no more;
 * actions go on meanwhile, and so does the end of the driver. */
static void
test_slow (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autofree char *host = g_strnfill (200, 'h'), *cut = NULL, *table = NULL;
  int silent, deaf, last;

  rig_script (rig, "vmm/kvm/poll", "until [ -e \"$ONE_LOCATION/go\" ]; do sleep 0.01; done");
  rig_stub (rig, "vmm/kvm/cancel");
  rig_start_init (rig, "-t 2 --all-local kvm");
  for (guint i = 0; i < 3000; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autofree char *line = rig_poll_request (id, host, "one-1");

      rig_send (rig, line);
    }
  /* Until all have been read. */
  for (;;)
    {
      g_autofree char *text = rest (client (rig, "json\n"));

      if (strstr (text, "\"waiting_count\":2999,") != NULL)
        break;
      g_usleep (10000);
    }
  silent = try_connect (rig);
  deaf = client (rig, "json\n");
  {
    g_autofree char *line = rig_request ("CANCEL", "5000",
      "<VMM_DRIVER_ACTION_DATA><HOST>other</HOST><DEPLOY_ID>one-5000</DEPLOY_ID>"
      "<VM><ID>5000</ID></VM></VMM_DRIVER_ACTION_DATA>");
    g_autofree char *answer = NULL;

    rig_send (rig, line);
    answer = rig_result (rig);
    g_assert_true (g_str_has_prefix (answer, "CANCEL SUCCESS 5000"));
  }
  /* Served once the others have had their time. */
  table = rest (client (rig, "table\n"));
  g_assert_nonnull (strstr (table, "... and 999 more\n"));
  cut = rest (deaf);
  g_assert_cmpuint (strlen (cut), >, 0);
  g_assert_false (g_str_has_suffix (cut, "}\n"));
  close (silent);

  last = client (rig, "json\n");
  rig_send (rig, "FINALIZE");
  {
    char *line;

    while ((line = rig_line (rig)) != NULL)
      g_free (line);
  }
  g_assert_cmpint (rig_wait (rig), ==, 0);
  close (last);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/status/private", test_private);
  g_test_add_func ("/status/nonsense", test_nonsense);
  g_test_add_func ("/status/pieces", test_pieces);
  g_test_add_func ("/status/slow", test_slow);
  return g_test_run ();
}
