/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/status.h"

#include "tools/guests/host.h"
#include "tools/guests/say.h"

void
guests_status (GuestsService *service)
{
  guint saved = guests_state_entries (service->state)->len;

  if (guests_service_is_started (service))
    {
      if (saved > 0)
        guests_say ("started, with guests still to be resumed: %u", saved);
      else
        guests_say ("started");
      return;
    }
  service->status = GUESTS_EXIT_STOPPED;
  if (saved > 0)
    guests_say ("stopped, with saved guests: %u", saved);
  else
    guests_say ("stopped, with no saved guests");
}

static void
tell_guests (GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (entries, i);

      guests_say (" %s %s %s %s", entry->uuid, entry->transient ? "transient " : "persistent",
                  entry->paused ? "paused " : "running", entry->name);
    }
  if (entries->len == 0)
    guests_say (" no running guests");
}

void
guests_status_guests (GuestsService *service)
{
  for (char **uri = service->config->uris; *uri != NULL; uri++)
    {
      g_autoptr (GuestsHost) host = guests_host_new (*uri, service->config, service->mailbox);
      g_autoptr (GPtrArray) entries = NULL;
      g_autoptr (GError) error = NULL;

      guests_say ("* %s URI:", *uri);
      if (guests_host_open (host, FALSE, &error)
          && (entries = guests_host_list (host, &error)) != NULL)
        tell_guests (entries);
      else
        guests_service_fail (service, "Cannot list the guests on %s: %s", *uri, error->message);
    }
}
