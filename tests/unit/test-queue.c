/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/queue.h"

#include <poll.h>
#include <string.h>

#include "driver/pool.h"

static VmmJob *
job (const char *id, const char *host)
{
  g_autofree char *line = g_strdup_printf ("POLL %s QUFB", id);

  return vmm_job_new (vmm_message_parse (line, strlen (line)), g_strdup (host));
}

static gboolean
is_idle (VmmQueue *queue)
{
  struct pollfd fd = { .fd = vmm_queue_idle_fd (queue), .events = POLLIN };

  return poll (&fd, 1, 0) == 1;
}

static void
assert_count (VmmQueue *queue, guint waiting, guint running)
{
  guint n_waiting, n_running;

  vmm_queue_count (queue, &n_waiting, &n_running);
  g_assert_cmpint (n_waiting, ==, waiting);
  g_assert_cmpint (n_running, ==, running);
}

/* There must be one that may start: pop() would wait for ever. */
static VmmJob *
pop (VmmQueue *queue, const char *id, const char *host)
{
  VmmJob *got = vmm_queue_pop (queue);

  g_assert_cmpstr (got->message->id, ==, id);
  g_assert_cmpstr (got->host, ==, host);
  return got;
}

static void
finish (VmmQueue *queue)
{
  vmm_queue_close (queue);
  g_assert_true (is_idle (queue));
  g_assert_null (vmm_queue_pop (queue));
  vmm_queue_free (queue);
}

/* One at a time for a host, in order; hosts take turns. */
static void
test_order (void)
{
  VmmQueue *queue = vmm_queue_new (FALSE);
  VmmJob *a, *b;

  vmm_queue_push (queue, job ("1", "a"));
  vmm_queue_push (queue, job ("2", "a"));
  vmm_queue_push (queue, job ("3", "a"));
  vmm_queue_push (queue, job ("4", "b"));
  vmm_queue_push (queue, job ("5", "b"));
  assert_count (queue, 5, 0);
  a = pop (queue, "1", "a");
  b = pop (queue, "4", "b");
  assert_count (queue, 3, 2);
  vmm_queue_done (queue, a);
  a = pop (queue, "2", "a");
  vmm_queue_done (queue, a);
  a = pop (queue, "3", "a");
  vmm_queue_done (queue, b);
  b = pop (queue, "5", "b");
  vmm_queue_done (queue, a);
  vmm_queue_done (queue, b);
  finish (queue);
}

/* A host with much to do does not come before one with little. */
static void
test_turns (void)
{
  VmmQueue *queue = vmm_queue_new (TRUE);
  static const char *const want[] = { "1", "4", "2", "5", "3" };

  vmm_queue_push (queue, job ("1", "a"));
  vmm_queue_push (queue, job ("2", "a"));
  vmm_queue_push (queue, job ("3", "a"));
  vmm_queue_push (queue, job ("4", "b"));
  vmm_queue_push (queue, job ("5", "b"));
  for (gsize i = 0; i < G_N_ELEMENTS (want); i++)
    {
      VmmJob *got = vmm_queue_pop (queue);

      g_assert_cmpstr (got->message->id, ==, want[i]);
      vmm_queue_done (queue, got);
    }
  finish (queue);
}

static void
test_parallel (void)
{
  VmmQueue *queue = vmm_queue_new (TRUE);
  VmmJob *first, *second;

  vmm_queue_push (queue, job ("1", "a"));
  vmm_queue_push (queue, job ("2", "a"));
  first = pop (queue, "1", "a");
  second = pop (queue, "2", "a");
  vmm_queue_done (queue, second);
  vmm_queue_done (queue, first);
  finish (queue);
}

static void
test_cancel (void)
{
  VmmQueue *queue = vmm_queue_new (FALSE);
  VmmJob *running;

  vmm_queue_push (queue, job ("7", "a"));
  vmm_queue_push (queue, job ("7", "b"));
  vmm_queue_push (queue, job ("7", "a"));
  vmm_queue_push (queue, job ("8", "a"));
  running = pop (queue, "7", "a");
  g_assert_false (vmm_cancel_is_triggered (running->cancel));
  g_assert_cmpint (vmm_queue_cancel (queue, "7"), ==, 3);
  g_assert_cmpint (vmm_job_end (running), ==, VMM_JOB_CANCELLED);
  g_assert_true (vmm_cancel_is_triggered (running->cancel));
  assert_count (queue, 1, 1);
  vmm_queue_done (queue, running);
  running = pop (queue, "8", "a");
  g_assert_cmpint (vmm_job_end (running), ==, VMM_JOB_WANTED);
  g_assert_cmpint (vmm_queue_cancel (queue, "7"), ==, 0);
  g_assert_cmpint (vmm_queue_cancel (queue, "nobody"), ==, 0);
  vmm_queue_done (queue, running);
  finish (queue);
}

