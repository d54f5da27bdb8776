/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/start.h"

#include "tools/guests/host.h"
#include "tools/guests/list.h"
#include "tools/guests/say.h"
#include "tools/guests/task.h"

#include <string.h>

#define MAX_ATTEMPTS 3
#define SIGNAL_GRACE_US (30 * G_USEC_PER_SEC)

/* The pointers only, for loops in which entries leave the list. */
static GPtrArray *
copy_entries (GuestsService *service)
{
  GPtrArray *copy = g_ptr_array_new ();

  g_ptr_array_extend (copy, guests_state_entries (service->state), NULL, NULL);
  return copy;
}

static void
forget (GuestsService *service, GuestsEntry *entry)
{
  g_autoptr (GError) error = NULL;

  if (!guests_state_forget (service->state, entry, &error))
    guests_service_fail (service, "The list of guests is not on the disk: %s", error->message);
}

/* Guests whose memory is, or may be, in a file that only our list knows of. */
static gboolean
has_own_image (GuestsService *service, const GuestsEntry *entry)
{
  g_autofree char *image = guests_state_image_path (service->state, entry);

  return entry->transient
         && (entry->phase == GUESTS_PHASE_SAVED
             || (entry->phase == GUESTS_PHASE_RUNNING && g_file_test (image, G_FILE_TEST_EXISTS)));
}

static void
ignore_all (GuestsService *service)
{
  g_autoptr (GPtrArray) entries = copy_entries (service);

  guests_say ("ON_BOOT says not to start any guests");
  for (guint i = 0; i < entries->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (entries, i);
      g_autofree char *image = guests_state_image_path (service->state, entry);

      if (has_own_image (service, entry))
        guests_say ("The memory of %s stays in %s: \"virsh restore\" brings it back", entry->name,
                    image);
      forget (service, entry);
    }
}

/* Waits without end: what a guest's start may take nobody knows. After a signal it waits a
 * little, so that no guest is left half started. FALSE: in vain. */
static gboolean
perform (GuestsService *service, GuestsHost *host, GuestsEntry *entry, GuestsDeed deed,
         GuestsOutcome *outcome, char **reason)
{
  GuestsTask *task = guests_task_new (deed, host, entry, service->config);
  g_autoptr (GuestsCall) call = NULL;

  if (entry->transient)
    {
      task->image = guests_state_image_path (service->state, entry);
      task->xml = guests_state_read_xml (service->state, entry, NULL);
    }
  call = guests_call_start (service->mailbox, guests_task_run, task, guests_task_free);
  if (!guests_call_wait (call, service->mailbox, 0)
      && !guests_call_finish (call, service->mailbox, g_get_monotonic_time () + SIGNAL_GRACE_US))
    return FALSE;
  *outcome = task->outcome;
  g_free (*reason);
  *reason = g_steal_pointer (&task->reason);
  return TRUE;
}

/* Likewise, on a new connection when the old one breaks meanwhile. */
static gboolean
perform_stubbornly (GuestsService *service, GuestsHost *host, GuestsEntry *entry, GuestsDeed deed,
                    GuestsOutcome *outcome, char **reason)
{
  for (int attempt = 1;; attempt++)
    {
      if (!perform (service, host, entry, deed, outcome, reason))
        return FALSE;
      if (*outcome != GUESTS_OUTCOME_LOST || attempt == MAX_ATTEMPTS
          || !guests_host_open (host, TRUE, NULL))
        return TRUE;
    }
}

/* The guest stands still with its memory back. From here on its disks may change, so
 * the image must never be used again: that goes to the disk before the guest goes on. */
static gboolean
go_on (GuestsService *service, GuestsHost *host, GuestsEntry *entry, GuestsOutcome *outcome,
       char **reason)
{
  entry->phase = GUESTS_PHASE_OFF;
  guests_service_write (service);
  guests_state_remove_image (service->state, entry);
  if (entry->paused)
    {
      *outcome = GUESTS_OUTCOME_DONE;
      return TRUE;
    }
  return perform_stubbornly (service, host, entry, GUESTS_TASK_RESUME, outcome, reason);
}

