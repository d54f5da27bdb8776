/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor: the very commands that the driver would run for a request, with
 * nothing around them: posix_spawn and waitpid, for hosts a bare libssh2 loop on
 * connections that are open.
 */
#ifndef CHAIN_H
#define CHAIN_H

#include "figures.h"

typedef struct
{
  char  **argv;
  char   *remote;  /* the same as a command line for a host; NULL: runs here */
  char   *input;   /* a file */
  GBytes *bytes;   /* its content */
} ChainStep;

/* The scripts of the request line, in order, as the driver with these arguments
 * plans them. ONE_LOCATION tells the driver's configuration, and dir where the
 * inputs are kept. Elements: ChainStep. Free with g_ptr_array_unref(). */
GPtrArray *chain_new (const char *line, const char *arguments, const char *dir);

/* One after the other, here. */
void chain_run_once (const GPtrArray *chain);

/* Connections to 127.0.0.1:port, opened when they are needed and kept. */
typedef struct Bare Bare;

Bare *bare_new  (int port, const char *key);
void  bare_free (Bare *self);

/* As many threads, each with its share of the connections in turn, for so long.
 * bare NULL: the chain has no step for a host. */
Figures chain_run (const GPtrArray *chain, Bare *bare, guint connections, guint at_once,
                   double seconds);

/* Resident memory that one open connection takes, in KiB. */
double bare_memory_kb (Bare *self, guint connections);

#endif
