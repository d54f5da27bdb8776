/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/linkpool.h"

#include <string.h>

#include "common/error.h"

/* One more try for a host whose sshd may just be restarting. */
#define DOWN_TRIES 2
#define DOWN_PAUSE_MS 250

/* How often a host that breaks off before the login is tried, and the first
 * and longest pause between (sshd drops connections at random when busy). */
#define BUSY_TRIES 10
#define BUSY_PAUSE_MS 40
#define BUSY_PAUSE_MAX_MS 1000

/* For how long a host that did so is connected to one by one. */
#define BUSY_FOR_MS 10000

struct _VmmLinkPool
{
  const VmmConfig *config;
  VmmLinkPoolOpen      open;
  gpointer         user_data;
  GMutex           mutex;
  GHashTable      *hosts;   /* name -> Host; mutex */
  GHashTable      *targets; /* sshd -> Target; mutex */
  GQueue           idle;    /* of VmmLink, through node, longest unused first; mutex */
  GQueue           busy;    /* of VmmLink that belong to callers; mutex */
  GThread         *reaper;  /* mutex */
  gboolean         asleep;  /* the reaper, until it is told of something; mutex */
  gboolean         stop;    /* mutex */
  GCond            changed; /* idle or stop */
};

/* What is being opened to one sshd. */
typedef struct
{
  VmmGate *several;       /* while all goes well */
  VmmGate *one_by_one;    /* those that it broke off, until it has let them in */
  gint64   busy_until_us; /* mutex */
} Target;

/* One host and what became of links to it. All but the gate: mutex. */
typedef struct
{
  VmmGate *gate;    /* of the links in use */
  Target  *target;  /* where the last one was opened to, or NULL */
  guint    opening;
  guint64  opened, reused, broken, failed;
} Host;

static void
host_free (gpointer data)
{
  Host *host = data;

  vmm_gate_free (host->gate);
  g_free (host);
}

static void
target_free (gpointer data)
{
  Target *target = data;

  vmm_gate_free (target->several);
  vmm_gate_free (target->one_by_one);
  g_free (target);
}

VmmLinkPool *
vmm_linkpool_new (const VmmConfig *config, VmmLinkPoolOpen open, gpointer user_data)
{
  VmmLinkPool *self = g_new0 (VmmLinkPool, 1);

  self->config = config;
  self->open = open;
  self->user_data = user_data;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  g_queue_init (&self->idle);
  g_queue_init (&self->busy);
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, host_free);
  self->targets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, target_free);
  return self;
}

static void
close_all (GQueue *links)
{
  GList *node;

  while ((node = g_queue_pop_head_link (links)) != NULL)
    vmm_link_close (node->data);
}

void
vmm_linkpool_free (VmmLinkPool *self)
{
  if (self == NULL)
    return;
  g_mutex_lock (&self->mutex);
  self->stop = TRUE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
  if (self->reaper != NULL)
    g_thread_join (self->reaper);
  close_all (&self->idle);
  g_hash_table_unref (self->hosts);
  g_hash_table_unref (self->targets);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static Host *
find_host (VmmLinkPool *self, const VmmHostConfig *config)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Host *host = g_hash_table_lookup (self->hosts, config->name);

  if (host == NULL)
    {
      host = g_new0 (Host, 1);
      host->gate = vmm_gate_new (self->config->ssh_per_host_max);
      g_hash_table_insert (self->hosts, g_strdup (config->name), host);
    }
  return host;
}

static Target *
find_target (VmmLinkPool *self, Host *host, const VmmHostConfig *config)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Target *target = g_hash_table_lookup (self->targets, config->target);

  if (target == NULL)
    {
      target = g_new0 (Target, 1);
      target->several = vmm_gate_new (self->config->ssh_connecting_max);
      target->one_by_one = vmm_gate_new (1);
      g_hash_table_insert (self->targets, g_strdup (config->target), target);
    }
  host->target = target;
  return target;
}

/* ---- unused links ---- */

/* Must hold the mutex. Moves those to closing that are unused for too long or
 * beyond the number allowed. Returns when the next one will be, or 0. */
