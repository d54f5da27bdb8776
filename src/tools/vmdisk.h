/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenNebula's names for the files of a VM: disk.N in the directory of the VM; its snapshots are
 * disk.N.snap/M, one of which is the disk itself once there are any.
 */
#ifndef VMM_VMDISK_H
#define VMM_VMDISK_H

#include <glib.h>

/* The number of the disk whose image is at path, -1 when the name is not OpenNebula's. */
int vmm_vmdisk_id (const char *path);

/* What the file at path, links followed, takes on its file system, in bytes; -1 when it cannot
 * be told or is no plain file. */
gint64 vmm_vmdisk_bytes (const char *path);

typedef struct
{
  int id;
  gint64 bytes; /* -1: cannot be told */
} VmmVmdiskSnapshot;

/* The snapshots of the disk whose image is at path, by rising id; at most 1000 of them.
 * An array of VmmVmdiskSnapshot, empty when there are none. g_array_unref(). */
GArray *vmm_vmdisk_snapshots (const char *path);

#endif
