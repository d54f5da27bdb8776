/* SPDX-License-Identifier: Apache-2.0
 *
 * one-guests: what libvirt-guests does, for transient guests too.
 *
 *   config, state --> service --> stop --> host, list      which guests run
 *                        |         `-----> runner, task    suspend or shut down, in parallel
 *                        |-------> start -> host, task     resume, one after the other
 *                        `-------> status
 *
 * One thread decides (this one); it waits for the mailbox only. Each conversation
 * with libvirt is a call in a thread of its own, and libvirt's events come from loop.
 */
#include <config.h>

#include "tools/guests/call.h"
#include "tools/guests/config.h"
#include "tools/guests/loop.h"
#include "tools/guests/say.h"
#include "tools/guests/service.h"
#include "tools/guests/start.h"
#include "tools/guests/status.h"
#include "tools/guests/stop.h"

#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage_line[]
    = "Usage: one-guests [OPTION]... {start|stop|status|restart|condrestart|try-restart|reload|"
      "force-reload|gueststatus|shutdown}";

static const char help_text[]
    = "Suspends or shuts down all guests of this host, and brings them back; see one-guests(8).\n\n"
      "  --config FILE      read variables from FILE (" GUESTS_DEFAULTS_FILE ")\n"
      "  --state-dir DIR    keep the list and the images in DIR (" GUESTS_STATE_DIR ")\n"
      "  --stock-list FILE  the list of libvirt-guests (" GUESTS_STOCK_LIST ")\n"
      "  --run-dir DIR      keep the lock in DIR (" GUESTS_RUN_DIR ")\n"
      "  --help, --version\n";

typedef void (*Command) (GuestsService *service);

static void
restart (GuestsService *service)
{
  guests_stop (service);
  if (service->status == 0 && guests_mailbox_signal (service->mailbox) == 0)
    guests_start (service);
}

static void
restart_if_started (GuestsService *service)
{
  if (guests_service_is_started (service))
    restart (service);
}

/* The configuration is read each time. */
static void
reload (GuestsService *service G_GNUC_UNUSED)
{
}

static void
shut_down (GuestsService *service)
{
  service->config->suspend = FALSE;
  guests_stop (service);
}

static const struct
{
  const char *name;
  Command run;
  gboolean alone; /* changes things: one run at a time */
} commands[] = {
  { "start", guests_start, TRUE },
  { "stop", guests_stop, TRUE },
  { "status", guests_status, FALSE },
  { "restart", restart, TRUE },
  { "condrestart", restart_if_started, TRUE },
  { "try-restart", restart_if_started, TRUE },
  { "reload", reload, FALSE },
  { "force-reload", reload, FALSE },
  { "gueststatus", guests_status_guests, FALSE },
  { "shutdown", shut_down, TRUE },
};

typedef struct
{
  char *config;
  char *state_dir;
  char *stock_list;
  char *run_dir;
  gboolean help;
  gboolean version;
} Options;

/* libvirt would print each error; ours say what they mean for the guest. */
static void
ignore_error (void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

static void
run (GuestsService *service, gsize command)
{
  g_autoptr (GError) error = NULL;

  if (commands[command].alone && !guests_service_lock (service, commands[command].name, &error))
    {
      guests_service_fail (service, "%s", error->message);
      return;
    }
  service->state = guests_state_load (service->state_dir, service->stock_list, &error);
  if (service->state == NULL)
    {
      guests_service_fail (service, "%s", error->message);
      return;
    }
  commands[command].run (service);
}

static void
tell_signal (GuestsService *service)
{
  int number = guests_mailbox_signal (service->mailbox);

  if (number == 0)
    return;
  guests_service_fail (service, "Interrupted (%s); guests on the list for the next run: %u",
                       strsignal (number),
                       service->state != NULL ? guests_state_entries (service->state)->len : 0);
  service->status = GUESTS_EXIT_SIGNAL + number;
}

/* Everything around the command, in mirror image. */
static int
serve (const Options *options, GuestsConfig *config, gsize command)
{
  GuestsService service = { .config = config,
                            .state_dir = options->state_dir,
                            .stock_list = options->stock_list,
                            .run_dir = options->run_dir };
  g_autoptr (GError) error = NULL;
  GuestsLoop *loop;

  xmlInitParser ();
  virSetErrorFunc (NULL, ignore_error);
  service.mailbox = guests_mailbox_new ();
  loop = guests_loop_start (service.mailbox, &error);
  if (loop != NULL)
    run (&service, command);
  else
    guests_service_fail (&service, "%s", error->message);
  tell_signal (&service);
  fflush (NULL);
  /* A call that never returns must not keep the host from going down. */
  if (guests_call_running () > 0)
    _exit (service.status);
  guests_loop_stop (loop);
  guests_state_free (service.state);
  guests_mailbox_free (service.mailbox);
  xmlCleanupParser ();
  return service.status;
}

static void
fill_defaults (Options *options)
{
  if (options->config == NULL)
    options->config = g_strdup (GUESTS_DEFAULTS_FILE);
  if (options->state_dir == NULL)
    options->state_dir = g_strdup (GUESTS_STATE_DIR);
  if (options->stock_list == NULL)
    options->stock_list = g_strdup (GUESTS_STOCK_LIST);
  if (options->run_dir == NULL)
    options->run_dir = g_strdup (GUESTS_RUN_DIR);
}

static gboolean
find_command (const char *name, gsize *command)
{
  for (*command = 0; *command < G_N_ELEMENTS (commands); (*command)++)
    if (strcmp (commands[*command].name, name) == 0)
      return TRUE;
  return FALSE;
}

static int
usage (const char *why)
{
  if (why != NULL)
    guests_say_error ("one-guests: %s", why);
  guests_say_error ("%s", usage_line);
  return GUESTS_EXIT_USAGE;
}

static int
dispatch (Options *options, int argc, char **argv)
{
  g_autoptr (GuestsConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  gsize command;

  if (options->help)
    {
      printf ("%s\n%s", usage_line, help_text);
      return 0;
    }
  if (options->version)
    {
      guests_say ("one-guests (%s) %s", PACKAGE_NAME, PACKAGE_VERSION);
      return 0;
    }
  if (argc != 2 || !find_command (argv[1], &command))
    return usage (argc == 2 ? "no such command" : "give one command");
  fill_defaults (options);
  config = guests_config_load (options->config, &error);
  if (config == NULL)
    {
      guests_say_error ("%s", error->message);
      return GUESTS_EXIT_CONFIGURATION;
    }
  return serve (options, config, command);
}

static void
options_clear (Options *options)
{
  g_free (options->config);
  g_free (options->state_dir);
  g_free (options->stock_list);
  g_free (options->run_dir);
}

int
main (int argc, char **argv)
{
  Options options = { 0 };
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options.config, NULL, NULL },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.state_dir, NULL, NULL },
    { "stock-list", 0, 0, G_OPTION_ARG_FILENAME, &options.stock_list, NULL, NULL },
    { "run-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.run_dir, NULL, NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &options.help, NULL, NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options.version, NULL, NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  int status;

  guests_say_init ();
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, NULL);
  if (g_option_context_parse (context, &argc, &argv, &error))
    status = dispatch (&options, argc, argv);
  else
    status = usage (error->message);
  options_clear (&options);
  return status;
}
