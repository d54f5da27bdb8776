/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <sys/resource.h>

#include "common/error.h"
#include "driver/ssh/gate.h"

static const VmmWait whenever = { G_MAXINT64, NULL };

static guint
count_descriptors (void)
{
  DIR *dir = opendir ("/proc/self/fd");
  guint n = 0;

  while (readdir (dir) != NULL)
    n++;
  closedir (dir);
  return n;
}

/* A driver of a thousand hosts has thousands of gates. */
static void
test_costs_no_descriptor (void)
{
  guint before = count_descriptors ();
  VmmGate *gates[100];

  for (gsize i = 0; i < G_N_ELEMENTS (gates); i++)
    {
      gates[i] = vmm_gate_new (1);
      g_assert_true (vmm_gate_enter (gates[i], &whenever, NULL));
    }
  g_assert_cmpuint (count_descriptors (), ==, before);
  for (gsize i = 0; i < G_N_ELEMENTS (gates); i++)
    {
      vmm_gate_leave (gates[i]);
      vmm_gate_free (gates[i]);
    }
}

static void
test_gives_up (void)
{
  VmmGate *gate = vmm_gate_new (1);
  VmmWait soon = vmm_wait_at_most (&whenever, 20);
  GError *error = NULL;
  guint before = count_descriptors ();

  g_assert_true (vmm_gate_enter (gate, &whenever, NULL));
  g_assert_false (vmm_gate_enter (gate, &soon, &error));
  g_assert_error (error, VMM_ERROR, VMM_ERROR_TIMED_OUT);
  g_clear_error (&error);
  /* It is not in the queue any more. */
  vmm_gate_leave (gate);
  g_assert_true (vmm_gate_enter (gate, &soon, &error));
  g_assert_no_error (error);
  vmm_gate_leave (gate);
  g_assert_cmpuint (count_descriptors (), ==, before);
  vmm_gate_free (gate);
}

typedef struct
{
  VmmGate *gate;
  int      inside, most; /* atomic */
  int      passed;       /* atomic */
} Crowd;

static gpointer
pass (gpointer data)
{
  Crowd *crowd = data;

  for (int i = 0; i < 200; i++)
    {
      int now;

      g_assert_true (vmm_gate_enter (crowd->gate, &whenever, NULL));
      now = g_atomic_int_add (&crowd->inside, 1) + 1;
      if (now > g_atomic_int_get (&crowd->most))
        g_atomic_int_set (&crowd->most, now);
      g_usleep (10);
      g_atomic_int_add (&crowd->inside, -1);
      vmm_gate_leave (crowd->gate);
      g_atomic_int_inc (&crowd->passed);
    }
  return NULL;
}

static void
test_lets_in_so_many (void)
{
  Crowd crowd = { .gate = vmm_gate_new (3) };
  GThread *threads[20];

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("pass", pass, &crowd);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (crowd.passed, ==, 4000);
  g_assert_cmpint (crowd.most, <=, 3);
  g_assert_cmpint (crowd.most, >, 1);
  vmm_gate_free (crowd.gate);
}

static gpointer
leave_later (gpointer gate)
{
  g_usleep (50 * 1000);
  vmm_gate_leave (gate);
  return NULL;
}

static void
test_waits_without_descriptor (void)
{
  VmmGate *gate = vmm_gate_new (1);
  struct rlimit most;
  GThread *thread;

  g_assert_true (vmm_gate_enter (gate, &whenever, NULL));
  thread = g_thread_new ("leave", leave_later, gate);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &most), ==, 0);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &(struct rlimit){ 0, most.rlim_max }), ==, 0);
  g_assert_true (vmm_gate_enter (gate, &whenever, NULL));
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &most), ==, 0);
  g_thread_join (thread);
  vmm_gate_leave (gate);
  vmm_gate_free (gate);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate/costs-no-descriptor", test_costs_no_descriptor);
  g_test_add_func ("/gate/gives-up", test_gives_up);
  g_test_add_func ("/gate/lets-in-so-many", test_lets_in_so_many);
  g_test_add_func ("/gate/waits-without-descriptor", test_waits_without_descriptor);
  return g_test_run ();
}
