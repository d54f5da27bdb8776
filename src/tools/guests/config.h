/* SPDX-License-Identifier: Apache-2.0
 *
 * What the administrator wants: the variables of the stock service's defaults
 * file, and ours. The file is made of shell assignments but no shell reads it:
 * quotes, backslashes, comments and `export` are understood, `$` and backticks
 * are plain characters.
 */
#ifndef GUESTS_CONFIG_H
#define GUESTS_CONFIG_H

#include <glib.h>

typedef enum
{
  GUESTS_PERSISTENT_DEFAULT, /* shutdown acts on all guests, suspend on persistent ones */
  GUESTS_PERSISTENT_TRUE,    /* transient guests are left alone */
  GUESTS_PERSISTENT_FALSE,   /* all guests are acted upon */
} GuestsPersistent;

typedef enum
{
  GUESTS_ORDER_NONE, /* as libvirt lists them */
  GUESTS_ORDER_NAME,
  GUESTS_ORDER_METADATA,
} GuestsOrder;

typedef struct
{
  char **uris;                /* URIS; "default" is libvirt's own choice */
  gboolean start_on_boot;     /* ON_BOOT=start */
  gint64 start_delay;         /* START_DELAY, seconds */
  gboolean suspend;           /* ON_SHUTDOWN=suspend */
  gint64 parallel_shutdown;   /* PARALLEL_SHUTDOWN; below 2: one after the other */
  gint64 shutdown_timeout;    /* SHUTDOWN_TIMEOUT, seconds; 0: none; stop refuses a negative one */
  gboolean bypass_cache;      /* BYPASS_CACHE */
  gboolean sync_time;         /* SYNC_TIME */
  GuestsPersistent persistent; /* PERSISTENT_ONLY */

  /* Beyond the stock service. */
  gint64 parallel_suspend;    /* PARALLEL_SUSPEND; below 2: one after the other */
  gint64 suspend_timeout;     /* SUSPEND_TIMEOUT, seconds per guest; 0: none */
  gboolean destroy;           /* ON_TIMEOUT=destroy */
  GuestsOrder order;          /* ORDER */
  gboolean keep_list;         /* KEEP_LIST */
  gint64 connect_timeout;     /* CONNECT_TIMEOUT, seconds, at least 1 */
} GuestsConfig;

/* Reads path; a file that is not there leaves the defaults. NULL with
 * VMM_ERROR_INVALID or VMM_ERROR_SYSTEM for a file that cannot be read, a quote
 * that does not end or a value that a variable does not take: guessing what to
 * do with guests is worse than saying so. Free with guests_config_free(). */
GuestsConfig *guests_config_load (const char *path, GError **error);

/* The same from text; name is what messages call it. */
GuestsConfig *guests_config_parse (const char *text, const char *name, GError **error);

void guests_config_free (GuestsConfig *config);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuestsConfig, guests_config_free)

#endif
