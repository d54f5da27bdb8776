/* SPDX-License-Identifier: Apache-2.0
 *
 * A captured request with other values in its fields. Each field that is not KEPT
 * gets a value with a number; words of a command have a number each.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <libxml/tree.h>

#include "hostile.h"
#include "run.h"

/* Puts payload into all fields of run->captured, or into the value of number only,
 * when that is not negative, with a plain word in the others; a payload of NULL is a
 * plain word in all. With all of them, what stands in a name or a command loses what
 * would divide it, and each value ends in its number. Makes what the drivers and
 * deployment files of these names need. The result is run->xml, with run->values
 * and run->kinds. */
void request_compose (Run *run, const char *payload, int only);

/* Puts bytes in the place of the plain word of number n of run->plain; to run->xml. */
void request_put_bytes (Run *run, guint n, const HostileBytes *bytes);

/* The plain word of number n. Free with g_free(). */
char *request_word (guint n);

/* text with each plain word replaced by the value of its number. Free with g_free(). */
char *request_expected (const Run *run, const char *text);

/* The document without its first line. Free with g_free(). */
char *request_dump (xmlDoc *doc);

#endif