/* TRUE: the guest runs, and has left the list. */
static gboolean
resume_guest (GuestsService *service, GuestsHost *host, GuestsEntry *entry)
{
  GuestsOutcome outcome = GUESTS_OUTCOME_FAILED;
  g_autofree char *reason = NULL;

  if (!perform_stubbornly (service, host, entry, GUESTS_TASK_START, &outcome, &reason))
    return FALSE;
  if (outcome == GUESTS_OUTCOME_RESTORED
      && !go_on (service, host, entry, &outcome, &reason))
    return FALSE;
  if (outcome != GUESTS_OUTCOME_DONE && outcome != GUESTS_OUTCOME_ACTIVE)
    {
      guests_service_fail (service, "Resuming %s: failed: %s", entry->name,
                           reason != NULL ? reason : "the connection broke");
      return FALSE;
    }
  guests_say ("Resuming %s: %s%s%s", entry->name,
              outcome == GUESTS_OUTCOME_ACTIVE ? "already active" : "done",
              reason != NULL ? ", but " : "", reason != NULL ? reason : "");
  guests_service_drop (service, entry);
  return TRUE;
}

/* What stop did first is undone last. */
static GPtrArray *
in_start_order (GuestsService *service, const char *uri)
{
  g_autoptr (GPtrArray) all = copy_entries (service);
  GPtrArray *mine = g_ptr_array_new ();
  gboolean reverse = service->config->order != GUESTS_ORDER_NONE;

  if (reverse)
    guests_list_sort (all, service->config->order);
  for (guint i = 0; i < all->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (all, i);

      if (strcmp (entry->uri, uri) == 0)
        g_ptr_array_insert (mine, reverse ? 0 : -1, entry);
    }
  return mine;
}

/* FALSE: a signal came. */
static gboolean
delay (GuestsService *service)
{
  gint64 until = g_get_monotonic_time () + service->config->start_delay * G_USEC_PER_SEC;

  while (guests_mailbox_signal (service->mailbox) == 0 && g_get_monotonic_time () < until)
    guests_mailbox_take (service->mailbox, until);
  return guests_mailbox_signal (service->mailbox) == 0;
}

static void
resume_uri (GuestsService *service, const char *uri, gboolean *first)
{
  g_autoptr (GPtrArray) entries = in_start_order (service, uri);
  g_autoptr (GuestsHost) host = guests_host_new (uri, service->config, service->mailbox);
  g_autoptr (GError) error = NULL;

  if (entries->len == 0)
    return;
  if (!guests_host_open (host, FALSE, &error))
    {
      guests_service_fail (service, "Cannot connect to %s: %s. Its guests are not resumed.", uri,
                           error->message);
      return;
    }
  guests_say ("Resuming guests on %s", uri);
  for (guint i = 0; i < entries->len; i++)
    {
      if (!*first && !delay (service))
        return;
      *first = !resume_guest (service, host, g_ptr_array_index (entries, i)) && *first;
      if (guests_mailbox_signal (service->mailbox) != 0)
        return;
    }
}

/* Whatever could not be done is not tried again, but for what would be lost by that. */
static void
forget_rest (GuestsService *service)
{
  g_autoptr (GPtrArray) entries = copy_entries (service);

  for (guint i = 0; i < entries->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (entries, i);
      gboolean ours = g_strv_contains ((const char *const *) service->config->uris, entry->uri);

      if (!ours)
        guests_say ("Ignoring %s on %s: URIS does not name that", entry->name, entry->uri);
      if (has_own_image (service, entry) || (ours && service->config->keep_list))
        guests_say ("%s stays on the list: \"start\" tries it again", entry->name);
      else
        forget (service, entry);
    }
}

void
guests_start (GuestsService *service)
{
  gboolean first = TRUE;

  if (!service->config->start_on_boot && guests_state_entries (service->state)->len > 0)
    ignore_all (service);
  for (char **uri = service->config->uris; *uri != NULL; uri++)
    if (guests_mailbox_signal (service->mailbox) == 0)
      resume_uri (service, *uri, &first);
  if (guests_mailbox_signal (service->mailbox) != 0)
    return;
  forget_rest (service);
  guests_service_set_started (service, TRUE);
}