static void
test_take_waiting (void)
{
  VmmQueue *queue = vmm_queue_new (FALSE);
  g_autoptr (GPtrArray) taken = NULL;
  VmmJob *running;

  vmm_queue_push (queue, job ("1", "a"));
  vmm_queue_push (queue, job ("2", "a"));
  vmm_queue_push (queue, job ("3", "b"));
  vmm_queue_push (queue, job ("4", "c"));
  running = pop (queue, "1", "a");
  taken = vmm_queue_take_waiting (queue);
  g_ptr_array_set_free_func (taken, (GDestroyNotify) vmm_job_free);
  g_assert_cmpint (taken->len, ==, 3);
  assert_count (queue, 0, 1);

  vmm_queue_close (queue);
  g_assert_false (is_idle (queue));
  vmm_queue_stop_running (queue);
  g_assert_cmpint (vmm_job_end (running), ==, VMM_JOB_STOPPED);
  /* Who was stopped is not cancelled any more: it gets its answer. */
  vmm_queue_cancel (queue, "1");
  g_assert_cmpint (vmm_job_end (running), ==, VMM_JOB_STOPPED);
  vmm_queue_done (queue, running);
  finish (queue);
}

static void
test_idle (void)
{
  VmmQueue *queue = vmm_queue_new (FALSE);
  VmmJob *running;

  g_assert_false (is_idle (queue));
  vmm_queue_push (queue, job ("1", "a"));
  vmm_queue_push (queue, job ("2", "a"));
  vmm_queue_close (queue);
  g_assert_false (is_idle (queue));
  running = pop (queue, "1", "a");
  g_assert_false (is_idle (queue));
  vmm_queue_done (queue, running);
  /* Closed is not dropped: what waits is still handed out. */
  running = pop (queue, "2", "a");
  vmm_queue_done (queue, running);
  finish (queue);
}

static void
test_wants_threads (void)
{
  VmmQueue *queue = vmm_queue_new (FALSE);

  /* One more thread for a second host, none for more of the same. */
  g_assert_true (vmm_queue_push (queue, job ("1", "a")));
  g_assert_true (vmm_queue_push (queue, job ("2", "b")));
  vmm_queue_done (queue, pop (queue, "1", "a"));
  vmm_queue_done (queue, pop (queue, "2", "b"));
  finish (queue);
}

/* ---- threads ---- */

typedef struct
{
  VmmQueue *queue;
  int       on_host[100]; /* atomic */
  int       next[100];    /* the number that the host's next job must have */
  int       done;
  gboolean  ordered;
} Work;

static void
do_job (VmmJob *todo, gpointer user_data)
{
  Work *work = user_data;
  int host = (int) g_ascii_strtoll (todo->host, NULL, 10);
  int number = (int) g_ascii_strtoll (todo->message->id, NULL, 10);

  if (work->ordered)
    {
      g_assert_cmpint (g_atomic_int_add (&work->on_host[host], 1), ==, 0);
      g_assert_cmpint (work->next[host]++, ==, number);
      g_assert_cmpint (g_atomic_int_add (&work->on_host[host], -1), ==, 1);
    }
  g_atomic_int_inc (&work->done);
}

#define JOBS 20000

static void
run_many (gboolean parallel, guint hosts)
{
  VmmQueue *queue = vmm_queue_new (parallel);
  Work work = { .queue = queue, .ordered = !parallel };
  VmmPool *pool = vmm_pool_new (queue, 8, do_job, &work);

  for (guint i = 0; i < JOBS; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i / hosts);
      g_autofree char *host = g_strdup_printf ("%u", i % hosts);

      vmm_pool_push (pool, job (id, host));
    }
  vmm_queue_close (queue);
  vmm_pool_free (pool);
  g_assert_cmpint (work.done, ==, JOBS);
  assert_count (queue, 0, 0);
  g_assert_true (is_idle (queue));
  vmm_queue_free (queue);
}

static void
test_threads (void)
{
  run_many (FALSE, 1);
  run_many (FALSE, 100);
  run_many (TRUE, 1);
  run_many (TRUE, 100);
}

/* Cancels from one thread while others take and finish. */
static void
test_threads_and_cancel (void)
{
  VmmQueue *queue = vmm_queue_new (FALSE);
  Work work = { .queue = queue };
  VmmPool *pool = vmm_pool_new (queue, 4, do_job, &work);

  for (guint i = 0; i < JOBS; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i % 50);
      g_autofree char *host = g_strdup_printf ("%u", i % 7);

      vmm_pool_push (pool, job (id, host));
      if (i % 10 == 9)
        vmm_queue_cancel (queue, id);
    }
  vmm_queue_close (queue);
  vmm_pool_free (pool);
  g_assert_cmpint (work.done, <=, JOBS);
  assert_count (queue, 0, 0);
  vmm_queue_free (queue);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/queue/order", test_order);
  g_test_add_func ("/queue/turns", test_turns);
  g_test_add_func ("/queue/parallel", test_parallel);
  g_test_add_func ("/queue/cancel", test_cancel);
  g_test_add_func ("/queue/take-waiting", test_take_waiting);
  g_test_add_func ("/queue/idle", test_idle);
  g_test_add_func ("/queue/wants-threads", test_wants_threads);
  g_test_add_func ("/queue/threads", test_threads);
  g_test_add_func ("/queue/threads-and-cancel", test_threads_and_cancel);
  return g_test_run ();
}
