/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/ssh2.h"

#include <dlfcn.h>
#include <pthread.h>

#include "driver/ssh/link.h"

#define LIBRARY "libssh2.so.1"

VmmSsh2 vmm_ssh2;

/* NULL when all is well, else what is not. */
static const char *
load (void)
{
  /* It stays loaded: cryptography does not like to be taken away. */
  void *library = dlopen (LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

  if (library == NULL)
    return dlerror ();
#define LOOK_UP(name) \
  if ((*(void **) &vmm_ssh2.name = dlsym (library, "libssh2_" #name)) == NULL) \
    return dlerror ();
  VMM_SSH2_FUNCTIONS (LOOK_UP)
#undef LOOK_UP
  return libssh2_init (0) == 0 ? NULL : LIBRARY ": cannot be initialised";
}

static char *problem;

static void
load_once (void)
{
  problem = g_strdup (load ());
}

gboolean
vmm_ssh2_load (GError **error)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once (&once, load_once);
  if (problem != NULL)
    g_set_error (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BEYOND, "%s", problem);
  return problem == NULL;
}
