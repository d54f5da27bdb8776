/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of actions as -l and -d take it: "deploy, save=tmsave,SNAPSHOT_CREATE".
 * Case does not matter, nor do underscores, so that the protocol's word
 * (snapshotcreate) and the script's name (snapshot_create) mean the same.
 */
#ifndef VMM_ACTIONLIST_H
#define VMM_ACTIONLIST_H

#include <glib.h>

typedef struct _VmmActionList VmmActionList;

/* Entries without a name are left out; each oddity adds a text to warnings (of char *). */
VmmActionList *vmm_action_list_parse (const char *text, GPtrArray *warnings);
void           vmm_action_list_free  (VmmActionList *self);

/* Whether name is in the list; NULL for self is the empty list. */
gboolean vmm_action_list_has (const VmmActionList *self, const char *name);

/* The script that the list gives for name, or NULL when it gives none. */
const char *vmm_action_list_script (const VmmActionList *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmActionList, vmm_action_list_free)

#endif
