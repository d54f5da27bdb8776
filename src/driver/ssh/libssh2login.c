/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/libssh2_private.h"

#include <string.h>

#include "common/error.h"
#include "driver/ssh/agent.h"
#include "driver/ssh/identity.h"

typedef struct
{
  VmmLibssh2 *link;
  GPtrArray  *identities; /* of VmmIdentity */
  VmmAgent   *agent;      /* or NULL */
  GPtrArray  *agent_keys; /* of GBytes */
  GString    *tried;      /* for the error message */
  GBytes     *signing;    /* the agent's key that is being tried */
} Login;

static void
note (Login *self, const char *what)
{
  g_string_append_printf (self->tried, "%s%s", self->tried->len > 0 ? ", " : "", what);
}

/* Reads libssh2's verdict: TRUE when we are in; FALSE with error when it makes
 * no sense to go on, without when the next key may do. */
static gboolean
accepted (Login *self, int rc, GError **error)
{
  if (rc == 0)
    return TRUE;
  /* It has the same code for a refusal and for a connection that is gone. */
  if (rc == LIBSSH2_ERROR_EAGAIN || vmm_link_is_alive (&self->link->link))
    return FALSE;
  if (self->tried->len > 0)
    g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT,
                 "the host broke off after the keys %s (see MaxAuthTries there, IdentitiesOnly "
                 "here)", self->tried->str);
  else
    g_set_error_literal (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BUSY, "the connection broke off");
  return FALSE;
}

/* Remembers the key that the host accepted. blob: NULL when only the file is known. */
static void
note_key (Login *self, const char *file, const void *blob, gsize len, const char *where)
{
  g_autofree char *key = blob == NULL ? g_strdup ("") : vmm_identity_describe (blob, len);

  self->link->link.key = g_strdup_printf ("%s%s%s%s", file == NULL ? "" : file,
                                          file == NULL || *key == '\0' ? "" : " ", key, where);
}

/* ---- keys of the agent ---- */

static int
sign (G_GNUC_UNUSED LIBSSH2_SESSION *session, unsigned char **signature,
      size_t *signature_len, const unsigned char *data, size_t len, void **abstract)
{
  Login *self = *abstract;
  g_autoptr (GBytes) made = vmm_agent_sign (self->agent, self->signing, data, len,
                                            &self->link->wait, NULL);

  if (made == NULL)
    return -1;
  *signature_len = g_bytes_get_size (made);
  *signature = vmm_libssh2_alloc (*signature_len, NULL);
  memcpy (*signature, g_bytes_get_data (made, NULL), *signature_len);
  return 0;
}

static gboolean
try_agent_key (Login *self, GBytes *key, const VmmIdentity *identity, GError **error)
{
  gsize len;
  const guchar *blob = g_bytes_get_data (key, &len);
  g_autofree char *type = vmm_identity_type (blob, len);
  void *abstract = self;
  int rc;

  if (!vmm_identity_type_is_usable (type))
    return FALSE;
  self->signing = key;
  VMM_LIBSSH2_AGAIN (self->link, rc,
                     libssh2_userauth_publickey (self->link->session,
                                                 self->link->link.config->user, blob, len, sign,
                                                 &abstract),
                     error);
  if (accepted (self, rc, error))
    {
      note_key (self, identity == NULL ? NULL : identity->file, blob, len, " of the agent");
      return TRUE;
    }
  note (self, "one of the agent");
  return FALSE;
}

static const VmmIdentity *
identity_of (Login *self, GBytes *key)
{
  gsize len;
  const void *blob = g_bytes_get_data (key, &len);

  for (guint i = 0; i < self->identities->len; i++)
    {
      const VmmIdentity *identity = self->identities->pdata[i];

      if (identity->blob_len == len && memcmp (identity->blob, blob, len) == 0)
        return identity;
    }
  return NULL;
}

/* The client's order: keys that are named in the configuration first. */
static gboolean
try_agent (Login *self, gboolean named, GError **error)
{
  GError *local = NULL;

  for (guint i = 0; self->agent_keys != NULL && i < self->agent_keys->len; i++)
    {
      GBytes *key = self->agent_keys->pdata[i];
      const VmmIdentity *identity = identity_of (self, key);

      if ((identity != NULL) != named)
        continue;
      if (try_agent_key (self, key, identity, &local))
        return TRUE;
      if (local != NULL)
        {
          g_propagate_error (error, local);
          return FALSE;
        }
    }
  return FALSE;
}

