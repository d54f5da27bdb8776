/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/stop.h"

#include "tools/guests/host.h"
#include "tools/guests/runner.h"
#include "tools/guests/say.h"

static char *
join_names (GPtrArray *entries)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (entries, i);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", entry->name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* The matrices of PERSISTENT_ONLY. */
static gboolean
spares_transient (const GuestsConfig *config)
{
  return config->persistent == GUESTS_PERSISTENT_TRUE
         || (config->persistent == GUESTS_PERSISTENT_DEFAULT && config->suspend);
}

/* Takes those that are left alone out of entries, and tells their names. */
static void
spare_transient (GuestsService *service, const char *uri, GPtrArray *entries)
{
  g_autoptr (GPtrArray) spared
      = g_ptr_array_new_with_free_func ((GDestroyNotify) guests_entry_free);
  g_autofree char *names = NULL;

  if (!spares_transient (service->config))
    return;
  for (guint i = 0; i < entries->len;)
    {
      GuestsEntry *entry = g_ptr_array_index (entries, i);

      if (entry->transient)
        g_ptr_array_add (spared, g_ptr_array_steal_index (entries, i));
      else
        i++;
    }
  if (spared->len == 0)
    return;
  names = join_names (spared);
  guests_say ("Not %s transient guests on %s: %s",
              service->config->suspend ? "suspending" : "shutting down", uri, names);
}

/* Entries move from found, which the host has told us, to the list: what an earlier
 * list says of a guest that runs now is out of date, and so is its image. */
static void
list_guests (GuestsService *service, GPtrArray *found)
{
  GPtrArray *entries = guests_state_entries (service->state);

  while (found->len > 0)
    {
      GuestsEntry *entry = g_ptr_array_steal_index (found, 0);
      GuestsEntry *old = guests_state_find (service->state, entry->uuid);
      g_autoptr (GError) error = NULL;

      if (old != NULL)
        g_ptr_array_remove (entries, old);
      g_ptr_array_add (entries, entry);
      entry->here = TRUE;
      if (entry->transient)
        guests_state_remove_image (service->state, entry);
      if (!guests_state_write_xml (service->state, entry, &error))
        guests_service_fail (service, "The XML of %s is not on the disk: %s", entry->name,
                             error->message);
    }
}

/* NULL, and told, if the host does not answer. */
static GPtrArray *
ask_host (GuestsService *service, GuestsHost *host)
{
  const char *uri = guests_host_uri (host);
  g_autoptr (GError) error = NULL;
  GPtrArray *found;

  if (!guests_host_open (host, FALSE, &error))
    {
      guests_service_fail (service, "Cannot connect to %s: %s. Its guests are left as they are.",
                           uri, error->message);
      return NULL;
    }
  found = guests_host_list (host, &error);
  if (found == NULL)
    guests_service_fail (service, "Cannot list the guests on %s: %s. They are left as they are.",
                         uri, error->message);
  return found;
}

static void
survey (GuestsService *service, GuestsHost *host)
{
  g_autoptr (GPtrArray) found = ask_host (service, host);
  g_autofree char *names = NULL;

  if (found == NULL)
    return;
  names = join_names (found);
  guests_say ("Running guests on %s: %s", guests_host_uri (host),
              found->len > 0 ? names : "none");
  spare_transient (service, guests_host_uri (host), found);
  list_guests (service, found);
}

/* Those of the host that stop has to deal with. What an earlier one that was cut off has
 * left on the list, and what does not run any more, is for start. */
static GPtrArray *
remaining (GuestsService *service, GuestsHost *host)
{
  GPtrArray *all = guests_state_entries (service->state);
  GPtrArray *mine = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    {
      GuestsEntry *entry = g_ptr_array_index (all, i);

      if (g_strcmp0 (entry->uri, guests_host_uri (host)) == 0
          && entry->here)
        g_ptr_array_add (mine, entry);
    }
  return mine;
}

static GPtrArray *
survey_all (GuestsService *service)
{
  GPtrArray *hosts = g_ptr_array_new_with_free_func ((GDestroyNotify) guests_host_free);

  for (char **uri = service->config->uris; *uri != NULL; uri++)
    {
      GuestsHost *host = guests_host_new (*uri, service->config, service->mailbox);

      g_ptr_array_add (hosts, host);
      if (guests_mailbox_signal (service->mailbox) == 0)
        survey (service, host);
    }
  return hosts;
}

static void
stop_all (GuestsService *service, GPtrArray *hosts)
{
  for (guint i = 0; i < hosts->len && guests_mailbox_signal (service->mailbox) == 0; i++)
    {
      GuestsHost *host = g_ptr_array_index (hosts, i);
      g_autoptr (GPtrArray) entries = remaining (service, host);

      if (entries->len == 0 || !guests_host_is_connected (host))
        continue;
      guests_say ("%s guests on %s", service->config->suspend ? "Suspending" : "Shutting down",
                  guests_host_uri (host));
      guests_runner_stop_guests (service, host, entries);
    }
}

/* A stop that nothing has started since has nothing to add, unless it was cut off. */
static gboolean
was_done (GuestsService *service)
{
  return guests_state_entries (service->state)->len > 0 && guests_state_is_complete (service->state)
         && !guests_service_is_started (service);
}

void
guests_stop (GuestsService *service)
{
  g_autoptr (GPtrArray) hosts = NULL;

  if (was_done (service))
    {
      guests_say ("The guests are stopped already, and \"start\" has not brought them back since");
      return;
    }
  if (!service->config->suspend && service->config->shutdown_timeout < 0)
    {
      guests_service_fail (service, "SHUTDOWN_TIMEOUT is negative: set it to 0 or more");
      service->status = GUESTS_EXIT_CONFIGURATION;
      return;
    }
  hosts = survey_all (service);
  guests_service_write (service);
  stop_all (service, hosts);
  if (guests_mailbox_signal (service->mailbox) == 0)
    guests_service_set_started (service, FALSE);
}
