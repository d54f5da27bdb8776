/* SPDX-License-Identifier: Apache-2.0
 *
 * Where each value of a request arrives. It is sent with plain words first, and the
 * calls that come of it are the template: with other values there must be the same
 * calls with those values in the same places, byte for byte.
 */
#ifndef CALLS_H
#define CALLS_H

#include "run.h"

/* Sends the captured request of verb with plain words, to run->plain and run->template. */
void calls_learn (Run *run, const char *verb);

/* That the calls since the last request are those of the template, with run->values. */
void calls_check (const Run *run);

/* That there were none. */
void calls_check_none (const Run *run);

/* Whether the value of number n is part of the path of a script. */
gboolean calls_in_path (const Run *run, guint n);

/* "/script 3": the first place, from 0, where it is an argument or in one; or NULL. Free
 * with g_free(). */
char *calls_argument (const Run *run, guint n);

/* The XML that data is, as it stands or in base64; else NULL. Free with g_free(). */
char *calls_xml_of (const char *data);

#endif
