/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/domstats.h"

#include <stdio.h>
#include <string.h>

/* More devices than any machine type has slots for. */
#define DEVICES_MAX 1024

static gint64
as_integer (const virTypedParameter *param)
{
  switch (param->type)
    {
    case VIR_TYPED_PARAM_INT:
      return param->value.i;
    case VIR_TYPED_PARAM_UINT:
      return param->value.ui;
    case VIR_TYPED_PARAM_LLONG:
      return param->value.l;
    case VIR_TYPED_PARAM_ULLONG:
      return (gint64) MIN (param->value.ul, (guint64) G_MAXINT64);
    default:
      return -1;
    }
}

static void
clear_disk (gpointer data)
{
  g_free (((VmmDomstatsDisk *) data)->path);
}

static VmmDomstatsDisk *
disk_at (VmmDomstats *self, guint index)
{
  const VmmDomstatsDisk nothing = { .path = NULL, .physical_bytes = -1 };

  while (self->disks->len <= index)
    g_array_append_val (self->disks, nothing);
  return &g_array_index (self->disks, VmmDomstatsDisk, index);
}

static void
add_to (gint64 *sum, gint64 value)
{
  if (value >= 0)
    *sum = MAX (*sum, 0) + MIN (value, G_MAXINT64 - MAX (*sum, 0));
}

static void
take_disk (VmmDomstats *self, guint index, const char *field, const virTypedParameter *param)
{
  VmmDomstatsDisk *disk = disk_at (self, index);

  if (g_str_equal (field, "path") && param->type == VIR_TYPED_PARAM_STRING)
    {
      g_free (disk->path);
      disk->path = g_strdup (param->value.s);
    }
  else if (g_str_equal (field, "physical"))
    disk->physical_bytes = as_integer (param);
  else if (g_str_equal (field, "rd.bytes"))
    add_to (&self->disk_rd_bytes, as_integer (param));
  else if (g_str_equal (field, "wr.bytes"))
    add_to (&self->disk_wr_bytes, as_integer (param));
  else if (g_str_equal (field, "rd.reqs"))
    add_to (&self->disk_rd_ops, as_integer (param));
  else if (g_str_equal (field, "wr.reqs"))
    add_to (&self->disk_wr_ops, as_integer (param));
}

static void
take_nic (VmmDomstats *self, const char *field, const virTypedParameter *param)
{
  if (g_str_equal (field, "rx.bytes"))
    add_to (&self->net_rx_bytes, as_integer (param));
  else if (g_str_equal (field, "tx.bytes"))
    add_to (&self->net_tx_bytes, as_integer (param));
}

/* TRUE for "KIND.INDEX.FIELD". */
static gboolean
split (const char *name, const char *kind, guint *index, const char **field)
{
  char *end = NULL;
  guint64 n;

  if (!g_str_has_prefix (name, kind) || !g_ascii_isdigit (name[strlen (kind)]))
    return FALSE;
  n = g_ascii_strtoull (name + strlen (kind), &end, 10);
  if (n >= DEVICES_MAX || *end != '.')
    return FALSE;
  *index = (guint) n;
  *field = end + 1;
  return TRUE;
}

/* What is needed only until all parameters have been seen. */
typedef struct
{
  gint64 balloon_kib;
  gboolean has_net;   /* the statistics of NICs were given, be there any or none */
  gboolean has_block; /* the same for disks */
} Scratch;

static void
take (VmmDomstats *self, const virTypedParameter *param, Scratch *scratch)
{
  const char *field = NULL;
  guint index = 0;

  if (split (param->field, "block.", &index, &field))
    take_disk (self, index, field, param);
  else if (split (param->field, "net.", &index, &field))
    take_nic (self, field, param);
  else if (g_str_equal (param->field, "state.state"))
    self->state = (int) as_integer (param);
  else if (g_str_equal (param->field, "state.reason"))
    self->reason = (int) as_integer (param);
  else if (g_str_equal (param->field, "cpu.time"))
    self->cpu_time_ns = as_integer (param);
  else if (g_str_equal (param->field, "balloon.rss"))
    self->memory_kib = as_integer (param);
  else if (g_str_equal (param->field, "balloon.current"))
    scratch->balloon_kib = as_integer (param);
  else if (g_str_equal (param->field, "net.count"))
    scratch->has_net = TRUE;
  else if (g_str_equal (param->field, "block.count"))
    scratch->has_block = TRUE;
}

