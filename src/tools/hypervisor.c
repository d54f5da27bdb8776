/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/hypervisor.h"

#include <libvirt/virterror.h>
#include <stdlib.h>

#include "common/error.h"

/* How long to wait before asking again, twice as long each time for hosts that are just slow,
 * and how often to ask. Each domain that has stopped answering costs one turn, and a libvirtd
 * worker that somebody else would have lost anyway; the last question needs no domain's answer. */
#define PATIENCE_US (3 * G_TIME_SPAN_SECOND)
#define QUESTIONS_MAX 4

G_DEFINE_AUTOPTR_CLEANUP_FUNC (virDomain, virDomainFree)

/* No connection is ever used by two threads: libvirt's client (9.0) can lose the second one's
 * request while the first one waits for a reply. */
struct _VmmHypervisor
{
  char *uri;
  virConnect *connection;
};

typedef struct
{
  char *uri;
  virConnect *connection; /* a reference; NULL: make one */
  char *only;             /* NULL: all active domains */
  VmmHypervisorDetail detail;
  GAsyncQueue *answers;   /* a reference; gets one Answer */
} Question;

typedef struct
{
  virConnect *connection; /* a reference to the one that was used; NULL when there was none */
  GPtrArray *domains;     /* NULL: see error */
  GError *error;
} Answer;

static void
ignore_error (G_GNUC_UNUSED void *data, G_GNUC_UNUSED virError *error)
{
}

static void
set_error (GError **error, const char *what)
{
  const char *why = virGetLastErrorMessage ();

  g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s: %s", what, why);
}

static virConnect *
connect_to (const char *uri, GError **error)
{
  virConnect *connection = virConnectOpenReadOnly (uri);

  if (connection == NULL)
    {
      g_autofree char *what = g_strdup_printf ("cannot connect to libvirt at %s", uri);

      set_error (error, what);
    }
  return connection;
}

VmmHypervisor *
vmm_hypervisor_open (const char *uri, GError **error)
{
  VmmHypervisor *self;
  virConnect *connection;

  virSetErrorFunc (NULL, ignore_error);
  connection = connect_to (uri, error);
  if (connection == NULL)
    return NULL;
  self = g_new0 (VmmHypervisor, 1);
  self->uri = g_strdup (uri);
  self->connection = connection;
  return self;
}

void
vmm_hypervisor_free (VmmHypervisor *self)
{
  if (self == NULL)
    return;
  virConnectClose (self->connection);
  g_free (self->uri);
  g_free (self);
}

static gboolean
is_absent (void)
{
  return virGetLastErrorCode () == VIR_ERR_NO_DOMAIN;
}

/* NULL with VMM_ERROR_MISSING only when libvirt itself says that it knows no such domain. */
static virDomain *
find (virConnect *connection, const char *name, GError **error)
{
  virDomain *domain = virDomainLookupByName (connection, name);

  if (domain == NULL && is_absent () && g_uuid_string_is_valid (name))
    domain = virDomainLookupByUUIDString (connection, name);
  if (domain == NULL && is_absent ())
    g_set_error (error, VMM_ERROR, VMM_ERROR_MISSING, "no domain %s", name);
  else if (domain == NULL)
    set_error (error, "libvirt cannot look the domain up");
  return domain;
}

/* libvirt goes from one domain to the next and does not say when it was where: taken_us is
 * what it was if each domain took as long as the others. */
static GPtrArray *
convert (virDomainStatsRecordPtr *records, int n_records, gint64 start_us, gint64 end_us)
{
  GPtrArray *domains = g_ptr_array_new_with_free_func ((GDestroyNotify) vmm_domstats_free);

  for (int i = 0; i < n_records; i++)
    {
      virDomain *domain = records[i]->dom;
      char uuid[VIR_UUID_STRING_BUFLEN] = "";
      VmmDomstats *stats;

      virDomainGetUUIDString (domain, uuid);
      stats = vmm_domstats_new (virDomainGetName (domain), uuid, (int) virDomainGetID (domain),
                                records[i]->params, records[i]->nparams);
      stats->taken_us = start_us + (end_us - start_us) * (2 * i + 1) / (2 * n_records);
      g_ptr_array_add (domains, stats);
    }
  return domains;
}

static GPtrArray *
fetch (virConnect *connection, virDomain *only, VmmHypervisorDetail detail, GError **error)
{
  guint stats = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL;
  guint flags = VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
  virDomain *list[] = { only, NULL };
  virDomainStatsRecordPtr *records = NULL;
  gint64 start_us = g_get_monotonic_time ();
  GPtrArray *domains;
  int n;

  if (detail == VMM_HYPERVISOR_EVERYTHING)
    stats |= VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK;
  if (only != NULL)
    n = virDomainListGetStats (list, stats, &records, flags);
  else
    n = virConnectGetAllDomainStats (connection, stats, &records,
                                     flags | VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE);
  if (n < 0)
    {
      set_error (error, "libvirt gives no statistics");
      return NULL;
    }
  domains = convert (records, n, start_us, g_get_monotonic_time ());
  virDomainStatsRecordListFree (records);
  return domains;
}

