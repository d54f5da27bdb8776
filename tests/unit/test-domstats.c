/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/domstats.h"

static void
assert_letter (int state, int reason, char want)
{
  virTypedParameter *params = NULL;
  int n = 0;
  int max = 0;
  g_autoptr (VmmDomstats) domain = NULL;

  virTypedParamsAddInt (&params, &n, &max, "state.state", state);
  virTypedParamsAddInt (&params, &n, &max, "state.reason", reason);
  domain = vmm_domstats_new ("one-1", "", 1, params, n);
  virTypedParamsFree (params, n);
  if (vmm_domstats_letter (domain) != want)
    g_error ("state %d, reason %d: %c instead of %c", state, reason, vmm_domstats_letter (domain),
             want);
}

static void
test_letters (void)
{
  static const int at_work[]
      = { VIR_DOMAIN_PAUSED_MIGRATION,     VIR_DOMAIN_PAUSED_POSTCOPY,
          VIR_DOMAIN_PAUSED_SAVE,          VIR_DOMAIN_PAUSED_DUMP,
          VIR_DOMAIN_PAUSED_SNAPSHOT,      VIR_DOMAIN_PAUSED_FROM_SNAPSHOT,
          VIR_DOMAIN_PAUSED_SHUTTING_DOWN, VIR_DOMAIN_PAUSED_STARTING_UP };
  static const int wrong[]
      = { VIR_DOMAIN_PAUSED_IOERROR, VIR_DOMAIN_PAUSED_WATCHDOG, VIR_DOMAIN_PAUSED_CRASHED,
          VIR_DOMAIN_PAUSED_POSTCOPY_FAILED, VIR_DOMAIN_PAUSED_UNKNOWN, 99 };
  static const int ended[]
      = { VIR_DOMAIN_SHUTOFF_UNKNOWN,  VIR_DOMAIN_SHUTOFF_SHUTDOWN, VIR_DOMAIN_SHUTOFF_DESTROYED,
          VIR_DOMAIN_SHUTOFF_MIGRATED, VIR_DOMAIN_SHUTOFF_SAVED,    VIR_DOMAIN_SHUTOFF_DAEMON };

  assert_letter (VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_BOOTED, 'a');
  assert_letter (VIR_DOMAIN_RUNNING, VIR_DOMAIN_RUNNING_MIGRATED, 'a');
  assert_letter (VIR_DOMAIN_BLOCKED, 0, 'a');
  assert_letter (VIR_DOMAIN_SHUTDOWN, VIR_DOMAIN_SHUTDOWN_USER, 'a');
  assert_letter (VIR_DOMAIN_PAUSED, VIR_DOMAIN_PAUSED_USER, 'p');
  for (gsize i = 0; i < G_N_ELEMENTS (at_work); i++)
    assert_letter (VIR_DOMAIN_PAUSED, at_work[i], 'a');
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_letter (VIR_DOMAIN_PAUSED, wrong[i], 'e');
  for (gsize i = 0; i < G_N_ELEMENTS (ended); i++)
    assert_letter (VIR_DOMAIN_SHUTOFF, ended[i], 'd');
  assert_letter (VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_CRASHED, 'e');
  assert_letter (VIR_DOMAIN_SHUTOFF, VIR_DOMAIN_SHUTOFF_FAILED, 'e');
  assert_letter (VIR_DOMAIN_CRASHED, VIR_DOMAIN_CRASHED_PANICKED, 'e');
  assert_letter (VIR_DOMAIN_PMSUSPENDED, 0, 'e');
  assert_letter (VIR_DOMAIN_NOSTATE, 0, '-');
  assert_letter (99, 0, '-');
}

static const VmmDomstatsDisk *
disk (const VmmDomstats *domain, guint i)
{
  return &g_array_index (domain->disks, VmmDomstatsDisk, i);
}

static void
test_figures (void)
{
  virTypedParameter *params = NULL;
  int n = 0;
  int max = 0;
  g_autoptr (VmmDomstats) domain = NULL;

  virTypedParamsAddULLong (&params, &n, &max, "cpu.time", 240000000);
  virTypedParamsAddULLong (&params, &n, &max, "balloon.current", 16384);
  virTypedParamsAddULLong (&params, &n, &max, "balloon.rss", 45452);
  virTypedParamsAddUInt (&params, &n, &max, "net.count", 2);
  virTypedParamsAddULLong (&params, &n, &max, "net.0.rx.bytes", 1);
  virTypedParamsAddULLong (&params, &n, &max, "net.0.tx.bytes", 10);
  virTypedParamsAddULLong (&params, &n, &max, "net.1.rx.bytes", 2);
  virTypedParamsAddULLong (&params, &n, &max, "net.1.tx.bytes", 20);
  virTypedParamsAddUInt (&params, &n, &max, "block.count", 2);
  virTypedParamsAddString (&params, &n, &max, "block.0.name", "hda");
  virTypedParamsAddString (&params, &n, &max, "block.1.path", "/x/disk.1");
  virTypedParamsAddULLong (&params, &n, &max, "block.1.rd.bytes", 512);
  virTypedParamsAddULLong (&params, &n, &max, "block.1.rd.reqs", 1);
  virTypedParamsAddULLong (&params, &n, &max, "block.1.wr.bytes", 1024);
  virTypedParamsAddULLong (&params, &n, &max, "block.1.wr.reqs", 2);
  virTypedParamsAddULLong (&params, &n, &max, "block.1.physical", 331776);
  virTypedParamsAddULLong (&params, &n, &max, "block.2.rd.bytes", G_MAXUINT64);
  virTypedParamsAddString (&params, &n, &max, "block.2.path", "/x/disk.2");
  domain = vmm_domstats_new ("one-7", "u-u-i-d", 3, params, n);
  virTypedParamsFree (params, n);

  g_assert_cmpstr (domain->name, ==, "one-7");
  g_assert_cmpstr (domain->uuid, ==, "u-u-i-d");
  g_assert_cmpint (domain->id, ==, 3);
  g_assert_cmpint (domain->cpu_time_ns, ==, 240000000);
  g_assert_cmpint (domain->memory_kib, ==, 45452);
  g_assert_cmpint (domain->net_rx_bytes, ==, 3);
  g_assert_cmpint (domain->net_tx_bytes, ==, 30);
  g_assert_cmpint (domain->disk_rd_bytes, ==, G_MAXINT64);
  g_assert_cmpint (domain->disk_wr_bytes, ==, 1024);
  g_assert_cmpint (domain->disk_rd_ops, ==, 1);
  g_assert_cmpint (domain->disk_wr_ops, ==, 2);
  g_assert_cmpuint (domain->disks->len, ==, 3);
  g_assert_null (disk (domain, 0)->path);
  g_assert_cmpstr (disk (domain, 1)->path, ==, "/x/disk.1");
  g_assert_cmpint (disk (domain, 1)->physical_bytes, ==, 331776);
  g_assert_cmpint (disk (domain, 2)->physical_bytes, ==, -1);
}

