/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../ssh/sshlab.h"

struct _World
{
  SshLab       *lab;
  char         *disk;
  GPtrArray    *places; /* SshHost of the lab */
  struct rlimit saved[RLIMIT_NLIMITS];
};

static const char *const scripts[] = {
  "vmm/kvm/poll", "vmm/kvm/reset", "vmm/kvm/reboot", "vmm/kvm/shutdown", "vmm/kvm/deploy",
  "vmm/kvm/cancel", "vmm/kvm/migrate", "vnm/dummy/pre", "vnm/dummy/post", "vnm/dummy/clean",
  "tm/dummy/context", "tm/dummy/premigrate", "tm/dummy/postmigrate", "tm/dummy/failmigrate",
};

/* Each name is a host of its own to the driver, with its own queue and connections. */
World *
world_new (const char *disk, guint hosts, guint places)
{
  World *world = g_new0 (World, 1);

  world->disk = g_strdup (disk);
  world->lab = sshlab_new ();
  world->places = g_ptr_array_new ();
  for (guint i = 0; i < places; i++)
    {
      g_autofree char *name = g_strdup_printf ("sshd%u", i);

      g_ptr_array_add (world->places,
                       sshlab_add (world->lab, name, "ed25519",
                                   "MaxStartups 1000\nMaxSessions 1000"));
    }
  for (guint i = 0; i < hosts; i++)
    {
      SshHost *place = world->places->pdata[i % places];
      g_autofree char *name = life_host_name (i);

      sshlab_add_port (world->lab, name, place->port);
    }
  return world;
}

void
world_free (World *world)
{
  sshlab_free (world->lab);
  g_ptr_array_unref (world->places);
  g_free (world->disk);
  g_free (world);
}

/* ---- the driver's tree ---- */

/* What the driver writes, and the remotes of the hosts, lie on the small disk. */
static void
move_to_disk (const World *world, const Rig *rig)
{
  static const char *const dirs[] = { "var", "host" };

  for (gsize i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_autofree char *here = rig_path (rig, "%s", dirs[i]);
      g_autofree char *there = g_build_filename (world->disk, dirs[i], NULL);

      sshlab_do ((const char *const[]) { "rm", "-rf", there, NULL });
      sshlab_do ((const char *const[]) { "mv", here, there, NULL });
      g_assert_cmpint (symlink (there, here), ==, 0);
    }
}

Rig *
world_start (World *world, const Life *life)
{
  static const char *const transports[] = { "auto", "libssh2", "openssh" };
  Rig *rig = rig_new ();
  g_autofree char *script = g_build_filename (g_getenv ("BUILDDIR"), "tests", "faults", "script",
                                              NULL);
  g_autofree char *settings =
    g_strdup_printf ("VMM_SSH_CONFIG=%s\nVMM_TRANSPORT=%s\nVMM_SSH_IDLE=%u\nVMM_RELEASE=5.2\n"
                     "VMM_SSH_CONNECT_TIMEOUT=10\n", world->lab->config,
                     transports[life->transport], life->idle_s);
  g_autofree char *arguments =
    g_strdup_printf ("-t %u -r %u -w %u%s%s kvm", life->threads, life->retries, life->limit_s,
                     life->parallel ? " -p" : "",
                     life->transport == ALL_LOCAL ? " --all-local" : "");

  for (gsize i = 0; i < G_N_ELEMENTS (scripts); i++)
    rig_link (rig, scripts[i], script);
  rig_write (rig, "etc/vmm_exec/vmm_execrc", settings);
  rig_write (rig, "record", "");
  rig_write (rig, "deployment.0", "<domain/>");
  if (world->disk != NULL)
    move_to_disk (world, rig);
  rig_start_init (rig, arguments);
  return rig;
}

/* ---- faults ---- */

