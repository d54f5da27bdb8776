/* SPDX-License-Identifier: Apache-2.0
 *
 * Times libvirt's bulk call alone, with what poll asks for: bulk-call URI ROUNDS prints the
 * number of domains and the milliseconds of each round.
 */
#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdio.h>
#include <stdlib.h>

#define STATS \
  (VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON \
   | VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK)
#define FLAGS \
  (VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE | VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT)

int
main (int argc, char **argv)
{
  virConnect *connection = argc == 3 ? virConnectOpenReadOnly (argv[1]) : NULL;

  if (connection == NULL)
    {
      fputs ("usage: bulk-call URI ROUNDS, where URI can be connected to\n", stderr);
      return EXIT_FAILURE;
    }
  for (int i = 0; i < atoi (argv[2]); i++)
    {
      virDomainStatsRecordPtr *records = NULL;
      gint64 start_us = g_get_monotonic_time ();
      int n = virConnectGetAllDomainStats (connection, STATS, &records, FLAGS);

      if (n < 0)
        return EXIT_FAILURE;
      printf ("%d %.1f\n", n, (double) (g_get_monotonic_time () - start_us) / 1000);
      virDomainStatsRecordListFree (records);
    }
  virConnectClose (connection);
  return EXIT_SUCCESS;
}