/* A busy domain comes without the figures that only its process knows. */
static void
test_busy (void)
{
  virTypedParameter *params = NULL;
  int n = 0;
  int max = 0;
  g_autoptr (VmmDomstats) domain = NULL;

  virTypedParamsAddULLong (&params, &n, &max, "balloon.current", 16384);
  virTypedParamsAddUInt (&params, &n, &max, "net.count", 1);
  virTypedParamsAddUInt (&params, &n, &max, "block.count", 1);
  virTypedParamsAddString (&params, &n, &max, "block.0.path", "/x/disk.0");
  domain = vmm_domstats_new ("one-7", "", 3, params, n);
  virTypedParamsFree (params, n);

  g_assert_cmpint (domain->memory_kib, ==, 16384);
  g_assert_cmpint (domain->cpu_time_ns, ==, -1);
  g_assert_cmpint (domain->net_rx_bytes, ==, 0);
  g_assert_cmpint (domain->disk_rd_bytes, ==, -1);
  g_assert_cmpint (domain->disk_wr_ops, ==, -1);
}

/* What libvirt was not asked for is not nothing. */
static void
test_nothing_told (void)
{
  g_autoptr (VmmDomstats) domain = vmm_domstats_new ("one-7", "", 3, NULL, 0);

  g_assert_cmpint (domain->memory_kib, ==, -1);
  g_assert_cmpint (domain->net_rx_bytes, ==, -1);
  g_assert_cmpint (domain->net_tx_bytes, ==, -1);
  g_assert_cmpint (domain->disk_rd_bytes, ==, -1);
  g_assert_cmpint (domain->disk_wr_ops, ==, -1);
}

static void
test_no_devices (void)
{
  virTypedParameter *params = NULL;
  int n = 0;
  int max = 0;
  g_autoptr (VmmDomstats) domain = NULL;

  virTypedParamsAddUInt (&params, &n, &max, "net.count", 0);
  virTypedParamsAddUInt (&params, &n, &max, "block.count", 1);
  virTypedParamsAddString (&params, &n, &max, "block.0.name", "hda");
  domain = vmm_domstats_new ("one-7", "", 3, params, n);
  virTypedParamsFree (params, n);

  g_assert_cmpint (domain->net_rx_bytes, ==, 0);
  g_assert_cmpint (domain->net_tx_bytes, ==, 0);
  g_assert_cmpint (domain->disk_rd_bytes, ==, 0);
  g_assert_cmpint (domain->disk_wr_ops, ==, 0);
}

/* Names that only look like a device's. */
static void
test_odd_names (void)
{
  virTypedParameter *params = NULL;
  int n = 0;
  int max = 0;
  g_autoptr (VmmDomstats) domain = NULL;

  virTypedParamsAddULLong (&params, &n, &max, "block.", 1);
  virTypedParamsAddULLong (&params, &n, &max, "block.-1.rd.bytes", 1);
  virTypedParamsAddULLong (&params, &n, &max, "block.x.rd.bytes", 1);
  virTypedParamsAddULLong (&params, &n, &max, "block.1024.rd.bytes", 1);
  virTypedParamsAddULLong (&params, &n, &max, "block.99999999999999999999.rd.bytes", 1);
  virTypedParamsAddULLong (&params, &n, &max, "block.0", 1);
  virTypedParamsAddULLong (&params, &n, &max, "net.0rx.bytes", 1);
  domain = vmm_domstats_new ("one-7", "", 3, params, n);
  virTypedParamsFree (params, n);
  g_assert_cmpuint (domain->disks->len, ==, 0);
  g_assert_cmpint (domain->disk_rd_bytes, ==, -1);
  g_assert_cmpint (domain->net_rx_bytes, ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  virInitialize ();
  g_test_add_func ("/domstats/letters", test_letters);
  g_test_add_func ("/domstats/figures", test_figures);
  g_test_add_func ("/domstats/busy", test_busy);
  g_test_add_func ("/domstats/nothing-told", test_nothing_told);
  g_test_add_func ("/domstats/no-devices", test_no_devices);
  g_test_add_func ("/domstats/odd-names", test_odd_names);
  return g_test_run ();
}
