/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/survey.h"

#include "tools/samples.h"

/* Statistics of many domains take their time, which is part of the window, but a domain that
 * came last in them needs some of it too. */
#define WINDOW_US     (1 * G_TIME_SPAN_SECOND)
#define WINDOW_MIN_US (WINDOW_US / 2)

static VmmSample
sample_of (const VmmDomstats *domain)
{
  VmmSample sample
      = { .id = domain->id, .cpu_time_ns = domain->cpu_time_ns, .taken_us = domain->taken_us };

  g_strlcpy (sample.uuid, domain->uuid, sizeof sample.uuid);
  return sample;
}

/* Tells the loads that stored samples allow; returns whether any is still wanted. */
static gboolean
use_stored (GPtrArray *domains, const VmmSamples *samples)
{
  gboolean is_wanted = FALSE;

  for (guint i = 0; i < domains->len; i++)
    {
      VmmDomstats *domain = g_ptr_array_index (domains, i);
      VmmSample now = sample_of (domain);

      if (domain->cpu_time_ns < 0)
        continue;
      domain->cpu_percent = vmm_samples_load_since (samples, &now);
      if (domain->cpu_percent < 0)
        is_wanted = TRUE;
    }
  return is_wanted;
}

static const VmmDomstats *
find (GPtrArray *domains, const char *uuid, guint guess)
{
  const VmmDomstats *domain = guess < domains->len ? g_ptr_array_index (domains, guess) : NULL;

  /* libvirt's order rarely changes within a second. */
  if (domain != NULL && g_str_equal (domain->uuid, uuid))
    return domain;
  for (guint i = 0; i < domains->len; i++)
    {
      domain = g_ptr_array_index (domains, i);
      if (g_str_equal (domain->uuid, uuid))
        return domain;
    }
  return NULL;
}

static void
use_window (GPtrArray *domains, GPtrArray *later)
{
  for (guint i = 0; i < domains->len; i++)
    {
      VmmDomstats *domain = g_ptr_array_index (domains, i);
      const VmmDomstats *again = find (later, domain->uuid, i);

      if (domain->cpu_percent < 0 && domain->cpu_time_ns >= 0 && again != NULL)
        {
          VmmSample then = sample_of (domain);
          VmmSample now = sample_of (again);

          domain->cpu_percent = vmm_samples_load_between (&then, &now);
        }
    }
}

static void
store (VmmSamples *samples, GPtrArray *domains)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < domains->len; i++)
    {
      const VmmDomstats *domain = g_ptr_array_index (domains, i);
      VmmSample sample = sample_of (domain);

      if (domain->cpu_time_ns >= 0)
        vmm_samples_put (samples, &sample);
    }
  /* Without them the next survey takes a second longer; that is no reason to complain. */
  if (!vmm_samples_save (samples, g_get_monotonic_time (), &error))
    g_debug ("%s", error->message);
}

static void
wait_until (gint64 then_us)
{
  gint64 left_us = then_us - g_get_monotonic_time ();

  if (left_us > 0)
    g_usleep ((gulong) left_us);
}

static char *
boot_id (void)
{
  char *id = NULL;

  if (!g_file_get_contents ("/proc/sys/kernel/random/boot_id", &id, NULL, NULL))
    return g_strdup ("unknown");
  return g_strchomp (id);
}

GPtrArray *
vmm_survey_take (VmmHypervisor *hypervisor, const char *only, const char *samples_dir,
                 GError **error)
{
  g_autofree char *boot = boot_id ();
  g_autoptr (VmmSamples) samples = vmm_samples_load (samples_dir, boot);
  gint64 start_us = g_get_monotonic_time ();
  g_autoptr (GPtrArray) later = NULL;
  GPtrArray *domains
      = vmm_hypervisor_domains (hypervisor, only, VMM_HYPERVISOR_EVERYTHING, error);

  if (domains == NULL)
    return NULL;
  if (use_stored (domains, samples))
    {
      wait_until (MAX (start_us + WINDOW_US, g_get_monotonic_time () + WINDOW_MIN_US));
      later = vmm_hypervisor_domains (hypervisor, only, VMM_HYPERVISOR_CPU, NULL);
      if (later != NULL)
        use_window (domains, later);
    }
  store (samples, later != NULL ? later : domains);
  return domains;
}
