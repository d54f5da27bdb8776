/* SPDX-License-Identifier: Apache-2.0
 *
 * Processor times of domains as the last poll saw them, so that the next one can tell the load
 * without waiting. They lie in a file that only its owner can change, in a directory of its own;
 * whatever looks wrong there counts as nothing known.
 *
 * Format: a line "one-vmm-samples 1 BOOT_ID", then "UUID DOMAIN_ID CPU_TIME_NS TAKEN_US" lines.
 */
#ifndef VMM_SAMPLES_H
#define VMM_SAMPLES_H

#include <glib.h>

typedef struct
{
  char uuid[37];
  int id;             /* libvirt's number for this run of the domain */
  gint64 cpu_time_ns; /* used so far */
  gint64 taken_us;    /* of the monotonic clock */
} VmmSample;

typedef struct _VmmSamples VmmSamples;

/* What there is in dir, which may be missing or NULL, of the running boot of this machine.
 * Never fails. */
VmmSamples *vmm_samples_load (const char *dir, const char *boot_id);

void vmm_samples_free (VmmSamples *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmSamples, vmm_samples_free)

/* The load in percent of one processor between the stored sample and this one; -1 when there is
 * none, it is of another run of the domain, or it is too young or too old. */
double vmm_samples_load_since (const VmmSamples *self, const VmmSample *now);

/* The same between two samples; -1 when they are not of the same run of the same domain. */
double vmm_samples_load_between (const VmmSample *then, const VmmSample *now);

/* Takes a copy, in place of the stored one. */
void vmm_samples_put (VmmSamples *self, const VmmSample *sample);

/* Writes what was put, beside what others have stored meanwhile; old ones are left out. Makes
 * dir, for its owner alone. FALSE with VMM_ERROR_SYSTEM when that cannot be, or when somebody
 * else is just writing: nothing is lost but time. */
gboolean vmm_samples_save (VmmSamples *self, gint64 now_us, GError **error);

#endif
