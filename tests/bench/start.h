/* SPDX-License-Identifier: Apache-2.0 */
#ifndef START_H
#define START_H

#include <glib.h>
#include <sys/types.h>

/* A program that was asked INIT, and has answered. */
typedef struct
{
  pid_t  pid;
  int    in, out; /* what it reads and writes */
  double ms;      /* from its start to the answer */
} Started;

/* It gets one argument. */
Started start_program (const char *path, const char *argument);

/* Ends its input and waits for it. */
void start_end (Started *self);

/* From the start to the end of a program that does nothing. */
double start_true_ms (void);

#endif
