/* SPDX-License-Identifier: Apache-2.0
 *
 * one_vmm_status: asks a running driver what it does. See driver/status.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"
#include "driver/status.h"

enum
{
  EXIT_OK = 0,
  EXIT_NO_ANSWER = 1,
  EXIT_USAGE = 2,
};

static gboolean option_json, option_openmetrics, option_watch, option_version;
static char **option_rest;

static const GOptionEntry entries[] = {
  { "json", 'j', 0, G_OPTION_ARG_NONE, &option_json, "Print JSON", NULL },
  { "openmetrics", 'm', 0, G_OPTION_ARG_NONE, &option_openmetrics,
    "Print OpenMetrics text, for monitoring", NULL },
  { "watch", 'w', 0, G_OPTION_ARG_NONE, &option_watch, "Ask again every second", NULL },
  { "version", 0, 0, G_OPTION_ARG_NONE, &option_version, "Print the version and exit", NULL },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &option_rest, NULL, "[DRIVER]" },
  { .long_name = NULL },
};

static int
connect_to (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  vmm_log ("no driver answers at %s (%s); is it running, and are you its user?", path,
           g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

static gboolean
ask (const char *path, const char *form)
{
  int fd = connect_to (path);
  char buffer[65536];
  gssize n;

  if (fd < 0)
    return FALSE;
  vmm_fd_write_all (fd, form, strlen (form));
  if (option_watch)
    fputs ("\033[H\033[2J", stdout);
  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    fwrite (buffer, 1, n, stdout);
  fflush (stdout);
  close (fd);
  return TRUE;
}

static gboolean
parse (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_set_summary (context, "Shows what the driver one_vmm_exec DRIVER (default kvm) "
                                         "is doing and has done.");
  if (!g_option_context_parse (context, &argc, &argv, &error))
    vmm_log ("%s", error->message);
  else if (option_rest != NULL && option_rest[1] != NULL)
    vmm_log ("one driver at a time, please");
  else
    return TRUE;
  return FALSE;
}

int
main (int argc, char **argv)
{
  const char *root = g_getenv ("ONE_LOCATION");
  const char *form = "table\n";
  g_autofree char *var_dir = NULL;
  g_autofree char *path = NULL;

  g_set_prgname ("one_vmm_status");
  if (!parse (argc, argv))
    return EXIT_USAGE;
  if (option_version)
    {
      puts ("one_vmm_status (one-vmm) " PACKAGE_VERSION);
      return EXIT_OK;
    }
  if (option_json || option_openmetrics)
    form = option_json ? "json\n" : "openmetrics\n";
  var_dir = root == NULL ? g_strdup ("/var/lib/one") : g_build_filename (root, "var", NULL);
  path = vmm_status_path (var_dir, option_rest == NULL ? "kvm" : option_rest[0]);

  while (ask (path, form))
    {
      if (!option_watch)
        return EXIT_OK;
      sleep (1);
    }
  return EXIT_NO_ANSWER;
}