static gint64
take_expired (VmmLinkPool *self, GQueue *closing)
{
  gint64 limit_us = (gint64) self->config->ssh_idle_s * G_USEC_PER_SEC;
  VmmLink *oldest;

  while ((oldest = g_queue_peek_head (&self->idle)) != NULL)
    {
      if (self->idle.length <= self->config->ssh_idle_max
          && oldest->since_us + limit_us > g_get_monotonic_time ())
        return oldest->since_us + limit_us;
      g_queue_push_tail_link (closing, g_queue_pop_head_link (&self->idle));
    }
  return 0;
}

static gpointer
reaper_thread (gpointer data)
{
  VmmLinkPool *self = data;
  GQueue closing = G_QUEUE_INIT;

  g_mutex_lock (&self->mutex);
  while (!self->stop)
    {
      gint64 next_us = take_expired (self, &closing);

      if (closing.length > 0)
        {
          g_mutex_unlock (&self->mutex);
          close_all (&closing);
          g_mutex_lock (&self->mutex);
        }
      else if (next_us > 0)
        g_cond_wait_until (&self->changed, &self->mutex, next_us);
      else
        {
          self->asleep = TRUE;
          g_cond_wait (&self->changed, &self->mutex);
        }
    }
  g_mutex_unlock (&self->mutex);
  return NULL;
}

/* Moves unused links of the host to out: the one used last, or all of them. */
static void
take_idle (VmmLinkPool *self, const VmmHostConfig *config, VmmLinkKind kind, gboolean all,
           GQueue *out)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  for (GList *at = self->idle.tail, *before; at != NULL; at = before)
    {
      VmmLink *link = at->data;

      before = at->prev;
      if (link->kind != kind || strcmp (link->config->name, config->name) != 0)
        continue;
      g_queue_unlink (&self->idle, at);
      g_queue_push_tail_link (out, at);
      if (!all)
        return;
    }
}

static void
count (VmmLinkPool *self, guint64 *counter)
{
  g_mutex_lock (&self->mutex);
  (*counter)++;
  g_mutex_unlock (&self->mutex);
}

/* One that is still good, or NULL. */
static VmmLink *
take_good (VmmLinkPool *self, Host *host, const VmmHostConfig *config, VmmLinkKind kind)
{
  for (;;)
    {
      GQueue found = G_QUEUE_INIT;
      GList *node;
      VmmLink *link;

      take_idle (self, config, kind, FALSE, &found);
      if ((node = g_queue_pop_head_link (&found)) == NULL)
        return NULL;
      link = node->data;
      if (link->config == config && vmm_link_is_alive (link))
        return link;
      if (link->config == config)
        count (self, &host->broken);
      vmm_link_close (link);
    }
}

/* ---- new links ---- */

static gboolean
is_busy (VmmLinkPool *self, const Target *target)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  return g_get_monotonic_time () < target->busy_until_us;
}

static void
note_busy (VmmLinkPool *self, Target *target, const GError *error)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  if (g_error_matches (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BUSY))
    target->busy_until_us = g_get_monotonic_time () + BUSY_FOR_MS * 1000;
}

/* How long to pause before try number tries + 1; 0: don't. */
static guint
pause_after (const GError *error, guint tries)
{
  guint pause_ms = MIN (BUSY_PAUSE_MS << tries, BUSY_PAUSE_MAX_MS);

  if (g_error_matches (error, VMM_LINK_ERROR, VMM_LINK_ERROR_DOWN))
    return tries < DOWN_TRIES ? DOWN_PAUSE_MS : 0;
  if (g_error_matches (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BUSY) && tries < BUSY_TRIES)
    return (guint) g_random_int_range ((gint32) pause_ms / 2, (gint32) pause_ms);
  return 0;
}

/* Keeps trying as long as that makes sense. */
static VmmLink *
try_again (VmmLinkPool *self, VmmHostConfig *config, VmmLinkKind kind, const VmmWait *wait,
           GError **error)
{
  VmmLink *link = NULL;

  for (guint tries = 1; link == NULL; tries++)
    {
      guint pause_ms = *error == NULL ? 0 : pause_after (*error, tries);

      if (*error != NULL && (pause_ms == 0 || !vmm_wait_sleep (wait, pause_ms, NULL)))
        break;
      g_clear_error (error);
      link = self->open (config, kind, wait, self->user_data, error);
    }
  return link;
}