static void
open_agent (Login *self)
{
  const char *path = self->link->link.config->agent;

  /* An agent that hangs must not use up the time for the keys in files. */
  VmmWait wait = vmm_wait_at_most (&self->link->wait, 2000);

  if (path == NULL || (self->agent = vmm_agent_open (path, &wait, NULL)) == NULL)
    return;
  self->agent_keys = vmm_agent_list (self->agent, &wait, NULL);
}

/* ---- keys in files ---- */

static gboolean
in_agent (Login *self, const VmmIdentity *identity)
{
  for (guint i = 0; self->agent_keys != NULL && i < self->agent_keys->len; i++)
    if (identity_of (self, self->agent_keys->pdata[i]) == identity)
      return TRUE;
  return FALSE;
}

static gboolean
try_files (Login *self, GError **error)
{
  GError *local = NULL;

  for (guint i = 0; i < self->identities->len; i++)
    {
      const VmmIdentity *identity = self->identities->pdata[i];
      int rc;

      if (identity->use != VMM_IDENTITY_USABLE || in_agent (self, identity))
        continue;
      VMM_LIBSSH2_AGAIN (self->link, rc,
                         libssh2_userauth_publickey_fromfile_ex
                           (self->link->session, self->link->link.config->user,
                            (unsigned int) strlen (self->link->link.config->user), NULL,
                            identity->file, NULL),
                         &local);
      if (accepted (self, rc, local == NULL ? &local : NULL))
        {
          note_key (self, identity->file, identity->blob, identity->blob_len, "");
          return TRUE;
        }
      note (self, identity->file);
      if (local != NULL)
        {
          g_propagate_error (error, local);
          return FALSE;
        }
    }
  return FALSE;
}

/* ---- the whole ---- */

static const char *
beyond (Login *self)
{
  for (guint i = 0; i < self->identities->len; i++)
    {
      const VmmIdentity *identity = self->identities->pdata[i];

      if (identity->use == VMM_IDENTITY_BEYOND)
        return identity->problem;
    }
  for (guint i = 0; self->agent_keys != NULL && i < self->agent_keys->len; i++)
    {
      gsize len;
      const void *blob = g_bytes_get_data (self->agent_keys->pdata[i], &len);
      g_autofree char *type = vmm_identity_type (blob, len);

      if (!vmm_identity_type_is_usable (type))
        return "the agent has keys of types that libssh2 can't use";
    }
  return NULL;
}

static void
set_refused (Login *self, GError **error)
{
  const VmmHostConfig *config = self->link->link.config;
  g_autoptr (GString) problems = g_string_new (NULL);

  if (beyond (self) != NULL)
    {
      g_set_error (error, VMM_LINK_ERROR, VMM_LINK_ERROR_BEYOND, "%s", beyond (self));
      return;
    }
  for (guint i = 0; i < self->identities->len; i++)
    {
      const VmmIdentity *identity = self->identities->pdata[i];

      if (identity->problem != NULL)
        g_string_append_printf (problems, "; %s", identity->problem);
    }
  g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT,
               "login as %s refused; keys tried: %s%s. A public key of this user must be in "
               "authorized_keys of %s there", config->user,
               self->tried->len > 0 ? self->tried->str : "none", problems->str, config->user);
}

gboolean
vmm_libssh2_login (VmmLibssh2 *link, GError **error)
{
  Login self = { .link = link };
  GError *local = NULL;
  gboolean done;

  self.identities = vmm_identity_list (link->link.config);
  self.tried = g_string_new (NULL);
  open_agent (&self);
  done = try_agent (&self, TRUE, &local)
         || (local == NULL && !link->link.config->identities_only
             && try_agent (&self, FALSE, &local))
         || (local == NULL && try_files (&self, &local));
  if (local != NULL)
    g_propagate_prefixed_error (error, local, "login as %s: ", link->link.config->user);
  else if (!done)
    set_refused (&self, error);

  vmm_agent_close (self.agent);
  g_clear_pointer (&self.agent_keys, g_ptr_array_unref);
  g_ptr_array_unref (self.identities);
  g_string_free (self.tried, TRUE);
  return done;
}
