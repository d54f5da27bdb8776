/* SPDX-License-Identifier: Apache-2.0
 *
 * Many requests: one host in order, several at the same time, none lost, and
 * nothing left when they are done.
 */
#include <stdio.h>
#include <string.h>

#include "../lib/rig.h"

static void
send_poll (Rig *rig, const char *id, const char *host)
{
  g_autofree char *line = rig_poll_request (id, host, "one-1");

  rig_send (rig, line);
}

static void
send_polls (Rig *rig, guint n, const char *host)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      send_poll (rig, id, host);
    }
}

/* Reads n results, whatever their order, and expects all of them to be well. */
static void
take_successes (Rig *rig, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *answer = rig_result (rig);

      if (!g_str_has_prefix (answer, "POLL SUCCESS "))
        g_error ("'%s'", answer);
    }
}

static const char *
host_of (const RigCall *call)
{
  return call->args[1];
}

/* The most calls (for one host; NULL: in all) that were under way at one time. */
static guint
most_at_once (GPtrArray *calls, const char *host)
{
  guint most = 0;

  for (guint i = 0; i < calls->len; i++)
    {
      const RigCall *one = g_ptr_array_index (calls, i);
      guint n = 0;

      if (host != NULL && !g_str_equal (host_of (one), host))
        continue;
      for (guint j = 0; j < calls->len; j++)
        {
          const RigCall *other = g_ptr_array_index (calls, j);

          n += (host == NULL || g_str_equal (host_of (other), host))
               && other->begin_ns <= one->begin_ns && one->begin_ns < other->end_ns;
        }
      most = MAX (most, n);
    }
  return most;
}

/* ---- order ---- */

static void
test_one_host_in_order (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autoptr (GPtrArray) calls = NULL;
  guint seen[2] = { 0, 0 };

  rig_stub (rig, "vmm/kvm/poll");
  rig_stub_takes (rig, "poll", 5);
  rig_start_init (rig, "--all-local -t 15 kvm");
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      send_poll (rig, id, "a");
      send_poll (rig, id, "b");
    }
  take_successes (rig, 40);
  calls = rig_calls (rig);
  g_assert_cmpint (calls->len, ==, 40);
  g_assert_cmpint (most_at_once (calls, "a"), ==, 1);
  g_assert_cmpint (most_at_once (calls, "b"), ==, 1);
  for (guint i = 0; i < calls->len; i++)
    {
      const RigCall *call = g_ptr_array_index (calls, i);
      guint *next = &seen[g_str_equal (host_of (call), "b")];

      g_assert_cmpint (g_ascii_strtoll (call->args[2], NULL, 10), ==, (*next)++);
    }
  rig_finish (rig);
}

/* Each script waits for all the others, so they must run at the same time. */
#define MEET(n) \
  "touch \"here.$3.$2\"\n" \
  "until [ $(ls here.* | wc -l) -ge " n " ]; do sleep 0.01; done"

static void
test_two_hosts_at_once (void)
{
  g_autoptr (Rig) rig = rig_new ();

  rig_script (rig, "vmm/kvm/poll", MEET ("2"));
  rig_start_init (rig, "--all-local -t 2 kvm");
  send_poll (rig, "1", "a");
  send_poll (rig, "2", "b");
  take_successes (rig, 2);
  rig_finish (rig);
}

static void
test_same_id_on_two_hosts (void)
{
  g_autoptr (Rig) rig = rig_new ();

  rig_script (rig, "vmm/kvm/poll", MEET ("2"));
  rig_start_init (rig, "--all-local -t 2 kvm");
  send_poll (rig, "7", "a");
  send_poll (rig, "7", "b");
  rig_expect (rig, "POLL SUCCESS 7 -");
  rig_expect (rig, "POLL SUCCESS 7 -");
  /* Both hosts go on. */
  send_poll (rig, "8", "a");
  send_poll (rig, "9", "b");
  take_successes (rig, 2);
  rig_finish (rig);
}

static void
test_parallel (void)
{
  g_autoptr (Rig) rig = rig_new ();

  rig_script (rig, "vmm/kvm/poll", MEET ("6"));
  rig_start_init (rig, "-t 6 --all-local kvm -p");
  send_polls (rig, 6, "a");
  take_successes (rig, 6);
  rig_finish (rig);
}

