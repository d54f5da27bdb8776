/* SPDX-License-Identifier: Apache-2.0
 *
 * All that the program tells. Lines for people and the journal; on a terminal
 * the last line may be a progress line that the next one replaces. Every line is
 * made fit to print first, whatever a guest is called. Main thread only.
 */
#ifndef GUESTS_SAY_H
#define GUESTS_SAY_H

#include <glib.h>

/* Looks at standard output once; call first. */
void guests_say_init (void);

void guests_say (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* To standard error. */
void guests_say_error (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* On a terminal: replaces the progress line. Elsewhere: a plain line, but only
 * when *said_us (0: never) is five seconds ago or more; updates *said_us. */
void guests_say_progress (gint64 *said_us, const char *format, ...) G_GNUC_PRINTF (2, 3);

#endif
