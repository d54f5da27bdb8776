/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/knownhosts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "driver/ssh/identity.h"

#define MAX_FILE_BYTES (16 * 1024 * 1024)
#define SALT_BYTES 20

typedef enum
{
  LINE_KEY,
  LINE_AUTHORITY,
  LINE_REVOKED,
} LineKind;

typedef struct
{
  LineKind kind;
  char    *file;
  guint    number;
  char    *type;
  guchar  *key;
  gsize    key_len;
} Line;

struct _VmmKnownHosts
{
  const VmmHostConfig *config;
  char                *name;  /* as it stands in the files */
  GPtrArray           *lines; /* of Line */
};

/* Two threads that meet the same new host add its key once. */
static GMutex add_mutex;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->file);
  g_free (line->type);
  g_free (line->key);
  g_free (line);
}

/* ---- names ---- */

/* "|1|SALT|HASH": an HMAC-SHA1 of the name. */
static gboolean
hashed_matches (const char *pattern, const char *name)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "|", -1);
  g_autoptr (GHmac) hmac = NULL;
  g_autofree guchar *salt = NULL, *hash = NULL;
  guchar digest[SALT_BYTES];
  gsize salt_len, hash_len, digest_len = sizeof digest;

  if (g_strv_length (parts) != 4 || strcmp (parts[1], "1") != 0)
    return FALSE;
  salt = g_base64_decode (parts[2], &salt_len);
  hash = g_base64_decode (parts[3], &hash_len);
  hmac = g_hmac_new (G_CHECKSUM_SHA1, salt, salt_len);
  g_hmac_update (hmac, (const guchar *) name, -1);
  g_hmac_get_digest (hmac, digest, &digest_len);
  return hash_len == digest_len && memcmp (hash, digest, digest_len) == 0;
}

/* A comma list; a name under '!' is not meant whatever else matches. */
static gboolean
list_matches (const char *list, const char *name)
{
  g_auto (GStrv) patterns = g_strsplit (list, ",", -1);
  gboolean matches = FALSE;

  if (*list == '|')
    return hashed_matches (list, name);
  for (char **pattern = patterns; *pattern != NULL; pattern++)
    {
      gboolean negated = **pattern == '!';
      g_autofree char *lower = g_ascii_strdown (*pattern + negated, -1);

      if (!g_pattern_match_simple (lower, name))
        continue;
      if (negated)
        return FALSE;
      matches = TRUE;
    }
  return matches;
}

/* ---- files ---- */

static Line *
parse_line (char *text, const char *name)
{
  g_auto (GStrv) raw = g_strsplit_set (g_strstrip (text), " \t", -1);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  LineKind kind = LINE_KEY;
  guint first = 0;
  Line *line;

  for (char **word = raw; *word != NULL; word++)
    if (**word != '\0')
      g_ptr_array_add (words, *word);
  if (words->len == 0 || *(char *) words->pdata[0] == '#')
    return NULL;
  if (*(char *) words->pdata[0] == '@')
    {
      kind = strcmp (words->pdata[0], "@revoked") == 0 ? LINE_REVOKED : LINE_AUTHORITY;
      first = 1;
    }
  if (words->len < first + 3 || !list_matches (words->pdata[first], name))
    return NULL;

  line = g_new0 (Line, 1);
  line->kind = kind;
  line->type = g_strdup (words->pdata[first + 1]);
  line->key = g_base64_decode (words->pdata[first + 2], &line->key_len);
  return line;
}

static void
read_file (VmmKnownHosts *self, const char *file)
{
  g_autofree char *text = vmm_fd_read_file (file, MAX_FILE_BYTES, NULL, NULL);
  guint number = 0;
  char *rest = text;

  while (rest != NULL)
    {
      char *end = strchr (rest, '\n');
      Line *line;

      if (end != NULL)
        *end++ = '\0';
      number++;
      if ((line = parse_line (rest, self->name)) != NULL)
        {
          line->file = g_strdup (file);
          line->number = number;
          g_ptr_array_add (self->lines, line);
        }
      rest = end;
    }
}

static void
read_files (VmmKnownHosts *self)
{
  g_ptr_array_set_size (self->lines, 0);
  for (char **file = self->config->user_known_hosts; *file != NULL; file++)
    read_file (self, *file);
  for (char **file = self->config->global_known_hosts; *file != NULL; file++)
    read_file (self, *file);
}

static void
load (VmmKnownHosts *self)
{
  const VmmHostConfig *config = self->config;
  g_autofree char *plain
    = g_ascii_strdown (config->alias != NULL ? config->alias : config->hostname, -1);

  if (config->alias != NULL || strcmp (config->port, "22") == 0)
    {
      self->name = g_steal_pointer (&plain);
      read_files (self);
      return;
    }
  self->name = g_strdup_printf ("[%s]:%s", plain, config->port);
  read_files (self);
  if (self->lines->len > 0)
    return;

  /* The client then takes a line without the port, too. */
  {
    g_autofree char *with_port = self->name;

    self->name = g_steal_pointer (&plain);
    read_files (self);
    if (self->lines->len > 0)
      return;
    g_free (self->name);
    self->name = g_steal_pointer (&with_port);
  }
}

