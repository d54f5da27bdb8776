/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/actionlist.h"

#include <string.h>

struct _VmmActionList
{
  GHashTable *scripts; /* normalised name -> script name or "" */
};

/* What -l can mean: the scripts of vmm drivers and the steps of vnm drivers. */
static const char *const known[] = {
  "attachdisk", "attachnic", "backup", "cancel", "clean", "cleanup", "deploy", "detachdisk",
  "detachnic", "disksnapshotcreate", "disksnapshotrevert", "exec", "execcancel", "migrate",
  "migratelocal", "poll", "post", "pre", "prereconfigure", "reboot", "reconfigure", "reset",
  "resize", "resizedisk", "restore", "save", "shutdown", "snapshotcreate", "snapshotdelete",
  "snapshotrevert", "updateconf", "updatenic", "updatesg", NULL
};

static char *
normalise (const char *name)
{
  GString *out = g_string_new (NULL);

  for (; *name != '\0'; name++)
    if (*name != '_')
      g_string_append_c (out, g_ascii_tolower (*name));
  return g_string_free (out, FALSE);
}

static gboolean
is_script_name (const char *script)
{
  return strchr (script, '/') == NULL && !g_str_equal (script, ".") && !g_str_equal (script, "..");
}

static void
add_entry (VmmActionList *self, char *entry, GPtrArray *warnings)
{
  char *equals = strchr (entry, '=');
  const char *script = "";
  g_autofree char *name = NULL;

  if (equals != NULL)
    {
      *equals = '\0';
      script = g_strstrip (equals + 1);
    }
  name = normalise (g_strstrip (entry));
  if (*name == '\0')
    {
      if (*script != '\0')
        g_ptr_array_add (warnings, g_strdup_printf ("action list: '=%s' has no action", script));
      return;
    }
  if (!g_strv_contains (known, name))
    g_ptr_array_add (warnings, g_strdup_printf ("action list: unknown action '%s'", entry));
  if (!is_script_name (script))
    {
      g_ptr_array_add (warnings, g_strdup_printf ("action list: '%s' is not the name of a script "
                                                  "in the driver's directory; using '%s'",
                                                  script, entry));
      script = "";
    }
  g_hash_table_replace (self->scripts, g_steal_pointer (&name), g_strdup (script));
}

VmmActionList *
vmm_action_list_parse (const char *text, GPtrArray *warnings)
{
  VmmActionList *self = g_new0 (VmmActionList, 1);
  g_auto (GStrv) entries = g_strsplit (text, ",", -1);

  self->scripts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (char **entry = entries; *entry != NULL; entry++)
    add_entry (self, *entry, warnings);
  return self;
}

void
vmm_action_list_free (VmmActionList *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->scripts);
  g_free (self);
}

static const char *
look_up (const VmmActionList *self, const char *name)
{
  g_autofree char *key = normalise (name);

  return self == NULL ? NULL : g_hash_table_lookup (self->scripts, key);
}

gboolean
vmm_action_list_has (const VmmActionList *self, const char *name)
{
  return look_up (self, name) != NULL;
}

const char *
vmm_action_list_script (const VmmActionList *self, const char *name)
{
  const char *script = look_up (self, name);

  return script == NULL || *script == '\0' ? NULL : script;
}
