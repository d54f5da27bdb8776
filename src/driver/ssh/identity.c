/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/identity.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fd.h"
#include "driver/ssh/ssh2.h"
#include "driver/ssh/wire.h"

#define MAX_KEY_FILE_BYTES (64 * 1024)

/* From this release on libssh2 signs RSA with SHA-2, as hosts demand today. */
#define LIBSSH2_WITH_RSA_SHA2 0x010b01

const char *const vmm_identity_host_types[] = {
  "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", NULL,
};

gboolean
vmm_identity_type_is_usable (const char *type)
{
  return g_strv_contains (vmm_identity_host_types, type)
         || (strcmp (type, "ssh-rsa") == 0 && vmm_ssh2_load (NULL)
            && libssh2_version (LIBSSH2_WITH_RSA_SHA2) != NULL);
}

char *
vmm_identity_type (const void *blob, gsize len)
{
  g_autoptr (GBytes) type = NULL;
  VmmWireReader reader;

  vmm_wire_reader_init (&reader, blob, blob == NULL ? 0 : len);
  if ((type = vmm_wire_get_string (&reader)) == NULL)
    return g_strdup ("");
  return g_strndup (g_bytes_get_data (type, NULL), g_bytes_get_size (type));
}

char *
vmm_identity_fingerprint (const void *blob, gsize len)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize digest_len = sizeof digest;
  g_autofree char *text = NULL;

  g_checksum_update (sum, blob, len);
  g_checksum_get_digest (sum, digest, &digest_len);
  text = g_base64_encode (digest, digest_len);
  return g_strdup_printf ("SHA256:%.*s", (int) strcspn (text, "="), text);
}

char *
vmm_identity_describe (const void *blob, gsize len)
{
  g_autofree char *type = vmm_identity_type (blob, len);
  g_autofree char *print = vmm_identity_fingerprint (blob, len);

  return g_strdup_printf ("%s %s", type, print);
}

/* ---- files ---- */

/* "openssh-key-v1": cipher, kdf, kdf options, number of keys, public key, ... */
static gboolean
read_openssh (VmmIdentity *self, const char *text, gboolean *encrypted)
{
  static const char magic[] = "openssh-key-v1";
  const char *body = strchr (text, '\n');
  g_autofree guchar *raw = NULL;
  g_autoptr (GBytes) cipher = NULL, kdf = NULL, options = NULL, blob = NULL;
  VmmWireReader reader;
  guint32 keys;
  gsize len;

  if (body == NULL)
    return FALSE;
  raw = g_base64_decode (body, &len);
  if (len < sizeof magic || memcmp (raw, magic, sizeof magic) != 0)
    return FALSE;
  vmm_wire_reader_init (&reader, raw + sizeof magic, len - sizeof magic);
  if ((cipher = vmm_wire_get_string (&reader)) == NULL
      || (kdf = vmm_wire_get_string (&reader)) == NULL
      || (options = vmm_wire_get_string (&reader)) == NULL || !vmm_wire_get_u32 (&reader, &keys)
      || (blob = vmm_wire_get_string (&reader)) == NULL)
    return FALSE;
  *encrypted = g_bytes_get_size (cipher) != 4
               || memcmp (g_bytes_get_data (cipher, NULL), "none", 4) != 0;
  self->blob = g_bytes_unref_to_data (g_steal_pointer (&blob), &self->blob_len);
  return TRUE;
}

/* "TYPE BASE64 COMMENT" */
static void
read_public (VmmIdentity *self)
{
  g_autofree char *path = g_strconcat (self->file, ".pub", NULL);
  g_autofree char *text = vmm_fd_read_file (path, MAX_KEY_FILE_BYTES, NULL, NULL);
  g_auto (GStrv) words = text == NULL ? NULL : g_strsplit_set (text, " \t\n", 3);

  if (words != NULL && words[0] != NULL && words[1] != NULL)
    self->blob = g_base64_decode (words[1], &self->blob_len);
}

static void
set (VmmIdentity *self, VmmIdentityUse use, char *problem)
{
  self->use = use;
  g_free (self->problem);
  self->problem = problem;
}

static void
classify (VmmIdentity *self, const char *text, const struct stat *info)
{
  g_autofree char *certificate = g_strconcat (self->file, "-cert.pub", NULL);
  g_autofree char *type = NULL;
  gboolean encrypted = strstr (text, "ENCRYPTED") != NULL;

  if (!read_openssh (self, text, &encrypted))
    read_public (self);
  if (self->blob != NULL)
    type = vmm_identity_type (self->blob, self->blob_len);
  else if (strstr (text, "BEGIN RSA PRIVATE KEY") != NULL)
    type = g_strdup ("ssh-rsa");

  if (info->st_uid == getuid () && (info->st_mode & 077) != 0)
    set (self, VMM_IDENTITY_BAD, g_strdup_printf ("%s can be read by others (chmod 600 it)",
                                                  self->file));
  else if (access (certificate, R_OK) == 0)
    set (self, VMM_IDENTITY_BEYOND, g_strdup_printf ("%s is a certificate", certificate));
  else if (type != NULL && !vmm_identity_type_is_usable (type))
    set (self, VMM_IDENTITY_BEYOND, g_strdup_printf ("%s is of type %s", self->file, type));
  else if (encrypted)
    set (self, VMM_IDENTITY_AGENT_ONLY, g_strdup_printf ("%s is encrypted (load it into an agent)",
                                                         self->file));
}

static VmmIdentity *
look_at (const char *file)
{
  VmmIdentity *self = g_new0 (VmmIdentity, 1);
  g_autofree char *text = vmm_fd_read_file (file, MAX_KEY_FILE_BYTES, NULL, NULL);
  struct stat info;

  self->file = g_strdup (file);
  if (text != NULL && stat (file, &info) == 0)
    classify (self, text, &info);
  else
    {
      read_public (self);
      set (self, VMM_IDENTITY_AGENT_ONLY, g_strdup_printf ("%s can't be read", file));
    }
  return self;
}

static void
identity_free (gpointer data)
{
  VmmIdentity *self = data;

  g_free (self->file);
  g_free (self->problem);
  g_free (self->blob);
  g_free (self);
}

GPtrArray *
vmm_identity_list (const VmmHostConfig *config)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (identity_free);

  for (char **file = config->identity_files; *file != NULL; file++)
    {
      g_autofree char *public_half = g_strconcat (*file, ".pub", NULL);

      if (access (*file, F_OK) == 0 || access (public_half, F_OK) == 0)
        g_ptr_array_add (list, look_at (*file));
    }
  return list;
}