/* Drives without a medium count nothing and are no reason to know nothing. */
static gboolean
has_medium (const VmmDomstats *self)
{
  for (guint i = 0; i < self->disks->len; i++)
    if (g_array_index (self->disks, VmmDomstatsDisk, i).path != NULL)
      return TRUE;
  return FALSE;
}

/* A sum over nothing is 0 when libvirt has said that there is nothing. */
static void
settle (gint64 *figure, gboolean is_told)
{
  if (*figure < 0 && is_told)
    *figure = 0;
}

VmmDomstats *
vmm_domstats_new (const char *name, const char *uuid, int id, const virTypedParameter *params,
                  int n_params)
{
  VmmDomstats *self = g_new0 (VmmDomstats, 1);
  Scratch scratch = { .balloon_kib = -1 };
  gboolean is_told = FALSE;

  self->name = g_strdup (name);
  g_strlcpy (self->uuid, uuid, sizeof self->uuid);
  self->id = id;
  self->state = VIR_DOMAIN_NOSTATE;
  self->cpu_time_ns = self->memory_kib = -1;
  self->cpu_percent = -1;
  self->net_rx_bytes = self->net_tx_bytes = -1;
  self->disk_rd_bytes = self->disk_wr_bytes = self->disk_rd_ops = self->disk_wr_ops = -1;
  self->disks = g_array_new (FALSE, FALSE, sizeof (VmmDomstatsDisk));
  g_array_set_clear_func (self->disks, clear_disk);

  for (int i = 0; i < n_params; i++)
    take (self, &params[i], &scratch);
  if (self->memory_kib < 0)
    self->memory_kib = scratch.balloon_kib;
  settle (&self->net_rx_bytes, scratch.has_net);
  settle (&self->net_tx_bytes, scratch.has_net);
  is_told = scratch.has_block && !has_medium (self);
  settle (&self->disk_rd_bytes, is_told);
  settle (&self->disk_wr_bytes, is_told);
  settle (&self->disk_rd_ops, is_told);
  settle (&self->disk_wr_ops, is_told);
  return self;
}

void
vmm_domstats_free (VmmDomstats *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->disks);
  g_free (self->name);
  g_free (self);
}

static char
paused_letter (int reason)
{
  switch (reason)
    {
    case VIR_DOMAIN_PAUSED_USER:
      return 'p';
    case VIR_DOMAIN_PAUSED_MIGRATION:
    case VIR_DOMAIN_PAUSED_POSTCOPY:
    case VIR_DOMAIN_PAUSED_SAVE:
    case VIR_DOMAIN_PAUSED_DUMP:
    case VIR_DOMAIN_PAUSED_SNAPSHOT:
    case VIR_DOMAIN_PAUSED_FROM_SNAPSHOT:
    case VIR_DOMAIN_PAUSED_STARTING_UP:
    case VIR_DOMAIN_PAUSED_SHUTTING_DOWN:
      return 'a';
    default: /* I/O error, watchdog, crash, failed post-copy, and what nobody can explain */
      return 'e';
    }
}

static char
off_letter (int reason)
{
  return reason == VIR_DOMAIN_SHUTOFF_CRASHED || reason == VIR_DOMAIN_SHUTOFF_FAILED ? 'e' : 'd';
}

char
vmm_domstats_letter (const VmmDomstats *self)
{
  switch (self->state)
    {
    case VIR_DOMAIN_RUNNING:
    case VIR_DOMAIN_BLOCKED:
    case VIR_DOMAIN_SHUTDOWN:
      return 'a';
    case VIR_DOMAIN_PAUSED:
      return paused_letter (self->reason);
    case VIR_DOMAIN_SHUTOFF:
      return off_letter (self->reason);
    case VIR_DOMAIN_CRASHED:
    case VIR_DOMAIN_PMSUSPENDED:
      return 'e';
    default:
      return '-';
    }
}
