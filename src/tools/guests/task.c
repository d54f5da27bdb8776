/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/task.h"

#include "tools/guests/link.h"

#include <libvirt/virterror.h>
#include <string.h>

#define MIB (1024 * 1024)

GuestsTask *
guests_task_new (GuestsDeed deed, GuestsHost *host, const GuestsEntry *entry,
                 const GuestsConfig *config)
{
  GuestsTask *task = g_new0 (GuestsTask, 1);

  task->deed = deed;
  task->conn = guests_host_connection (host);
  task->uuid = g_strdup (entry->uuid);
  task->phase = entry->phase;
  task->transient = entry->transient;
  task->paused = entry->paused;
  task->bypass_cache = config->bypass_cache;
  task->sync_time = config->sync_time;
  return task;
}

void
guests_task_free (gpointer data)
{
  GuestsTask *task = data;

  if (task->conn != NULL)
    virConnectClose (task->conn);
  g_free (task->uuid);
  g_free (task->image);
  g_free (task->xml);
  g_free (task->reason);
  g_free (task);
}

static void
end (GuestsTask *task, GuestsOutcome outcome)
{
  task->outcome = outcome;
}

/* After something in libvirt failed; its error's code, because each call clears that. */
static int
fail (GuestsTask *task)
{
  int code = virGetLastErrorCode ();

  g_free (task->reason);
  task->reason = guests_link_reason ();
  end (task, virConnectIsAlive (task->conn) == 1 ? GUESTS_OUTCOME_FAILED : GUESTS_OUTCOME_LOST);
  return code;
}

/* NULL: found no such guest, or failed; the outcome says which. */
static virDomainPtr
look_up (GuestsTask *task)
{
  virDomainPtr dom = virDomainLookupByUUIDString (task->conn, task->uuid);

  if (dom != NULL)
    return dom;
  if (fail (task) == VIR_ERR_NO_DOMAIN)
    end (task, GUESTS_OUTCOME_GONE);
  return NULL;
}

/* The operation of the long job that has the guest, or VIR_DOMAIN_JOB_OPERATION_UNKNOWN
 * for none and for drivers that do not tell. */
static int
current_job (virDomainPtr dom)
{
  virTypedParameterPtr params = NULL;
  int n = 0, type = VIR_DOMAIN_JOB_NONE, operation = VIR_DOMAIN_JOB_OPERATION_UNKNOWN;

  if (virDomainGetJobStats (dom, &type, &params, &n, 0) < 0)
    return operation;
  if (type != VIR_DOMAIN_JOB_NONE)
    virTypedParamsGetInt (params, n, VIR_DOMAIN_JOB_OPERATION, &operation);
  virTypedParamsFree (params, n);
  return operation;
}

static gboolean
is_migrating (virDomainPtr dom, int state, int why)
{
  int job = current_job (dom);

  return job == VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN
         || job == VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT
         || (state == VIR_DOMAIN_PAUSED && why == VIR_DOMAIN_PAUSED_MIGRATION);
}

static gboolean
is_off (int state)
{
  return state == VIR_DOMAIN_SHUTOFF || state == VIR_DOMAIN_CRASHED;
}

/* The machine or the connection died while the guest was being saved: is the image
 * whole? libvirt knows. */
static gboolean
is_image_whole (GuestsTask *task)
{
  char *xml = virDomainSaveImageGetXMLDesc (task->conn, task->image, 0);
  gboolean whole = xml != NULL;

  free (xml);
  return whole;
}

/* It does not run, though the list said so; dom may be NULL. A save that was asked for
 * over a connection that broke may have come to its end since. */
static void
end_gone (GuestsTask *task, virDomainPtr dom)
{
  gboolean saved = FALSE;

  if (task->deed == GUESTS_TASK_SAVE)
    saved = task->transient ? is_image_whole (task)
                            : dom != NULL && virDomainHasManagedSaveImage (dom, 0) == 1;
  end (task, saved ? GUESTS_OUTCOME_DONE : GUESTS_OUTCOME_GONE);
}

/* After SAVE or SHUTDOWN was refused: what stands in the way? */
static void
fail_or_explain (GuestsTask *task, virDomainPtr dom)
{
  int state, why;

  fail (task);
  if (task->outcome != GUESTS_OUTCOME_FAILED)
    return;
  if (virDomainGetState (dom, &state, &why, 0) < 0)
    {
      if (virGetLastErrorCode () == VIR_ERR_NO_DOMAIN)
        end_gone (task, NULL);
    }
  else if (is_off (state))
    end_gone (task, dom);
  else if (is_migrating (dom, state, why))
    end (task, GUESTS_OUTCOME_BUSY);
}

static void
save (GuestsTask *task, virDomainPtr dom)
{
  unsigned int flags = task->bypass_cache ? VIR_DOMAIN_SAVE_BYPASS_CACHE : 0;
  int rc = task->transient ? virDomainSaveFlags (dom, task->image, NULL, flags)
                           : virDomainManagedSave (dom, flags);

  if (rc < 0)
    fail_or_explain (task, dom);
}

static void
shut_down (GuestsTask *task, virDomainPtr dom)
{
  if (virDomainShutdown (dom) < 0)
    fail_or_explain (task, dom);
  else
    end (task, GUESTS_OUTCOME_ASKED);
}

