/* SPDX-License-Identifier: Apache-2.0
 *
 * poll: what OpenNebula wants to know of the domains of this host. See one-vmm-poll(1).
 */
#include "config.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "tools/hypervisor.h"
#include "tools/monitor.h"
#include "tools/survey.h"
#include "tools/wild.h"

#define URI_DEFAULT     "qemu:///system"
#define TIMEOUT_DEFAULT 60
#define EXIT_USAGE      2

#define USAGE \
  "Usage: poll [OPTION...] DEPLOY_ID [HOST...]\n" \
  "       poll [OPTION...] -t\n" \
  "Prints the state and the figures of one domain, or with -t of all active ones.\n\n" \
  "  -t, --all              all domains, those that can be imported included\n" \
  "  -u, --uri=URI          libvirt's URI (default: $LIBVIRT_URI or " URI_DEFAULT ")\n" \
  "  -w, --timeout=SECONDS  give up after that long (default: $VIRSH_TIMEOUT or 60)\n" \
  "      --help, --version\n"

typedef struct
{
  const char *uri;
  const char *deploy_id; /* NULL: all */
  guint timeout_s;
} Options;

static guint
parse_timeout (const char *text)
{
  guint64 seconds = 0;

  if (!g_ascii_string_to_unsigned (text, 10, 1, 86400, &seconds, NULL))
    {
      fprintf (stderr, "poll: not a number of seconds: '%s'\n", text);
      exit (EXIT_USAGE);
    }
  return (guint) seconds;
}

static const char *
from_environment (const char *name, const char *otherwise)
{
  const char *text = g_getenv (name);

  return text != NULL && *text != '\0' ? text : otherwise;
}

static void
parse_options (int argc, char **argv, Options *options)
{
  enum { OPT_HELP = 256, OPT_VERSION };
  static const struct option known[] = {
    { "all", no_argument, NULL, 't' },
    { "uri", required_argument, NULL, 'u' },
    { "timeout", required_argument, NULL, 'w' },
    { "help", no_argument, NULL, OPT_HELP },
    { "version", no_argument, NULL, OPT_VERSION },
    { NULL, 0, NULL, 0 },
  };
  const char *timeout = from_environment ("VIRSH_TIMEOUT", G_STRINGIFY (TIMEOUT_DEFAULT));
  gboolean all = FALSE;
  int c;

  options->uri = from_environment ("LIBVIRT_URI", URI_DEFAULT);
  while ((c = getopt_long (argc, argv, "+tu:w:", known, NULL)) != -1)
    switch (c)
      {
      case 't':
        all = TRUE;
        break;
      case 'u':
        options->uri = optarg;
        break;
      case 'w':
        timeout = optarg;
        break;
      case OPT_HELP:
        fputs (USAGE, stdout);
        exit (EXIT_SUCCESS);
      case OPT_VERSION:
        puts ("poll (one-vmm) " PACKAGE_VERSION);
        exit (EXIT_SUCCESS);
      default:
        exit (EXIT_USAGE);
      }
  options->timeout_s = parse_timeout (timeout);
  if (!all && (optind >= argc || *argv[optind] == '\0'))
    {
      fputs ("poll: which domain? Give its deploy id, or -t for all\n", stderr);
      exit (EXIT_USAGE);
    }
  options->deploy_id = all ? NULL : argv[optind];
}

/* Nothing that libvirt offers ends a call to a daemon that has stopped answering, so the way out
 * is to leave. What is said then must not need memory or locks. */
static volatile sig_atomic_t is_about_one;

static void
say (int fd, const char *text)
{
  if (write (fd, text, strlen (text)) < 0)
    return; /* nobody is left to be told */
}

static void
give_up (G_GNUC_UNUSED int signal_number)
{
  say (STDERR_FILENO, "ERROR: poll: libvirt did not answer in time\n");
  if (is_about_one)
    say (STDOUT_FILENO, VMM_MONITOR_UNKNOWN "\n");
  _exit (is_about_one ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void
set_deadline (const Options *options)
{
  struct sigaction action = { .sa_handler = give_up };
  sigset_t set;

  is_about_one = options->deploy_id != NULL;
  sigaction (SIGALRM, &action, NULL);
  sigemptyset (&set);
  sigaddset (&set, SIGALRM);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
  alarm (options->timeout_s);
}

/* The user's cache, not a place that all users share. */
static char *
samples_dir (void)
{
  g_autofree char *name = g_strdup_printf ("poll-%s", g_get_host_name ());

  return g_build_filename (g_get_user_cache_dir (), "one-vmm", name, NULL);
}

static GPtrArray *
look (const Options *options, VmmHypervisor **hypervisor, GError **error)
{
  g_autofree char *dir = samples_dir ();

  *hypervisor = vmm_hypervisor_open (options->uri, error);
  if (*hypervisor == NULL)
    return NULL;
  return vmm_survey_take (*hypervisor, options->deploy_id, dir, error);
}

/* Its state cannot be told: that is an answer too, and not that it is gone. */
static char *
explain (const GError *error)
{
  if (g_error_matches (error, VMM_ERROR, VMM_ERROR_MISSING))
    return g_strdup (VMM_MONITOR_GONE "\n");
  fprintf (stderr, "ERROR: poll: %s\n", error->message);
  return g_strdup (VMM_MONITOR_UNKNOWN "\n");
}

static char *
poll_one (const Options *options)
{
  g_autoptr (VmmHypervisor) hypervisor = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) domains = look (options, &hypervisor, &error);
  g_autofree char *line = NULL;

  if (domains == NULL)
    return explain (error);
  line = vmm_monitor_string (g_ptr_array_index (domains, 0));
  return g_strconcat (line, "\n", NULL);
}

static char *
import_template (VmmHypervisor *hypervisor, const VmmDomstats *domain)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *xml = vmm_hypervisor_xml (hypervisor, domain->uuid, &error);
  char *text = xml != NULL ? vmm_wild_template (xml, &error) : NULL;

  if (text == NULL)
    fprintf (stderr, "INFO: poll: %s: %s\n", domain->name, error->message);
  return text;
}

static char *
poll_all (const Options *options)
{
  g_autoptr (VmmHypervisor) hypervisor = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) domains = look (options, &hypervisor, &error);
  GString *out;

  if (domains == NULL)
    {
      fprintf (stderr, "ERROR: poll: %s\n", error->message);
      return NULL;
    }
  out = g_string_new ("VM_POLL=YES\n");
  for (guint i = 0; i < domains->len; i++)
    {
      const VmmDomstats *domain = g_ptr_array_index (domains, i);
      g_autofree char *wild = vmm_wild_vm_id (domain->name) < 0
                                  ? import_template (hypervisor, domain)
                                  : NULL;

      vmm_monitor_append_vm (out, domain, wild);
    }
  return g_string_free (out, FALSE);
}

int
main (int argc, char **argv)
{
  Options options = { 0 };
  g_autofree char *text = NULL;

  parse_options (argc, argv, &options);
  set_deadline (&options);
  text = options.deploy_id != NULL ? poll_one (&options) : poll_all (&options);
  alarm (0);
  if (text == NULL)
    return EXIT_FAILURE;
  if (fputs (text, stdout) == EOF || fflush (stdout) != 0)
    {
      perror ("poll: standard output");
      return EXIT_FAILURE;
    }
  return EXIT_SUCCESS;
}
