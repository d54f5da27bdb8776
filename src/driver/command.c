/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/command.h"

VmmCommand *
vmm_command_new (char *host, char **argv, GBytes *input, GPtrArray *files)
{
  VmmCommand *self = g_new0 (VmmCommand, 1);

  self->host = host;
  self->argv = argv;
  self->input = input;
  self->files = files;
  return self;
}

void
vmm_command_free (VmmCommand *self)
{
  if (self == NULL)
    return;
  g_free (self->host);
  g_strfreev (self->argv);
  g_clear_pointer (&self->input, g_bytes_unref);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_free (self);
}

VmmFile *
vmm_file_new (const char *path, GBytes *data)
{
  VmmFile *self = g_new0 (VmmFile, 1);

  self->path = g_strdup (path);
  self->data = g_bytes_ref (data);
  return self;
}

void
vmm_file_free (VmmFile *self)
{
  g_free (self->path);
  g_bytes_unref (self->data);
  g_free (self);
}
