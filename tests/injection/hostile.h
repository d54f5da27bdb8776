/* SPDX-License-Identifier: Apache-2.0
 *
 * The text that is put where data belongs. Whatever takes it for a command makes the
 * canary, an empty file.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <glib.h>

/* Creates the canary wherever a shell reads it, and needs no slash for that: HOME is
 * a directory in which the script's user may write, here and on the host. */
#define HOSTILE_TOUCH "touch ${HOME}CANARY"

/* Until NULL. A shell that pastes the first four runs them: the first between ', the
 * second between ", the others outside of both. The last one is not of the C locale. */
extern const char *const hostile_texts[];

/* Until NULL: names that lead elsewhere when they are part of a path. */
extern const char *const hostile_names[];

/* What no XML can hold, as it would stand in the request. */
typedef struct
{
  const char *text;
  gsize       len;
} HostileBytes;

extern const HostileBytes hostile_bytes[];
extern const gsize        hostile_n_bytes;

/* The texts and the bytes in one. Free with g_byte_array_unref(). */
GByteArray *hostile_file (void);

#endif
