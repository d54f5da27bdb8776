/* SPDX-License-Identifier: Apache-2.0
 *
 * One script to run: what a plan is made of and what a transport runs. Nothing
 * here says how; a command for a host differs from a local one by its host only.
 */
#ifndef VMM_COMMAND_H
#define VMM_COMMAND_H

#include <glib.h>

/* A file that has to stand there, with its directory, before the script starts. */
typedef struct
{
  char   *path; /* absolute, on the machine where the script runs */
  GBytes *data;
} VmmFile;

typedef struct
{
  char      *host;          /* as oned names it; NULL: this machine */
  char     **argv;          /* argv[0]: the script's absolute path on that machine */
  GBytes    *input;         /* standard input, possibly empty; never NULL */
  GPtrArray *files;         /* of VmmFile *, or NULL */
  gboolean   forward_agent; /* lend the host our SSH agent */
} VmmCommand;

/* Takes all it is given, NULL for files included. */
VmmCommand *vmm_command_new  (char *host, char **argv, GBytes *input, GPtrArray *files);
void        vmm_command_free (VmmCommand *self);

VmmFile *vmm_file_new  (const char *path, GBytes *data);
void     vmm_file_free (VmmFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmCommand, vmm_command_free)

#endif
