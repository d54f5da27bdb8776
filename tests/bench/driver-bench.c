/* SPDX-License-Identifier: Apache-2.0
 *
 * What the driver costs, each figure beside the floor measured in the same run,
 * in turns, because machines are never quiet: driver-bench [--quick] [PART...].
 */
#include <fcntl.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../ssh/sshlab.h"
#include "chain.h"
#include "load.h"
#include "memory.h"
#include "start.h"

#define HOSTS 200

/* What the driver allows on one host, VMM_SSH_HOST_MAX. */
#define HOST_MAX 32

static gboolean quick;
static guint    rounds = 3;
static double   run_s = 0.3; /* of one run in a round */
static Rig     *rig;
static SshLab  *lab;

/* ---- requests ---- */

static char *
replace (const char *text, const char *from, const char *to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);

  return g_strjoinv (to, parts);
}

static char *
read_capture (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "captures", "5.2.1", name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* The XML for each host, encoded. host_text is the host's name in it. */
static Work
work_new (const char *verb, const char *xml, const char *host_text)
{
  Work work = { verb, g_new0 (char *, HOSTS + 1), 1 };

  for (guint i = 0; i < HOSTS; i++)
    {
      g_autofree char *host = g_strdup_printf ("name%03u", i);
      g_autofree char *mine = replace (xml, host_text, host);

      work.base64[i] = g_base64_encode ((const guchar *) mine, strlen (mine));
    }
  return work;
}

/* As oned wrote it, with its files in the rig's tree. */
static Work
captured_work (const char *verb)
{
  g_autofree char *name = g_strconcat (verb, ".line", NULL);
  g_autofree char *line = g_strchomp (read_capture (name));
  g_autofree char *var = rig_path (rig, "var");
  gsize len;
  g_autofree guchar *data = g_base64_decode (strrchr (line, ' ') + 1, &len);
  g_autofree char *xml = g_strndup ((const char *) data, len);
  g_autofree char *moved = replace (xml, "/var/lib/one", var);

  return work_new (verb, moved, "host01");
}

static Work
poll_work (const char *deploy_id, gsize padding)
{
  static const char nic[] = "<NIC><BRIDGE>br0</BRIDGE><IP>192.0.2.17</IP>"
                            "<MAC>02:00:c0:00:02:11</MAC></NIC>";
  g_autoptr (GString) xml = g_string_new (NULL);

  g_string_printf (xml, "<VMM_DRIVER_ACTION_DATA><HOST>host01</HOST><DEPLOY_ID>%s</DEPLOY_ID>"
                   "<VM><ID>7</ID><TEMPLATE>", deploy_id);
  while (xml->len < padding)
    g_string_append (xml, nic);
  g_string_append (xml, "</TEMPLATE></VM></VMM_DRIVER_ACTION_DATA>");
  return work_new ("POLL", xml->str, "host01");
}

static void
work_clear (Work *work)
{
  g_strfreev (work->base64);
}

static GPtrArray *
chain_of (const Work *work, const char *arguments)
{
  g_autofree char *line = g_strdup_printf ("%s 1 %s", work->verb, work->base64[0]);

  return chain_new (line, arguments, rig->root);
}

/* ---- scripts ---- */

/* A script that is told to holds on until there is a writer. */
static void
put_scripts (void)
{
  static const char *const names[] = { "vmm/kvm/deploy", "vnm/dummy/pre", "vnm/dummy/post",
                                       "vnm/ovswitch/pre", "vnm/ovswitch/post",
                                       "tm/qcow2/context" };
  g_autofree char *gate = rig_path (rig, "gate");
  g_autofree char *held = rig_path (rig, "held");
  g_autofree char *poll = g_strdup_printf ("[ \"$1\" != hold ] || { echo >>%s; : <%s; }\n"
                                           "echo STATE=a", held, gate);
  g_autofree char *deployment = read_capture ("deployment.0");

  rig_script (rig, "vmm/kvm/poll", poll);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    rig_script (rig, names[i], "echo one-0");
  rig_write (rig, "var/vms/0/deployment.0", deployment);
}

static int gate_fd = -1;

static void
make_gate (void)
{
  g_autofree char *gate = rig_path (rig, "gate");

  g_assert_cmpint (mkfifo (gate, 0600), ==, 0);
}

/* Lets all go that hold on, or come to it later. */
static void
open_gate (void)
{
  g_autofree char *gate = rig_path (rig, "gate");

  if (gate_fd < 0)
    gate_fd = open (gate, O_WRONLY | O_CLOEXEC);
}

static void
close_gate (void)
{
  close (gate_fd);
  gate_fd = -1;
}

/* Starts the driver with so many scripts that hold on. */
static void
start_holding (const char *arguments, guint threads)
{
  Work holding = poll_work ("hold", 0);
  g_autofree char *held = NULL;

  rig_write (rig, "held", "");
  rig_start_init (rig, arguments);
  holding.hosts = HOSTS;
  load_queue (rig, &holding, threads);
  while (held = rig_read (rig, "held"), strlen (held) < threads)
    {
      g_clear_pointer (&held, g_free);
      g_usleep (1000);
    }
  work_clear (&holding);
}

static void
stop_driver (void)
{
  rig_end_input (rig);
  rig_finish (rig);
}

/* With what waits unanswered. */
static void
stop_driver_at_once (void)
{
  rig_send (rig, "FINALIZE");
  open_gate ();
  stop_driver ();
  close_gate ();
}

/* ---- start and memory ---- */

static char *
built (const char *name)
{
  return g_build_filename (g_getenv ("BUILDDIR"), name, NULL);
}

static void
bench_start (void)
{
  g_autofree char *driver = built ("one_vmm_exec");
  g_autofree char *nothing = built ("tests/bench/nothing");
  guint n = quick ? 21 : 101;
  g_autofree double *ours = g_new (double, n);
  g_autofree double *floor = g_new (double, n);
  g_autofree double *least = g_new (double, n);

  for (guint i = 0; i < n; i++)
    {
      Started one = start_program (nothing, "");
      Started other = start_program (driver, "-t 15 -p kvm");

      floor[i] = one.ms;
      ours[i] = other.ms;
      start_end (&one);
      start_end (&other);
      least[i] = start_true_ms ();
    }
  table_section ("START (floor: a program with the same libraries)");
  table_row ("to INIT's answer, median", "ms", figures_percentile (ours, n, 0.5),
             figures_percentile (floor, n, 0.5), 5);
  table_row ("to INIT's answer, 99th percentile", "ms", figures_percentile (ours, n, 0.99),
             figures_percentile (floor, n, 0.99), 0);
  table_row ("the same beside all of /bin/true, median", "ms", figures_percentile (ours, n, 0.5),
             figures_percentile (least, n, 0.5), 0);
}

static double
holding_kb (const char *arguments, guint running)
{
  double kb;

  start_holding (arguments, running);
  kb = memory_kb (rig->pid, "Rss:");
  stop_driver_at_once ();
  return kb;
}

/* What one action more that runs adds. */
static double
running_kb (const char *arguments, guint running)
{
  return (holding_kb (arguments, running) - holding_kb (arguments, 1)) / (running - 1);
}

static void
bench_memory (void)
{
  g_autofree char *path = built ("tests/bench/nothing");
  Started nothing = start_program (path, "");
  double floor_kb = memory_kb (nothing.pid, "Rss:"), burst_kb;
  Work poll = captured_work ("POLL");
  double line_kb = (double) strlen (poll.base64[0]) / 1024;
  guint burst = quick ? 500 : 5000;

  table_section ("MEMORY (floor: a program with the same libraries)");
  rig_start_init (rig, "-t 15 -p --all-local kvm");
  table_row ("idle, resident", "KiB", memory_kb (rig->pid, "Rss:"), floor_kb, 6 * 1024);
  table_row ("idle, private", "KiB", memory_kb (rig->pid, "Private_Dirty:"),
             memory_kb (nothing.pid, "Private_Dirty:"), 0);
  table_row ("idle, share of what is shared with others", "KiB", memory_kb (rig->pid, "Pss:"),
             memory_kb (nothing.pid, "Pss:"), 0);
  start_end (&nothing);

  load_run (rig, &poll, burst, 0);
  g_usleep (2500 * 1000); /* it gives memory back a second later */
  burst_kb = memory_kb (rig->pid, "Rss:");
  table_row ("idle after a burst of actions, resident", "KiB", burst_kb, floor_kb, 0);
  stop_driver ();

  start_holding ("-t 15 --all-local kvm", 15);
  poll.hosts = HOSTS;
  load_queue (rig, &poll, 1000);
  table_row ("1,000 queued and 15 running, resident", "KiB", memory_kb (rig->pid, "Rss:"),
             floor_kb + 1000 * line_kb, 0);
  stop_driver_at_once ();

  table_row ("each running action (floor: an idle thread)", "KiB",
             running_kb ("-t 50 -p --all-local kvm", 50), memory_of_thread_kb (), 64);
  work_clear (&poll);
}

/* ---- throughput and latency ---- */

/* One row: the work on so many hosts. bare NULL: on this machine. */
static void
bench_load (const char *name, Work *work, const GPtrArray *chain, Bare *bare, guint threads,
            guint hosts, gboolean parallel)
{
  guint at_once = MIN (threads, parallel ? hosts * HOST_MAX : hosts);
  g_autofree char *what = g_strdup_printf ("%-9s %3u %5u   %s", name, threads, hosts,
                                           parallel ? "-p" : "");
  g_autofree Figures *floor = g_new (Figures, rounds);
  g_autofree Figures *busy = g_new (Figures, rounds);
  g_autofree Figures *calm = g_new (Figures, rounds);
  g_autofree double *ratios = g_new (double, rounds);
  Figures floors, busys, calms;
  double seconds;

  work->hosts = hosts;
  /* Until each host has as many connections as it needs. */
  load_run (rig, work, MAX (2 * at_once, hosts), run_s);
  calm[0] = load_run (rig, work, at_once, run_s);
  /* Several for each thread: actions that begin together end together. */
  seconds = MAX (run_s, (quick ? 2 : 3) * calm[0].median_ms / 1000);
  for (guint i = 0; i < rounds; i++)
    {
      floor[i] = chain_run (chain, bare, hosts, at_once, seconds);
      calm[i] = load_run (rig, work, at_once, seconds);
      /* Where an action takes long, what is between two of them does not show. */
      busy[i] = chain->len > 1 ? calm[i] : load_run (rig, work, 2 * at_once, seconds);
      ratios[i] = busy[i].per_second / floor[i].per_second;
    }
  floors = figures_median (floor, rounds);
  busys = figures_median (busy, rounds);
  calms = figures_median (calm, rounds);
  table_load (what, &busys, &calms, &floors, figures_percentile (ratios, rounds, 0.5));
}

typedef struct
{
  guint    threads;
  guint    hosts[4]; /* up to a 0 */
  gboolean parallel;
} Point;

/* With one thread -p changes nothing. */
static const Point full[] = {
  { 1, { 1, 20, 200 }, FALSE },
  { 15, { 1, 20, 200 }, FALSE }, { 15, { 1, 20, 200 }, TRUE },
  { 50, { 1, 20, 200 }, FALSE }, { 50, { 1, 20, 200 }, TRUE },
  { 0, { 0 }, FALSE },
};
static const Point few[] = {
  { 1, { 1 }, FALSE }, { 15, { 20 }, FALSE }, { 15, { 20 }, TRUE }, { 0, { 0 }, FALSE },
};

static void
bench_grid (const char *title, Bare *bare)
{
  Work poll = captured_work ("POLL"), deploy = captured_work ("DEPLOY");

  table_load_section (title);
  for (const Point *point = quick ? few : full; point->threads > 0; point++)
    {
      g_autofree char *arguments = g_strdup_printf ("-t %u %s %s kvm", point->threads,
                                                    point->parallel ? "-p" : "",
                                                    bare == NULL ? "--all-local" : "");
      g_autoptr (GPtrArray) polls = chain_of (&poll, arguments);
      g_autoptr (GPtrArray) deploys = chain_of (&deploy, arguments);

      rig_start_init (rig, arguments);
      for (const guint *hosts = point->hosts; *hosts > 0; hosts++)
        {
          bench_load ("POLL", &poll, polls, bare, point->threads, *hosts, point->parallel);
          bench_load ("DEPLOY", &deploy, deploys, bare, point->threads, *hosts, point->parallel);
        }
      stop_driver ();
    }
  work_clear (&poll);
  work_clear (&deploy);
}

/* The script that costs least, so that what is ours shows most. */
static void
bench_true (void)
{
  Work poll = captured_work ("POLL");
  g_autoptr (GPtrArray) chain = chain_of (&poll, "--all-local kvm");

  table_load_section ("LOAD ON THIS MACHINE, where the script is /bin/true");
  rig_link (rig, "vmm/kvm/poll", "/bin/true");
  rig_start_init (rig, "-t 15 -p --all-local kvm");
  bench_load ("POLL", &poll, chain, NULL, 15, 20, TRUE);
  stop_driver ();
  work_clear (&poll);
  put_scripts ();
}

/* ---- growth ---- */

static void
bench_queue (void)
{
  static const guint lengths[] = { 10, 1000, 100000 };
  guint answers = quick ? 300 : 2000;
  Work poll = poll_work ("one-1", 0);
  g_autoptr (GPtrArray) chain = chain_of (&poll, "--all-local kvm");
  double first_ms = 0;

  poll.hosts = HOSTS;
  table_section ("QUEUE (15 threads, 200 hosts; as many wait all the time)");
  for (guint i = 0; i < G_N_ELEMENTS (lengths) - quick; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u waiting", lengths[i]);
      g_autofree char *wall = g_strconcat (name, ", each action", NULL);
      g_autofree char *cpu = g_strconcat (name, ", each action, processor", NULL);
      g_autofree char *store = g_strconcat (name, ", reading and queueing one", NULL);
      Figures floor = chain_run (chain, NULL, 0, 15, quick ? 0.3 : 1), ours;
      double before_s, queue_us;

      start_holding ("-t 15 --all-local kvm", 15);
      before_s = cpu_of_process (rig->pid);
      load_queue (rig, &poll, lengths[i]);
      queue_us = (cpu_of_process (rig->pid) - before_s) * 1e6 / lengths[i];
      open_gate ();
      ours = load_replace (rig, &poll, answers);
      if (i == 0)
        first_ms = ours.cpu_ms;
      table_row (wall, "ms", 1000 / ours.per_second, 1000 / floor.per_second, 0);
      table_row (cpu, "ms", ours.cpu_ms, floor.cpu_ms, i == 0 ? 0 : 1.15 * first_ms);
      table_row (store, "us", queue_us, 0, 0);
      stop_driver_at_once ();
    }
  work_clear (&poll);
}

/* Decodes and parses the request, and runs its script. */
static Figures
message_floor (const char *base64, const GPtrArray *chain, guint n)
{
  xmlSAXHandler deaf = { .initialized = XML_SAX2_MAGIC };
  Meter meter;

  meter_begin (&meter, cpu_of_self (), 0);
  for (guint i = 0; i < n; i++)
    {
      gint64 asked_us = g_get_monotonic_time ();
      gsize len;
      g_autofree guchar *xml = g_base64_decode (base64, &len);

      g_assert_cmpint (xmlSAXUserParseMemory (&deaf, NULL, (char *) xml, (int) len), ==, 0);
      chain_run_once (chain);
      meter_add (&meter, asked_us);
    }
  return meter_end (&meter, cpu_of_self ());
}

static void
bench_message (void)
{
  static const gsize sizes[] = { 1, 10, 100, 1024 };

  table_section ("MESSAGE SIZE (floor: g_base64_decode, libxml2, posix_spawn)");
  rig_start_init (rig, "-t 1 --all-local kvm");
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Work poll = poll_work ("one-1", sizes[i] * 1024);
      g_autoptr (GPtrArray) chain = chain_of (&poll, "--all-local kvm");
      g_autofree char *wall = g_strdup_printf ("%" G_GSIZE_FORMAT " KiB, each action",
                                               sizes[i]);
      g_autofree char *cpu = g_strconcat (wall, ", processor", NULL);
      g_autofree Figures *floor = g_new (Figures, rounds);
      g_autofree Figures *ours = g_new (Figures, rounds);
      Figures floors, all;

      for (guint j = 0; j < rounds; j++)
        {
          floor[j] = message_floor (poll.base64[0], chain, quick ? 30 : 200);
          ours[j] = load_run (rig, &poll, 1, run_s);
        }
      floors = figures_median (floor, rounds);
      all = figures_median (ours, rounds);
      table_row (wall, "ms", all.median_ms, floors.median_ms, 0);
      table_row (cpu, "ms", all.cpu_ms, floors.cpu_ms, 0);
      work_clear (&poll);
    }
  stop_driver ();
}