static void
limit (World *world, const Rig *rig, __rlimit_resource_t what, rlim_t most)
{
  struct rlimit now;

  g_assert_cmpint (prlimit (rig->pid, what, NULL, &world->saved[what]), ==, 0);
  now = world->saved[what];
  now.rlim_cur = MIN (most, now.rlim_max);
  g_assert_cmpint (prlimit (rig->pid, what, &now, NULL), ==, 0);
}

static void
unlimit (World *world, const Rig *rig, __rlimit_resource_t what)
{
  g_assert_cmpint (prlimit (rig->pid, what, &world->saved[what], NULL), ==, 0);
}

static char *
fill_file (const World *world)
{
  return g_build_filename (world->disk, "fill", NULL);
}

static void
fill (const World *world)
{
  static const char data[65536] = "full";
  g_autofree char *file = fill_file (world);
  int fd = open (file, O_WRONLY | O_CREAT, 0644);

  for (gsize size = sizeof data; size > 0; size /= 2)
    while (write (fd, data, size) > 0)
      ;
  close (fd);
}

void
world_begin_fault (World *world, Rig *rig, Fault fault, guint place)
{
  SshHost *sshd = world->places->pdata[place];

  switch (fault)
    {
    case CONNECTIONS_CUT:
      sshlab_kill_connections (sshd, SIGKILL);
      break;
    case SSHD_STOPPED:
      /* Another fault may have killed it. */
      if (sshd->pid == 0)
        break;
      sshlab_kill_connections (sshd, SIGSTOP);
      kill (sshd->pid, SIGSTOP);
      break;
    case SSHD_KILLED:
      sshlab_stop (sshd);
      break;
    case DISK_FULL:
      fill (world);
      break;
    case NO_DESCRIPTORS:
      limit (world, rig, RLIMIT_NOFILE, rig_count_descriptors (rig));
      break;
    case NO_PROCESSES:
      limit (world, rig, RLIMIT_NPROC, 1);
      break;
    case NOBODY_READS: /* the loop that reads sees to it */
    case N_FAULTS:
      break;
    }
}

void
world_end_fault (World *world, Rig *rig, Fault fault, guint place)
{
  SshHost *sshd = world->places->pdata[place];
  g_autofree char *file = NULL;

  switch (fault)
    {
    case SSHD_STOPPED:
      if (sshd->pid == 0)
        break;
      kill (sshd->pid, SIGCONT);
      sshlab_kill_connections (sshd, SIGCONT);
      break;
    case SSHD_KILLED:
      if (sshd->pid == 0)
        sshlab_start (sshd);
      break;
    case DISK_FULL:
      file = fill_file (world);
      g_unlink (file);
      break;
    case NO_DESCRIPTORS:
      unlimit (world, rig, RLIMIT_NOFILE);
      break;
    case NO_PROCESSES:
      unlimit (world, rig, RLIMIT_NPROC);
      break;
    case CONNECTIONS_CUT:
    case NOBODY_READS:
    case N_FAULTS:
      break;
    }
}

/* ---- what is left ---- */

static guint
each_in_sessions (GHashTable *sessions, int signal)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc", name, "stat", NULL);
      g_autofree char *text = NULL;
      const char *rest;
      char state;
      int session;

      if (!g_ascii_isdigit (*name) || !g_file_get_contents (path, &text, NULL, NULL)
          || (rest = strrchr (text, ')')) == NULL
          || sscanf (rest, ") %c %*d %*d %d", &state, &session) != 2 || state == 'Z'
          || !g_hash_table_contains (sessions, GINT_TO_POINTER (session)))
        continue;
      n++;
      if (signal != 0)
        kill (atoi (name), signal);
    }
  return n;
}

guint
world_count_sessions (GHashTable *sessions)
{
  return g_hash_table_size (sessions) == 0 ? 0 : each_in_sessions (sessions, 0);
}

void
world_kill_sessions (GHashTable *sessions)
{
  each_in_sessions (sessions, SIGKILL);
}