/* Several at a time to begin with; where the host breaks off, one by one. */
static VmmLink *
open_paced (VmmLinkPool *self, Host *host, VmmHostConfig *config, VmmLinkKind kind,
            const VmmWait *wait, GError **error)
{
  Target *target = find_target (self, host, config);
  VmmLink *link = NULL;

  if (!is_busy (self, target))
    {
      if (!vmm_gate_enter (target->several, wait, error))
        return NULL;
      link = self->open (config, kind, wait, self->user_data, error);
      note_busy (self, target, *error);
      vmm_gate_leave (target->several);
      if (link != NULL || (*error)->domain != VMM_LINK_ERROR
          || (*error)->code == VMM_LINK_ERROR_BEYOND)
        return link;
    }
  if (!vmm_gate_enter (target->one_by_one, wait, *error == NULL ? error : NULL))
    return NULL;
  link = try_again (self, config, kind, wait, error);
  note_busy (self, target, *error);
  vmm_gate_leave (target->one_by_one);
  return link;
}

static VmmLink *
open_limited (VmmLinkPool *self, Host *host, VmmHostConfig *config, VmmLinkKind kind,
              const VmmWait *wait, GError **error)
{
  guint limit_s = config->connect_timeout_s > 0 ? config->connect_timeout_s
                                                : self->config->ssh_connect_timeout_s;
  VmmWait limited = vmm_wait_at_most (wait, limit_s * 1000);
  GError *local = NULL;
  VmmLink *link = open_paced (self, host, config, kind, &limited, &local);

  if (local != NULL && g_error_matches (local, VMM_ERROR, VMM_ERROR_TIMED_OUT)
      && limited.deadline_us < wait->deadline_us)
    g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s (%u s for connecting)", local->message,
                 limit_s);
  else if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  g_clear_error (&local);
  return link;
}

static VmmLink *
open_new (VmmLinkPool *self, Host *host, VmmHostConfig *config, VmmLinkKind kind,
          const VmmWait *wait, GError **error)
{
  VmmLink *link;

  g_mutex_lock (&self->mutex);
  host->opening++;
  g_mutex_unlock (&self->mutex);
  link = open_limited (self, host, config, kind, wait, error);
  if (link != NULL)
    link->opened_us = g_get_monotonic_time ();
  g_mutex_lock (&self->mutex);
  host->opening--;
  (*(link != NULL ? &host->opened : &host->failed))++;
  g_mutex_unlock (&self->mutex);
  return link;
}

VmmLink *
vmm_linkpool_take (VmmLinkPool *self, VmmHostConfig *config, VmmLinkKind kind, gboolean fresh,
                   const VmmWait *wait, GError **error)
{
  Host *host = find_host (self, config);
  VmmLink *link = NULL;

  if (!vmm_gate_enter (host->gate, wait, error))
    {
      g_prefix_error (error, "waiting for other actions on the host: ");
      return NULL;
    }
  if (fresh)
    {
      GQueue suspect = G_QUEUE_INIT;

      take_idle (self, config, kind, TRUE, &suspect);
      close_all (&suspect);
    }
  else if ((link = take_good (self, host, config, kind)) != NULL)
    count (self, &host->reused);
  if (link == NULL)
    link = open_new (self, host, config, kind, wait, error);
  if (link == NULL)
    {
      vmm_gate_leave (host->gate);
      return NULL;
    }
  g_mutex_lock (&self->mutex);
  link->since_us = g_get_monotonic_time ();
  g_queue_push_tail_link (&self->busy, &link->node);
  g_mutex_unlock (&self->mutex);
  return link;
}

VmmLink *
vmm_linkpool_take_urgent (VmmLinkPool *self, VmmHostConfig *config, VmmLinkKind kind,
                          const VmmWait *wait, GError **error)
{
  VmmLink *link = take_good (self, find_host (self, config), config, kind);

  return link != NULL ? link : self->open (config, kind, wait, self->user_data, error);
}