/* ---- hosts ---- */

/* One sshd that has many names: the driver takes each for a host of its own. */
static void
start_hosts (void)
{
  SshHost *host = sshlab_add (lab, "host01", "ed25519", "MaxStartups 1000\n");
  g_autofree char *settings = g_strdup_printf ("VMM_SSH_CONFIG=%s\nVMM_TRANSPORT=libssh2\n"
                                               "VMM_SSH_IDLE_MAX=2000\n", lab->config);

  for (guint i = 0; i < HOSTS; i++)
    g_string_append_printf (host->client, "Host name%03u\n  HostName 127.0.0.1\n  Port %d\n", i,
                            host->port);
  sshlab_write_config (lab);
  rig_write (rig, "etc/vmm_exec/vmm_execrc", settings);
}

static void
bench_hosts (void)
{
  Bare *bare = bare_new (((SshHost *) lab->hosts->pdata[0])->port, lab->key);

  table_section ("MEMORY ON HOSTS");
  table_row ("each action and its connection (floor: libssh2)", "KiB",
             running_kb ("-t 30 kvm", 30), bare_memory_kb (bare, 30), 0);
  bench_grid ("LOAD ON HOSTS (floor: libssh2 on connections that are open)", bare);
  bare_free (bare);
}

static void
bench_here (void)
{
  bench_grid ("LOAD ON THIS MACHINE (floor: posix_spawn of the same scripts; DEPLOY has six)", NULL);
  bench_true ();
}