VmmKnownHosts *
vmm_knownhosts_load (const VmmHostConfig *config)
{
  VmmKnownHosts *self = g_new0 (VmmKnownHosts, 1);

  self->config = config;
  self->lines = g_ptr_array_new_with_free_func (line_free);
  load (self);
  return self;
}

void
vmm_knownhosts_free (VmmKnownHosts *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->lines);
  g_free (self->name);
  g_free (self);
}

char *
vmm_knownhosts_types (const VmmKnownHosts *self, const char *const *supported)
{
  g_autoptr (GString) types = g_string_new (NULL);
  gboolean any = FALSE;

  for (; *supported != NULL; supported++)
    for (guint i = 0; i < self->lines->len; i++)
      {
        const Line *line = self->lines->pdata[i];

        any = any || line->kind != LINE_REVOKED;
        if (line->kind == LINE_KEY && strcmp (line->type, *supported) == 0)
          {
            g_string_append_printf (types, "%s%s", types->len > 0 ? "," : "", *supported);
            break;
          }
      }
  return any ? g_strdup (types->str) : NULL;
}

/* ---- deciding ---- */

static char *
hashed_name (const char *name)
{
  guint32 random[SALT_BYTES / 4];
  guchar digest[SALT_BYTES];
  gsize len = sizeof digest;
  g_autoptr (GHmac) hmac = NULL;
  g_autofree char *salt = NULL, *hash = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (random); i++)
    random[i] = g_random_int ();
  hmac = g_hmac_new (G_CHECKSUM_SHA1, (const guchar *) random, sizeof random);
  g_hmac_update (hmac, (const guchar *) name, -1);
  g_hmac_get_digest (hmac, digest, &len);
  salt = g_base64_encode ((const guchar *) random, sizeof random);
  hash = g_base64_encode (digest, len);
  return g_strdup_printf ("|1|%s|%s", salt, hash);
}

static gboolean
append_line (const char *file, const char *line)
{
  g_autofree char *dir = g_path_get_dirname (file);
  int fd;
  gboolean done;

  g_mkdir_with_parents (dir, 0700);
  fd = open (file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  {
    off_t end = lseek (fd, 0, SEEK_END);
    char last = '\n';

    /* A file that a person edited may lack its last newline. */
    if (end > 0 && pread (fd, &last, 1, end - 1) == 1 && last != '\n')
      vmm_fd_write_all (fd, "\n", 1);
  }
  done = vmm_fd_write_all (fd, line, strlen (line));
  close (fd);
  return done;
}

static char *
add_key (const VmmKnownHosts *self, const char *type, const void *key, gsize len)
{
  const char *file = self->config->user_known_hosts[0];
  g_autofree char *text = g_base64_encode (key, len);
  g_autofree char *print = vmm_identity_fingerprint (key, len);
  g_autofree char *name = self->config->hash_known_hosts ? hashed_name (self->name)
                                                         : g_strdup (self->name);
  g_autofree char *line = g_strdup_printf ("%s %s %s\n", name, type, text);
  g_autoptr (VmmKnownHosts) now = NULL;
  gboolean added = FALSE;

  if (file != NULL)
    {
      g_mutex_lock (&add_mutex);
      now = vmm_knownhosts_load (self->config);
      added = now->lines->len == 0 && append_line (file, line);
      g_mutex_unlock (&add_mutex);
    }
  return g_strdup_printf ("%s: new host key %s (%s) accepted%s%s", self->name, print, type,
                          added ? ", added to " : "", added ? file : "");
}

gboolean
vmm_knownhosts_check (const VmmKnownHosts *self, const void *key, gsize len, char **notice,
                      GError **error)
{
  const VmmHostConfig *config = self->config;
  g_autofree char *type = vmm_identity_type (key, len);
  const char *file = config->user_known_hosts[0] ? config->user_known_hosts[0] : "known_hosts";
  const Line *match = NULL, *other = NULL;

  for (guint i = 0; i < self->lines->len; i++)
    {
      const Line *line = self->lines->pdata[i];
      gboolean same = line->key_len == len && memcmp (line->key, key, len) == 0;

      if (line->kind == LINE_REVOKED && same)
        {
          g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT,
                       "the host key of %s is revoked in %s:%u; it must not be trusted", self->name,
                       line->file, line->number);
          return FALSE;
        }
      if (line->kind == LINE_KEY && same)
        match = line;
      else if (line->kind == LINE_KEY && strcmp (line->type, type) == 0)
        other = line;
    }
  if (match != NULL)
    return TRUE;

  if (other != NULL)
    {
      if (config->strict == VMM_STRICT_NO)
        {
          *notice = g_strdup_printf ("%s: the host key differs from %s:%u; connected all the same, "
                                     "as StrictHostKeyChecking says", self->name, other->file,
                                     other->number);
          return TRUE;
        }
      g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT,
                   "the host key of %s has changed: it does not match %s:%u. If the host was "
                   "reinstalled: ssh-keygen -f %s -R '%s'", self->name, other->file, other->number,
                   other->file, self->name);
      return FALSE;
    }
  if (config->strict == VMM_STRICT_YES)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT,
                   "no host key of %s (%s) is known; to trust it: ssh-keyscan -p %s %s >> %s, "
                   "or ssh %s by hand once", self->name, type, config->port, config->hostname,
                   file, config->name);
      return FALSE;
    }
  *notice = add_key (self, type, key, len);
  return TRUE;
}