void
vmm_linkpool_put (VmmLinkPool *self, VmmLink *link)
{
  Host *host = find_host (self, link->config);

  g_mutex_lock (&self->mutex);
  link->since_us = g_get_monotonic_time ();
  g_queue_unlink (&self->busy, &link->node);
  g_queue_push_tail_link (&self->idle, &link->node);
  /* Where there is no thread to be had, the next link that is put back brings it. */
  if (self->reaper == NULL)
    self->reaper = g_thread_try_new ("ssh-idle", reaper_thread, self, NULL);
  if (self->asleep || self->idle.length > self->config->ssh_idle_max)
    {
      self->asleep = FALSE;
      g_cond_signal (&self->changed);
    }
  g_mutex_unlock (&self->mutex);
  vmm_gate_leave (host->gate);
}

void
vmm_linkpool_drop (VmmLinkPool *self, VmmLink *link)
{
  Host *host = find_host (self, link->config);

  g_mutex_lock (&self->mutex);
  g_queue_unlink (&self->busy, &link->node);
  host->broken++;
  g_mutex_unlock (&self->mutex);
  vmm_link_close (link);
  vmm_gate_leave (host->gate);
}

/* ---- looking from outside ---- */

static void
connection_free (gpointer data)
{
  VmmConnection *connection = data;

  g_free (connection->key);
  g_free (connection->host_key);
  g_free (connection);
}

static void
host_connections_free (gpointer data)
{
  VmmHostConnections *view = data;

  g_free (view->host);
  g_ptr_array_unref (view->open);
  g_free (view);
}

static VmmHostConnections *
view_host (const char *name, const Host *host, gint64 now_us)
{
  VmmHostConnections *view = g_new0 (VmmHostConnections, 1);

  view->host = g_strdup (name);
  view->open = g_ptr_array_new_with_free_func (connection_free);
  view->opening = host->opening;
  if (host->target != NULL && host->target->busy_until_us > now_us)
    view->slowed_us = host->target->busy_until_us - now_us;
  view->opened = host->opened;
  view->reused = host->reused;
  view->broken = host->broken;
  view->failed = host->failed;
  return view;
}

static void
view_links (const GQueue *links, gboolean used, gint64 now_us, GHashTable *views)
{
  for (const GList *at = links->head; at != NULL; at = at->next)
    {
      const VmmLink *link = at->data;
      VmmHostConnections *host = g_hash_table_lookup (views, link->config->name);
      VmmConnection *view = g_new0 (VmmConnection, 1);

      view->transport = vmm_link_kind_name (link->kind);
      view->used = used;
      view->open_us = now_us - link->opened_us;
      view->since_us = now_us - link->since_us;
      view->key = g_strdup (link->key);
      view->host_key = g_strdup (link->host_key);
      g_ptr_array_add (host->open, view);
    }
}

static int
oldest_first (gconstpointer a, gconstpointer b)
{
  gint64 x = (*(VmmConnection *const *) a)->open_us, y = (*(VmmConnection *const *) b)->open_us;

  return x < y ? 1 : x > y ? -1 : 0;
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(VmmHostConnections *const *) a)->host,
                 (*(VmmHostConnections *const *) b)->host);
}

GPtrArray *
vmm_linkpool_look (VmmLinkPool *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (host_connections_free);
  g_autoptr (GHashTable) views = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer name, host;
  gint64 now_us;

  g_mutex_lock (&self->mutex);
  now_us = g_get_monotonic_time ();
  g_hash_table_iter_init (&iter, self->hosts);
  while (g_hash_table_iter_next (&iter, &name, &host))
    {
      VmmHostConnections *view = view_host (name, host, now_us);

      g_ptr_array_add (list, view);
      g_hash_table_insert (views, view->host, view);
    }
  view_links (&self->busy, TRUE, now_us, views);
  view_links (&self->idle, FALSE, now_us, views);
  g_mutex_unlock (&self->mutex);
  g_ptr_array_sort (list, by_name);
  for (guint i = 0; i < list->len; i++)
    g_ptr_array_sort (((VmmHostConnections *) list->pdata[i])->open, oldest_first);
  return list;
}