/* ---- which ---- */

typedef struct
{
  const char *name;
  void      (*run) (void);
  gboolean    needs_hosts;
} Part;

static const Part parts[] = {
  { "start", bench_start, FALSE },     { "memory", bench_memory, FALSE },
  { "here", bench_here, FALSE },       { "queue", bench_queue, FALSE },
  { "message", bench_message, FALSE }, { "hosts", bench_hosts, TRUE },
};

static void
run_part (const Part *part, const char *no_hosts)
{
  if (part->needs_hosts && no_hosts != NULL)
    {
      printf ("\n%s: left out: %s\n", part->name, no_hosts);
      return;
    }
  if (part->needs_hosts)
    {
      lab = sshlab_new ();
      start_hosts ();
    }
  part->run ();
  g_clear_pointer (&lab, sshlab_free);
}

static void
say_nothing (const char *text G_GNUC_UNUSED)
{
}

static int
run (int argc, char **argv, const char *no_hosts)
{
  const char *const *names = (const char *const *) argv + 1;

  if (argc > 1 && g_str_equal (argv[1], "--quick"))
    {
      quick = TRUE;
      rounds = 1;
      run_s = 0.15;
      names++;
    }
  g_set_print_handler (say_nothing);
  g_test_init (&(int) { 1 }, &argv, NULL);
  rig = rig_new ();
  g_setenv ("ONE_LOCATION", rig->root, TRUE);
  put_scripts ();
  make_gate ();
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    if (*names == NULL || g_strv_contains (names, parts[i].name))
      run_part (&parts[i], no_hosts);
  table_end ();
  rig_free (rig);
  return 0;
}

int
main (int argc, char **argv)
{
  static const char *const files[] = { "one_vmm_exec", "tests/bench/nothing", NULL };

  return sshlab_run_copied (files, run, argc, argv);
}
