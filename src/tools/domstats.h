/* SPDX-License-Identifier: Apache-2.0
 *
 * What libvirt tells of one domain at one moment, taken out of the typed parameters of its bulk
 * statistics (names as in libvirt-domain.h at virConnectGetAllDomainStats). No calls to libvirtd.
 */
#ifndef VMM_DOMSTATS_H
#define VMM_DOMSTATS_H

#include <glib.h>
#include <libvirt/libvirt.h>

/* What is not known is -1: libvirt leaves things out of a domain that is busy with a job, and
 * what it was not asked for. */
typedef struct
{
  char *path;            /* NULL: an empty drive */
  gint64 physical_bytes; /* what the image takes on the storage */
} VmmDomstatsDisk;

typedef struct
{
  char *name;
  char uuid[VIR_UUID_STRING_BUFLEN];
  int id;                /* the hypervisor's number for this run of the domain; -1: inactive */
  int state;             /* virDomainState */
  int reason;            /* of the enumeration that belongs to the state */
  gint64 cpu_time_ns;    /* processor time that the domain's process has used */
  gint64 taken_us;       /* when that was so, on the monotonic clock; 0 until the caller says */
  double cpu_percent;    /* of one processor; the caller works it out, -1 until then */
  gint64 memory_kib;     /* resident, or else what the guest has been given */
  gint64 net_rx_bytes;   /* sums over all NICs; 0 without one that libvirt counts */
  gint64 net_tx_bytes;
  gint64 disk_rd_bytes;  /* sums over all disks; 0 without disks */
  gint64 disk_wr_bytes;
  gint64 disk_rd_ops;
  gint64 disk_wr_ops;
  GArray *disks;         /* of VmmDomstatsDisk, in libvirt's order */
} VmmDomstats;

/* name and uuid are copied; params may be none at all. */
VmmDomstats *vmm_domstats_new (const char *name, const char *uuid, int id,
                               const virTypedParameter *params, int n_params);

void vmm_domstats_free (VmmDomstats *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmDomstats, vmm_domstats_free)

/* OpenNebula's letter: a active, p paused, e error, d gone, - cannot tell. */
char vmm_domstats_letter (const VmmDomstats *self);

#endif
