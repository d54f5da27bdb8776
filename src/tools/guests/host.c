/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/host.h"

#include "common/error.h"
#include "tools/guests/link.h"
#include "tools/guests/list.h"

#define RETRY_US (G_USEC_PER_SEC / 2)

struct _GuestsHost
{
  char *uri;
  const GuestsConfig *config;
  GuestsMailbox *mailbox;
  GuestsLink *link; /* NULL: not connected */
};

/* What a thread needs to connect, and what comes out of it. */
typedef struct
{
  char *uri;
  GuestsHost *host; /* only to name it in mail */
  GuestsMailbox *mailbox;
  gint64 timeout_s;
  gint64 until_us; /* of the last attempt; 0: there is only one */
  GuestsLink *link;
  char *reason;
} Opening;

/* What a thread needs to list, and what comes out of it. */
typedef struct
{
  virConnectPtr conn;
  char *uri;
  GuestsOrder order;
  GPtrArray *entries;
  char *reason;
} Listing;

static void
run_open (gpointer data)
{
  Opening *opening = data;

  while ((opening->link = guests_link_open (opening->uri, opening->timeout_s, opening->mailbox,
                                            opening->host))
             == NULL
         && g_get_monotonic_time () + RETRY_US < opening->until_us)
    g_usleep (RETRY_US);
  if (opening->link == NULL)
    opening->reason = guests_link_reason ();
}

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  guests_link_close (opening->link);
  g_free (opening->uri);
  g_free (opening->reason);
  g_free (opening);
}

GuestsHost *
guests_host_new (const char *uri, const GuestsConfig *config, GuestsMailbox *mailbox)
{
  GuestsHost *host = g_new0 (GuestsHost, 1);

  host->uri = g_strdup (uri);
  host->config = config;
  host->mailbox = mailbox;
  return host;
}

void
guests_host_free (GuestsHost *host)
{
  if (host == NULL)
    return;
  if (guests_call_running () == 0)
    guests_link_close (host->link);
  g_free (host->uri);
  g_free (host);
}

const char *
guests_host_uri (GuestsHost *host)
{
  return host->uri;
}

gboolean
guests_host_is_connected (GuestsHost *host)
{
  return host->link != NULL && virConnectIsAlive (guests_link_connection (host->link)) == 1;
}

static gint64
connect_limit (GuestsHost *host)
{
  return g_get_monotonic_time () + host->config->connect_timeout * G_USEC_PER_SEC;
}

GuestsCall *
guests_host_start_open (GuestsHost *host, gboolean again)
{
  Opening *opening = g_new0 (Opening, 1);

  g_clear_pointer (&host->link, guests_link_close);
  opening->uri = g_strdup (host->uri);
  opening->host = host;
  opening->mailbox = host->mailbox;
  opening->timeout_s = host->config->connect_timeout;
  opening->until_us = again ? connect_limit (host) : 0;
  return guests_call_start (host->mailbox, run_open, opening, opening_free);
}

gboolean
guests_host_opened (GuestsHost *host, GuestsCall *call, GError **error)
{
  Opening *opening = guests_call_data (call);

  host->link = g_steal_pointer (&opening->link);
  if (host->link == NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s", opening->reason);
  return host->link != NULL;
}

/* A wait that ended without its mail: why. */
static gboolean
set_no_answer (GuestsHost *host, GError **error)
{
  if (guests_mailbox_signal (host->mailbox) != 0)
    g_set_error_literal (error, VMM_ERROR, VMM_ERROR_CANCELLED, "interrupted");
  else
    g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT,
                 "no answer within %" G_GINT64_FORMAT " seconds", host->config->connect_timeout);
  return FALSE;
}

gboolean
guests_host_open (GuestsHost *host, gboolean again, GError **error)
{
  g_autoptr (GuestsCall) call = NULL;

  if (guests_host_is_connected (host))
    return TRUE;
  call = guests_host_start_open (host, again);
  if (!guests_call_wait (call, host->mailbox, connect_limit (host)))
    return set_no_answer (host, error);
  return guests_host_opened (host, call, error);
}

virConnectPtr
guests_host_connection (GuestsHost *host)
{
  virConnectPtr conn = host->link != NULL ? guests_link_connection (host->link) : NULL;

  if (conn != NULL)
    virConnectRef (conn);
  return conn;
}

static void
run_list (gpointer data)
{
  Listing *listing = data;

  listing->entries = guests_list_running (listing->conn, listing->uri, listing->order);
  if (listing->entries == NULL)
    listing->reason = guests_link_reason ();
}

static void
listing_free (gpointer data)
{
  Listing *listing = data;

  if (listing->conn != NULL)
    virConnectClose (listing->conn);
  g_clear_pointer (&listing->entries, g_ptr_array_unref);
  g_free (listing->uri);
  g_free (listing->reason);
  g_free (listing);
}

GPtrArray *
guests_host_list (GuestsHost *host, GError **error)
{
  g_autoptr (GuestsCall) call = NULL;
  Listing *listing;

  listing = g_new0 (Listing, 1);
  listing->conn = guests_host_connection (host);
  listing->uri = g_strdup (host->uri);
  listing->order = host->config->order;
  call = guests_call_start (host->mailbox, run_list, listing, listing_free);
  if (!guests_call_wait (call, host->mailbox, connect_limit (host)))
    {
      set_no_answer (host, error);
      return NULL;
    }
  if (listing->entries == NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s", listing->reason);
  return g_steal_pointer (&listing->entries);
}
