/* SPDX-License-Identifier: Apache-2.0
 *
 * A request put together from parts, in the form in which oned of a certain
 * release writes it. See one-vmm-protocol(7).
 */
#ifndef VMM_COMPOSE_H
#define VMM_COMPOSE_H

#include <glib.h>

typedef struct _VmmCompose VmmCompose;

/* A request with empty elements. verb in upper case; release as vmm_release_parse() gives it. */
VmmCompose *vmm_compose_new  (const char *verb, guint release);
void        vmm_compose_free (VmmCompose *self);

/* Reads the <VM> or <DATASTORE> of the request from a file, "-" for standard
 * input. Errors name file, line and column. Before any vmm_compose_set(). */
gboolean vmm_compose_load (VmmCompose *self, const char *element, const char *path,
                           GError **error);

/* Gives the element at path below the root ("VM/TEMPLATE/NIC/MAC") a text. Of
 * several elements with one name the last one is meant; what is missing is made.
 * "DEVICE" stands for the disk or interface that the action is about, which is
 * marked as oned marks it. Fails when path is no path. */
gboolean vmm_compose_set (VmmCompose *self, const char *path, const char *text, GError **error);

/* Makes the element of this name in VM/TEMPLATE whose child holds this text
 * the one that the action is about. */
void vmm_compose_choose (VmmCompose *self, const char *child, const char *text);

/* The text at path, or NULL. Free with g_free(). */
char *vmm_compose_get (VmmCompose *self, const char *path);

/* What oned would have there and nothing has set: the VM's id and host, its
 * history, the marks by which a release is told. driver: "kvm". */
void vmm_compose_complete (VmmCompose *self, const char *driver);

/* The line, without its newline. Free with g_free(). */
char *vmm_compose_line (VmmCompose *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmCompose, vmm_compose_free)

#endif