static void
stop (GuestsTask *task, virDomainPtr dom)
{
  gboolean saving = task->deed == GUESTS_TASK_SAVE;
  int state, why;

  if (virDomainGetState (dom, &state, &why, 0) < 0)
    fail_or_explain (task, dom);
  else if (is_off (state))
    end_gone (task, dom);
  else if (is_migrating (dom, state, why)
           || (saving && current_job (dom) != VIR_DOMAIN_JOB_OPERATION_UNKNOWN))
    end (task, GUESTS_OUTCOME_BUSY);
  else if (saving)
    save (task, dom);
  else if (state == VIR_DOMAIN_PAUSED || state == VIR_DOMAIN_PMSUSPENDED)
    end (task, GUESTS_OUTCOME_PAUSED);
  else
    shut_down (task, dom);
}

static void
destroy (GuestsTask *task, virDomainPtr dom)
{
  if (virDomainDestroy (dom) < 0)
    fail_or_explain (task, dom);
}

static void
probe (GuestsTask *task, virDomainPtr dom)
{
  virDomainJobInfo info;

  if (virDomainGetJobInfo (dom, &info) < 0)
    {
      fail (task);
      return;
    }
  task->total_mib = info.memTotal / MIB;
  task->done_mib = (info.memTotal - MIN (info.memRemaining, info.memTotal)) / MIB;
}

/* That the guest runs matters more than what its clock says. */
static void
sync_time (GuestsTask *task, virDomainPtr dom)
{
  g_autofree char *why = NULL;

  if (!task->sync_time || virDomainSetTime (dom, 0, 0, VIR_DOMAIN_TIME_SYNC) == 0)
    return;
  why = guests_link_reason ();
  task->reason = g_strdup_printf ("its clock was not set: %s", why);
}

static void
resume (GuestsTask *task, virDomainPtr dom)
{
  int state, why;

  if (virDomainGetState (dom, &state, &why, 0) < 0
      || (state == VIR_DOMAIN_PAUSED && virDomainResume (dom) < 0))
    fail (task);
  else
    sync_time (task, dom);
}

/* A guest that stands still and was not paused by anybody is what a start left behind that was
 * cut off after it had restored the memory. */
static void
start_active (GuestsTask *task, virDomainPtr dom)
{
  int state, why;
  gboolean left_behind = task->transient && task->phase != GUESTS_PHASE_RUNNING && !task->paused
                         && virDomainGetState (dom, &state, &why, 0) == 0
                         && state == VIR_DOMAIN_PAUSED;

  end (task, left_behind ? GUESTS_OUTCOME_RESTORED : GUESTS_OUTCOME_ACTIVE);
}

static void
start_persistent (GuestsTask *task, virDomainPtr dom)
{
  if (virDomainCreateWithFlags (dom, task->bypass_cache ? VIR_DOMAIN_START_BYPASS_CACHE : 0) < 0)
    fail (task);
  else
    sync_time (task, dom);
}

/* Paused, because its disks must not change before the image has left our list. */
static void
restore (GuestsTask *task)
{
  unsigned int flags = VIR_DOMAIN_SAVE_PAUSED;

  if (task->bypass_cache)
    flags |= VIR_DOMAIN_SAVE_BYPASS_CACHE;
  if (virDomainRestoreFlags (task->conn, task->image, NULL, flags) < 0)
    fail (task);
  else
    end (task, GUESTS_OUTCOME_RESTORED);
}

static void
boot (GuestsTask *task)
{
  g_autoptr (virDomain) dom = NULL;

  if (task->xml == NULL)
    {
      task->reason = g_strdup ("nobody defines it, and the list has no copy of its XML");
      end (task, GUESTS_OUTCOME_FAILED);
      return;
    }
  dom = virDomainCreateXML (task->conn, task->xml, 0);
  if (dom == NULL)
    fail (task);
  else
    sync_time (task, dom);
}

/* Without a whole image a guest whose saving was cut off boots as after any crash. */
static gboolean
has_image (GuestsTask *task)
{
  return task->phase == GUESTS_PHASE_SAVED
         || (task->phase == GUESTS_PHASE_RUNNING && is_image_whole (task));
}

static void
start (GuestsTask *task)
{
  g_autoptr (virDomain) dom = look_up (task);

  if (dom == NULL && task->outcome != GUESTS_OUTCOME_GONE)
    return;
  end (task, GUESTS_OUTCOME_DONE);
  g_clear_pointer (&task->reason, g_free);
  if (dom != NULL && virDomainIsActive (dom) == 1)
    start_active (task, dom);
  else if (dom != NULL && !task->transient)
    start_persistent (task, dom);
  else if (task->transient && has_image (task))
    restore (task);
  else if (virConnectIsAlive (task->conn) == 1)
    boot (task);
  else
    fail (task);
}

static void
act (GuestsTask *task)
{
  g_autoptr (virDomain) dom = look_up (task);

  if (dom == NULL)
    {
      if (task->outcome == GUESTS_OUTCOME_GONE)
        end_gone (task, NULL);
      return;
    }
  switch (task->deed)
    {
    case GUESTS_TASK_SAVE:
    case GUESTS_TASK_SHUTDOWN:
      stop (task, dom);
      break;
    case GUESTS_TASK_DESTROY:
      destroy (task, dom);
      break;
    case GUESTS_TASK_ABORT:
      if (virDomainAbortJob (dom) < 0)
        fail (task);
      break;
    case GUESTS_TASK_PROBE:
      probe (task, dom);
      break;
    case GUESTS_TASK_RESUME:
      resume (task, dom);
      break;
    case GUESTS_TASK_START:
      break;
    }
}

void
guests_task_run (gpointer data)
{
  GuestsTask *task = data;

  if (task->conn == NULL)
    end (task, GUESTS_OUTCOME_LOST);
  else if (task->deed == GUESTS_TASK_START)
    start (task);
  else
    act (task);
}
