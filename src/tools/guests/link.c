/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/link.h"

#include <libvirt/virterror.h>
#include <string.h>

#define KEEPALIVE_COUNT 5

struct _GuestsLink
{
  virConnectPtr conn;
  int lifecycle; /* callback ids; negative: the driver has no such event */
  int job;
};

/* For libvirt's callbacks: each has a copy, which libvirt frees when it is done with it. */
typedef struct
{
  GuestsMailbox *mailbox;
  gpointer from;
} Listener;

char *
guests_link_reason (void)
{
  const char *message = virGetLastErrorMessage ();

  return g_strdup (message != NULL ? message : "libvirt gives no reason");
}

static void
put_domain (Listener *listener, virDomainPtr dom, GuestsMailKind kind, int detail)
{
  GuestsMail mail = { .kind = kind, .from = listener->from, .detail = detail };

  if (virDomainGetUUIDString (dom, mail.uuid) == 0)
    guests_mailbox_put (listener->mailbox, &mail);
}

static int
on_lifecycle (virConnectPtr conn G_GNUC_UNUSED, virDomainPtr dom, int event, int detail, void *data)
{
  gboolean stopped = event == VIR_DOMAIN_EVENT_STOPPED;

  put_domain (data, dom, stopped ? GUESTS_MAIL_STOPPED : GUESTS_MAIL_CHANGED, detail);
  return 0;
}

static void
on_job (virConnectPtr conn G_GNUC_UNUSED, virDomainPtr dom,
        virTypedParameterPtr params G_GNUC_UNUSED, int n G_GNUC_UNUSED, void *data)
{
  put_domain (data, dom, GUESTS_MAIL_CHANGED, 0);
}

static void
on_close (virConnectPtr conn G_GNUC_UNUSED, int reason G_GNUC_UNUSED, void *data)
{
  Listener *listener = data;
  GuestsMail mail = { .kind = GUESTS_MAIL_CLOSED, .from = listener->from };

  guests_mailbox_put (listener->mailbox, &mail);
}

static int
listen_for (virConnectPtr conn, int event, virConnectDomainEventGenericCallback callback,
            const Listener *listener)
{
  Listener *copy = g_memdup2 (listener, sizeof *listener);
  int id = virConnectDomainEventRegisterAny (conn, NULL, event, callback, copy, g_free);

  if (id < 0)
    g_free (copy);
  return id;
}

/* Drivers without a daemon have no keepalive and never close; that is fine. */
static void
watch_connection (virConnectPtr conn, gint64 timeout_s, const Listener *listener)
{
  Listener *copy = g_memdup2 (listener, sizeof *listener);

  if (virConnectRegisterCloseCallback (conn, on_close, copy, g_free) < 0)
    g_free (copy);
  virConnectSetKeepAlive (conn, MAX (timeout_s / (KEEPALIVE_COUNT + 1), 1), KEEPALIVE_COUNT);
}

GuestsLink *
guests_link_open (const char *uri, gint64 timeout_s, GuestsMailbox *mailbox, gpointer from)
{
  Listener listener = { mailbox, from };
  GuestsLink *link = g_new0 (GuestsLink, 1);

  link->lifecycle = link->job = -1;
  link->conn = virConnectOpen (strcmp (uri, "default") == 0 ? NULL : uri);
  if (link->conn == NULL)
    {
      g_free (link);
      return NULL;
    }
  watch_connection (link->conn, timeout_s, &listener);
  link->job = listen_for (link->conn, VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
                          VIR_DOMAIN_EVENT_CALLBACK (on_job), &listener);
  link->lifecycle = listen_for (link->conn, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                VIR_DOMAIN_EVENT_CALLBACK (on_lifecycle), &listener);
  if (link->lifecycle < 0)
    g_clear_pointer (&link, guests_link_close);
  return link;
}

void
guests_link_close (GuestsLink *link)
{
  if (link == NULL)
    return;
  /* Each callback holds the connection open. */
  if (link->lifecycle >= 0)
    virConnectDomainEventDeregisterAny (link->conn, link->lifecycle);
  if (link->job >= 0)
    virConnectDomainEventDeregisterAny (link->conn, link->job);
  virConnectUnregisterCloseCallback (link->conn, on_close);
  virConnectClose (link->conn);
  g_free (link);
}

virConnectPtr
guests_link_connection (GuestsLink *link)
{
  return link->conn;
}
