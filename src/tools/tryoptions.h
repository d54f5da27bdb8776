/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line of one_vmm_try.
 */
#ifndef VMM_TRYOPTIONS_H
#define VMM_TRYOPTIONS_H

#include "driver/config.h"

typedef enum
{
  VMM_TRY_SEND,
  VMM_TRY_PLAN,   /* say what would be run */
  VMM_TRY_DECODE, /* print captured lines */
  VMM_TRY_HELP,   /* text is to be printed */
} VmmTryMode;

typedef struct
{
  VmmTryMode mode;
  char      *text;
  gboolean   verbose;
  char      *lines;    /* the file to replay or decode, "-" for standard input; else NULL */
  char      *driver;   /* "kvm" */
  char      *verb;     /* the action in upper case; NULL when lines is set */
  char     **argv;     /* of the driver, its program first */
  guint      limit_s;  /* for one answer */
  guint      release;  /* the form of the request; 0: not given */
  char     **fields;   /* "PATH=TEXT" of the request, in order */
  char      *file;     /* the deployment file, or NULL */
  char      *vm;       /* files with <VM> and <DATASTORE>, or NULL */
  char      *datastore;
} VmmTryOptions;

/* NULL with an error for people when it is no good. */
VmmTryOptions *vmm_try_options_parse (int argc, char **argv, GError **error);
void           vmm_try_options_free  (VmmTryOptions *self);

/* The line of the request that the options describe. file: what stands in for
 * self->file. Free with g_free(). */
char *vmm_try_options_compose (const VmmTryOptions *self, guint release, const char *file,
                               GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VmmTryOptions, vmm_try_options_free)

#endif
