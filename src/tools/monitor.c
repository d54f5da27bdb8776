/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/monitor.h"

#include <string.h>

#include "common/text.h"
#include "tools/vmdisk.h"
#include "tools/wild.h"

#define MEBIBYTE (1024 * 1024)
#define NAME_MAX_BYTES 512

static void
append_figure (GString *out, const char *name, gint64 figure)
{
  if (figure >= 0)
    g_string_append_printf (out, " %s=%" G_GINT64_FORMAT, name, figure);
}

/* With a point in every locale. */
static void
append_cpu (GString *out, double percent)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (percent >= 0)
    g_string_append_printf (out, " CPU=%s",
                            g_ascii_formatd (text, sizeof text, "%.1f", percent));
}

/* Rounded up, as du does: an image that takes anything takes 1. */
static gint64
in_mebibytes (gint64 bytes)
{
  return bytes / MEBIBYTE + (bytes % MEBIBYTE > 0);
}

static void
append_snapshots (GString *out, int disk_id, const char *path)
{
  g_autoptr (GArray) snapshots = vmm_vmdisk_snapshots (path);

  for (guint i = 0; i < snapshots->len; i++)
    {
      const VmmVmdiskSnapshot *snapshot = &g_array_index (snapshots, VmmVmdiskSnapshot, i);

      if (snapshot->bytes >= 0)
        g_string_append_printf (out, " SNAPSHOT_SIZE=[ID=%d,DISK_ID=%d,SIZE=%" G_GINT64_FORMAT "]",
                                snapshot->id, disk_id, in_mebibytes (snapshot->bytes));
    }
}

static void
append_disk (GString *out, const VmmDomstatsDisk *disk)
{
  int id = disk->path != NULL ? vmm_vmdisk_id (disk->path) : -1;
  gint64 bytes = disk->physical_bytes;

  if (id < 0)
    return;
  if (bytes < 0)
    bytes = vmm_vmdisk_bytes (disk->path);
  if (bytes >= 0)
    g_string_append_printf (out, " DISK_SIZE=[ID=%d,SIZE=%" G_GINT64_FORMAT "]", id,
                            in_mebibytes (bytes));
  append_snapshots (out, id, disk->path);
}

char *
vmm_monitor_string (const VmmDomstats *domain)
{
  char letter = vmm_domstats_letter (domain);
  GString *out;

  if (letter == 'd')
    return g_strdup (VMM_MONITOR_GONE);
  out = g_string_new ("STATE=");
  g_string_append_c (out, letter);
  append_cpu (out, domain->cpu_percent);
  append_figure (out, "MEMORY", domain->memory_kib);
  append_figure (out, "NETRX", domain->net_rx_bytes);
  append_figure (out, "NETTX", domain->net_tx_bytes);
  append_figure (out, "DISKRDBYTES", domain->disk_rd_bytes);
  append_figure (out, "DISKWRBYTES", domain->disk_wr_bytes);
  append_figure (out, "DISKRDIOPS", domain->disk_rd_ops);
  append_figure (out, "DISKWRIOPS", domain->disk_wr_ops);
  for (guint i = 0; i < domain->disks->len; i++)
    append_disk (out, &g_array_index (domain->disks, VmmDomstatsDisk, i));
  if (strchr (out->str, ' ') == NULL)
    g_string_append_c (out, ' ');
  return g_string_free (out, FALSE);
}

void
vmm_monitor_append_vm (GString *out, const VmmDomstats *domain, const char *import_template)
{
  int id = vmm_wild_vm_id (domain->name);
  g_autofree char *poll = vmm_monitor_string (domain);

  g_string_append_printf (out, "VM=[\n  ID=%d,\n  DEPLOY_ID=%s,\n", id,
                          id >= 0 ? domain->name : domain->uuid);
  if (id < 0)
    {
      g_autofree char *name = vmm_text_one_line (domain->name, -1, NAME_MAX_BYTES);

      g_strdelimit (name, "\"\\", '_');
      g_string_append_printf (out, "  VM_NAME=\"%s\",\n", name);
    }
  if (import_template != NULL)
    {
      g_autofree char *encoded
          = g_base64_encode ((const guchar *) import_template, strlen (import_template));

      g_string_append_printf (out, "  IMPORT_TEMPLATE=\"%s\",\n", encoded);
    }
  g_string_append_printf (out, "  POLL=\"%s\" ]\n", poll);
}
