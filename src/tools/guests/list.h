/* SPDX-License-Identifier: Apache-2.0
 *
 * Which guests run, and in which order they are dealt with.
 */
#ifndef GUESTS_LIST_H
#define GUESTS_LIST_H

#include "tools/guests/config.h"
#include "tools/guests/state.h"

#include <libvirt/libvirt.h>

/* The namespace of the metadata element whose text is a guest's number for
 * ORDER=metadata: <order xmlns="urn:one-guests:order">10</order> */
#define GUESTS_LIST_ORDER_NAMESPACE "urn:one-guests:order"

/* Blocks. The guests that run, Domain-0 left out; transient ones with their XML.
 * NULL: see guests_link_reason(). */
GPtrArray *guests_list_running (virConnectPtr conn, const char *uri, GuestsOrder order);

/* Puts entries into the order in which guests are stopped. one-2 comes before one-10,
 * and a guest without a number in its metadata after those with one. */
void guests_list_sort (GPtrArray *entries, GuestsOrder order);

/* The number in a metadata element, or G_MAXINT64 for NULL and anything else. */
gint64 guests_list_parse_order (const char *element);

#endif