static GPtrArray *
fetch_one (virConnect *connection, const char *name, VmmHypervisorDetail detail, GError **error)
{
  g_autoptr (virDomain) domain = find (connection, name, error);
  g_autoptr (virDomain) again = NULL;
  g_autoptr (GPtrArray) domains = NULL;

  if (domain == NULL)
    return NULL;
  domains = fetch (connection, domain, detail, error);
  if (domains == NULL || domains->len > 0)
    return g_steal_pointer (&domains);

  /* It went away between the two calls, or it is there and libvirt says nothing of it. */
  again = find (connection, name, error);
  if (again != NULL)
    g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "libvirt says nothing of %s", name);
  return NULL;
}

static Answer *
answer (const Question *question)
{
  Answer *result = g_new0 (Answer, 1);

  if (question->connection != NULL)
    {
      result->connection = question->connection;
      virConnectRef (result->connection);
    }
  else
    result->connection = connect_to (question->uri, &result->error);
  if (result->connection == NULL)
    return result;
  if (question->only != NULL)
    result->domains
        = fetch_one (result->connection, question->only, question->detail, &result->error);
  else
    result->domains = fetch (result->connection, NULL, question->detail, &result->error);
  return result;
}

static void
close_connection (virConnect *connection)
{
  if (connection != NULL)
    virConnectClose (connection);
}

static void
answer_free (Answer *self)
{
  close_connection (self->connection);
  g_clear_pointer (&self->domains, g_ptr_array_unref);
  g_clear_error (&self->error);
  g_free (self);
}

static void
question_free (Question *self)
{
  close_connection (self->connection);
  g_async_queue_unref (self->answers);
  g_free (self->uri);
  g_free (self->only);
  g_free (self);
}

static gpointer
answer_thread (gpointer data)
{
  Question *question = data;

  g_async_queue_push (question->answers, answer (question));
  question_free (question);
  return NULL;
}

static void
put_question (VmmHypervisor *self, gboolean is_first, const char *only,
              VmmHypervisorDetail detail, GAsyncQueue *answers)
{
  Question *question = g_new0 (Question, 1);

  question->uri = g_strdup (self->uri);
  question->only = g_strdup (only);
  question->detail = detail;
  question->answers = g_async_queue_ref (answers);
  if (is_first)
    {
      virConnectRef (self->connection);
      question->connection = self->connection;
    }
  g_thread_unref (g_thread_new ("question", answer_thread, question));
}

/* The first answer counts; without any, this waits for as long as the caller lives. */
static Answer *
ask (VmmHypervisor *self, const char *only, VmmHypervisorDetail detail)
{
  g_autoptr (GAsyncQueue) answers = g_async_queue_new_full ((GDestroyNotify) answer_free);
  Answer *first = NULL;

  for (int i = 0; first == NULL && i < QUESTIONS_MAX; i++)
    {
      if (i == QUESTIONS_MAX - 1)
        detail = VMM_HYPERVISOR_CPU;
      put_question (self, i == 0, only, detail, answers);
      first = g_async_queue_timeout_pop (answers, (guint64) PATIENCE_US << i);
    }
  return first != NULL ? first : g_async_queue_pop (answers);
}

/* A connection that still waits for its answer is of no use to anybody else. */
static void
adopt (VmmHypervisor *self, Answer *from)
{
  if (from->connection == NULL)
    return;
  virConnectClose (self->connection);
  self->connection = g_steal_pointer (&from->connection);
}

GPtrArray *
vmm_hypervisor_domains (VmmHypervisor *self, const char *only, VmmHypervisorDetail detail,
                        GError **error)
{
  Answer *got = ask (self, only, detail);
  GPtrArray *domains = g_steal_pointer (&got->domains);

  adopt (self, got);
  if (got->error != NULL)
    g_propagate_error (error, g_steal_pointer (&got->error));
  answer_free (got);
  return domains;
}

char *
vmm_hypervisor_xml (VmmHypervisor *self, const char *uuid, GError **error)
{
  g_autoptr (virDomain) domain = virDomainLookupByUUIDString (self->connection, uuid);
  char *xml = domain != NULL ? virDomainGetXMLDesc (domain, 0) : NULL;
  char *copy = NULL;

  if (xml == NULL)
    set_error (error, "libvirt cannot describe the domain");
  else
    copy = g_strdup (xml);
  free (xml);
  return copy;
}
