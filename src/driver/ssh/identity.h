/* SPDX-License-Identifier: Apache-2.0
 *
 * The private keys that ssh_config names: which of them libssh2 can use, told
 * from the files without asking a host.
 */
#ifndef VMM_SSH_IDENTITY_H
#define VMM_SSH_IDENTITY_H

#include <glib.h>

#include "driver/ssh/hostconfig.h"

typedef enum
{
  VMM_IDENTITY_USABLE,
  VMM_IDENTITY_AGENT_ONLY, /* only its public half is here, or it is encrypted */
  VMM_IDENTITY_BEYOND,     /* only the OpenSSH client can use it */
  VMM_IDENTITY_BAD,        /* nobody can: problem says why */
} VmmIdentityUse;

typedef struct
{
  VmmIdentityUse use;
  char          *file;
  char          *problem; /* in words, unless USABLE */
  guchar        *blob;    /* the public key in wire format, or NULL */
  gsize          blob_len;
} VmmIdentity;

/* The identities of config whose files exist, in order: VmmIdentity *. */
GPtrArray *vmm_identity_list (const VmmHostConfig *config);

/* Whether libssh2 can sign with keys of this type ("ssh-ed25519"). */
gboolean vmm_identity_type_is_usable (const char *type);

/* The key type that a public key in wire format begins with. Free with g_free(). */
char *vmm_identity_type (const void *blob, gsize len);

/* The fingerprint of one, as the OpenSSH tools have it: "SHA256:...". Free with g_free(). */
char *vmm_identity_fingerprint (const void *blob, gsize len);

/* Both: "ssh-ed25519 SHA256:...". Free with g_free(). */
char *vmm_identity_describe (const void *blob, gsize len);

/* All host key types that libssh2 can check, in order of preference. */
extern const char *const vmm_identity_host_types[];

#endif
