/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "tools/input.h"

#define FILE_NAME "samples"
#define FILE_NEW  "samples.new"
#define FILE_MAX  (2 * 1024 * 1024)
#define MAGIC     "one-vmm-samples 1 "

/* Younger than a second and the clock tick blurs it; older than that many and it says little
 * about now. OpenNebula asks every 20 to 180 seconds. */
#define AGE_MIN_US (1 * G_TIME_SPAN_SECOND)
#define AGE_MAX_US (300 * G_TIME_SPAN_SECOND)

struct _VmmSamples
{
  char *dir;        /* NULL: nothing is ever stored */
  char *boot_id;
  GHashTable *all;  /* uuid, inside the value, to VmmSample */
  GHashTable *ours; /* the same, of what was put */
};

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
}

static void
insert (GHashTable *table, const VmmSample *sample)
{
  VmmSample *copy = g_memdup2 (sample, sizeof *sample);

  g_hash_table_replace (table, copy->uuid, copy);
}

static gboolean
is_ours_alone (int fd, mode_t type)
{
  struct stat st;

  return fstat (fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid ()
         && (st.st_mode & 022) == 0;
}

/* -1 with errno when the directory is missing or not to be trusted. */
static int
open_dir (const char *path)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0 && !is_ours_alone (fd, S_IFDIR))
    {
      close (fd);
      fd = -1;
      errno = EPERM;
    }
  return fd;
}

static gboolean
parse_line (const char *line, VmmSample *sample)
{
  int end = -1;

  return sscanf (line, "%36[0-9a-fA-F-] %d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "%n",
                 sample->uuid, &sample->id, &sample->cpu_time_ns, &sample->taken_us, &end) == 4
         && line[end] == '\0' && sample->cpu_time_ns >= 0 && sample->taken_us >= 0;
}

static void
parse (GHashTable *table, char *text, const char *boot_id)
{
  char *rest = text;
  const char *first = strsep (&rest, "\n");
  char *line;

  if (!g_str_has_prefix (first, MAGIC) || !g_str_equal (first + strlen (MAGIC), boot_id))
    return;
  while ((line = strsep (&rest, "\n")) != NULL)
    {
      VmmSample sample;

      if (parse_line (line, &sample))
        insert (table, &sample);
    }
}

static void
read_file (GHashTable *table, int dir_fd, const char *boot_id)
{
  int fd = openat (dir_fd, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gsize len = 0;

  if (fd >= 0 && is_ours_alone (fd, S_IFREG))
    {
      g_autofree char *text = vmm_input_read (fd, FILE_MAX, &len, NULL);

      if (text != NULL)
        parse (table, text, boot_id);
    }
  if (fd >= 0)
    close (fd);
}

VmmSamples *
vmm_samples_load (const char *dir, const char *boot_id)
{
  VmmSamples *self = g_new0 (VmmSamples, 1);
  int dir_fd = dir != NULL ? open_dir (dir) : -1;

  self->dir = g_strdup (dir);
  self->boot_id = g_strdup (boot_id);
  self->all = new_table ();
  self->ours = new_table ();
  if (dir_fd >= 0)
    {
      read_file (self->all, dir_fd, boot_id);
      close (dir_fd);
    }
  return self;
}

void
vmm_samples_free (VmmSamples *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->all);
  g_hash_table_unref (self->ours);
  g_free (self->dir);
  g_free (self->boot_id);
  g_free (self);
}

double
vmm_samples_load_between (const VmmSample *then, const VmmSample *now)
{
  gint64 elapsed_us = now->taken_us - then->taken_us;
  gint64 used_ns = now->cpu_time_ns - then->cpu_time_ns;

  if (!g_str_equal (then->uuid, now->uuid) || then->id != now->id || elapsed_us <= 0
      || used_ns < 0)
    return -1;
  return (double) used_ns / 1000 / (double) elapsed_us * 100;
}

double
vmm_samples_load_since (const VmmSamples *self, const VmmSample *now)
{
  const VmmSample *then = g_hash_table_lookup (self->all, now->uuid);
  gint64 age_us = then != NULL ? now->taken_us - then->taken_us : 0;

  if (age_us < AGE_MIN_US || age_us > AGE_MAX_US)
    return -1;
  return vmm_samples_load_between (then, now);
}

void
vmm_samples_put (VmmSamples *self, const VmmSample *sample)
{
  insert (self->ours, sample);
}

static void
print_recent (GHashTable *table, gint64 now_us, FILE *file)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const VmmSample *sample = value;

      if (sample->taken_us <= now_us && now_us - sample->taken_us <= AGE_MAX_US)
        fprintf (file, "%s %d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", sample->uuid,
                 sample->id, sample->cpu_time_ns, sample->taken_us);
    }
}

/* Under the lock, so that a left-over new file is nobody's. */
static gboolean
write_file (GHashTable *table, int dir_fd, const char *boot_id, gint64 now_us)
{
  int fd;
  FILE *file;
  gboolean ok;

  unlinkat (dir_fd, FILE_NEW, 0);
  fd = openat (dir_fd, FILE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  file = fdopen (fd, "w");
  fprintf (file, MAGIC "%s\n", boot_id);
  print_recent (table, now_us, file);
  ok = ferror (file) == 0;
  ok = fclose (file) == 0 && ok;
  return ok && renameat (dir_fd, FILE_NEW, dir_fd, FILE_NAME) == 0;
}

static void
merge (GHashTable *into, GHashTable *from)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    insert (into, value);
}

gboolean
vmm_samples_save (VmmSamples *self, gint64 now_us, GError **error)
{
  g_autoptr (GHashTable) table = new_table ();
  int dir_fd = -1;
  gboolean ok = FALSE;

  if (self->dir == NULL)
    return TRUE;
  g_mkdir_with_parents (self->dir, 0700);
  dir_fd = open_dir (self->dir);
  /* The lock ends with the descriptor. */
  if (dir_fd >= 0 && flock (dir_fd, LOCK_EX | LOCK_NB) == 0)
    {
      read_file (table, dir_fd, self->boot_id);
      merge (table, self->ours);
      ok = write_file (table, dir_fd, self->boot_id, now_us);
    }
  if (!ok)
    g_set_error (error, VMM_ERROR, VMM_ERROR_SYSTEM, "cannot store samples in %s: %s", self->dir,
                 g_strerror (errno));
  if (dir_fd >= 0)
    close (dir_fd);
  return ok;
}