static void
test_thread_limit (void)
{
  g_autoptr (Rig) rig = rig_new ();
  g_autoptr (GPtrArray) calls = NULL;

  rig_stub (rig, "vmm/kvm/poll");
  rig_stub_takes (rig, "poll", 20);
  rig_start_init (rig, "-t 3 --all-local kvm -p");
  send_polls (rig, 30, "a");
  take_successes (rig, 30);
  calls = rig_calls (rig);
  g_assert_cmpint (calls->len, ==, 30);
  g_assert_cmpint (most_at_once (calls, NULL), <=, 3);
  rig_finish (rig);
}

/* A host that hangs takes one thread, however much waits for it. */
static void
test_busy_host_delays_nobody (void)
{
  g_autoptr (Rig) rig = rig_new ();

  rig_script (rig, "vmm/kvm/poll",
              "if [ \"$2\" = a ]; then until [ -e go ]; do sleep 0.01; done; fi");
  rig_start_init (rig, "-t 2 --all-local kvm");
  send_polls (rig, 50, "a");
  for (guint i = 100; i < 120; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autofree char *answer = g_strdup_printf ("POLL SUCCESS %u -", i);

      send_poll (rig, id, "b");
      rig_expect (rig, answer);
    }
  rig_write (rig, "var/go", "");
  take_successes (rig, 50);
  rig_finish (rig);
}

/* ---- none lost ---- */

/* The next request follows the answer at once, when the host is just becoming free. */
static void
test_back_to_back (void)
{
  g_autoptr (Rig) rig = rig_new ();

  rig_link (rig, "vmm/kvm/poll", "/bin/true");
  rig_start_init (rig, "--all-local -t 3 kvm");
  for (guint i = 0; i < 500; i++)
    {
      send_poll (rig, "1", "a");
      rig_expect (rig, "POLL SUCCESS 1 -");
    }
  rig_finish (rig);
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return *(const guint *) a < *(const guint *) b ? -1 : *(const guint *) a > *(const guint *) b;
}

/* Each of n ids is answered once. */
static void
take_all_ids (Rig *rig, guint n)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *answer = rig_result (rig);
      guint id;

      if (sscanf (answer, "POLL SUCCESS %u -", &id) != 1)
        g_error ("'%s'", answer);
      g_array_append_val (ids, id);
    }
  g_array_sort (ids, compare_ids);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (g_array_index (ids, guint, i), ==, i);
}

#define MANY 10000

/* All are sent before one answer is read: the driver goes on reading whatever
 * runs, and keeps the answers. Afterwards it has nothing but its threads. */
static void
test_ten_thousand (void)
{
  g_autoptr (Rig) rig = rig_new ();
  guint descriptors;

  rig_link (rig, "vmm/kvm/poll", "/bin/true");
  rig_start_init (rig, "--all-local -t 15 kvm");
  send_poll (rig, "0", "h0");
  rig_expect (rig, "POLL SUCCESS 0 -");
  descriptors = rig_count_descriptors (rig);

  for (guint i = 0; i < MANY; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autofree char *host = g_strdup_printf ("h%u", i % 2 == 0 ? 0 : i % 97);

      send_poll (rig, id, host);
    }
  take_all_ids (rig, MANY);
  g_assert_true (rig_is_quiet (rig, 50));

  /* 15 workers and some of its own, however many hosts and requests there were. */
  g_assert_cmpint (rig_count_threads (rig), <=, 15 + 5);
  for (gint64 end = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;
       (rig_count_descriptors (rig) > descriptors || rig_count_children (rig) > 0)
       && g_get_monotonic_time () < end;)
    g_usleep (10 * 1000);
  g_assert_cmpint (rig_count_descriptors (rig), <=, descriptors);
  g_assert_cmpint (rig_count_children (rig), ==, 0);
  g_assert_cmpint (rig_count_processes (rig), ==, 0);
  rig_finish (rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hosts/one-host-in-order", test_one_host_in_order);
  g_test_add_func ("/hosts/two-hosts-at-once", test_two_hosts_at_once);
  g_test_add_func ("/hosts/same-id-on-two-hosts", test_same_id_on_two_hosts);
  g_test_add_func ("/hosts/parallel", test_parallel);
  g_test_add_func ("/hosts/thread-limit", test_thread_limit);
  g_test_add_func ("/hosts/busy-host-delays-nobody", test_busy_host_delays_nobody);
  g_test_add_func ("/hosts/back-to-back", test_back_to_back);
  g_test_add_func ("/hosts/ten-thousand", test_ten_thousand);
  return g_test_run ();
}
