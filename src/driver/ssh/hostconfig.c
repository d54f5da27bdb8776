/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/ssh/hostconfig.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/text.h"
#include "driver/local.h"

/* Options that this side follows itself or that make no difference to a
 * command without a terminal. Any other that is set differently from the
 * client's default is for the client to follow. */
static const char *const understood[] = {
  /* followed */
  "addressfamily", "connecttimeout", "globalknownhostsfile", "hashknownhosts", "host",
  "hostkeyalias", "hostname", "identitiesonly", "identityagent", "identityfile", "port",
  "proxycommand", "proxyjump", "serveraliveinterval", "stricthostkeychecking", "user",
  "userknownhostsfile",
  /* no difference */
  "addkeystoagent", "batchmode", "canonicaldomains", "canonicalizefallbacklocal",
  "canonicalizehostname", "canonicalizemaxdots", "canonicalizepermittedcnames", "checkhostip",
  "clearallforwardings", "compression", "connectionattempts", "controlmaster", "controlpath",
  "controlpersist", "dynamicforward", "enableescapecommandline", "enablesshkeysign",
  "escapechar", "exitonforwardfailure", "fingerprinthash", "forkafterauthentication",
  "forwardx11", "forwardx11timeout", "forwardx11trusted", "gatewayports", "gssapiauthentication",
  "gssapiclientidentity", "gssapidelegatecredentials", "gssapikexalgorithms",
  "gssapikeyexchange", "gssapirenewalforcesrekey", "gssapiserveridentity", "gssapitrustdns",
  "hostbasedacceptedalgorithms", "hostbasedauthentication", "ipqos", "kbdinteractiveauthentication",
  "kbdinteractivedevices", "localcommand", "localforward", "loglevel", "logverbose",
  "numberofpasswordprompts", "obscurekeystroketiming", "passwordauthentication",
  "permitlocalcommand", "permitremoteopen", "rekeylimit", "remotecommand", "remoteforward",
  "requesttty", "requiredrsasize", "sendenv", "serveralivecountmax", "sessiontype", "stdinnull",
  "streamlocalbindmask", "streamlocalbindunlink", "syslogfacility", "tcpkeepalive", "tunnel",
  "tunneldevice", "updatehostkeys", "visualhostkey", "xauthlocation", NULL,
};

typedef struct
{
  VmmHostConfig *config;
  char         **files; /* where it came from */
  char          *stamp; /* of those files */
} Known;

struct _VmmHostConfigs
{
  GMutex      mutex;
  char       *ssh_config;
  char       *home;
  char       *defaults; /* what the client says without any file; mutex; stays once set */
  GHashTable *known;    /* host -> Known; mutex */
};

static int last_serial; /* atomic */

/* ---- the value ---- */

VmmHostConfig *
vmm_hostconfig_ref (VmmHostConfig *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
vmm_hostconfig_unref (VmmHostConfig *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->name);
  g_free (self->ssh_config);
  g_free (self->hostname);
  g_free (self->user);
  g_free (self->port);
  g_free (self->alias);
  g_strfreev (self->identity_files);
  g_free (self->agent);
  g_strfreev (self->user_known_hosts);
  g_strfreev (self->global_known_hosts);
  g_free (self->proxy_command);
  g_free (self->proxy_jump);
  g_free (self->target);
  g_free (self->beyond);
  g_free (self);
}

/* ---- asking the client ---- */

static void
collect_error_text (const char *data, gsize len, gpointer text)
{
  g_string_append_len (text, data, len);
}

/* What the client said but for its debugging. */
static char *
complaint (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) rest = g_string_new (NULL);

  for (char **line = lines; *line != NULL; line++)
    if (!g_str_has_prefix (*line, "debug1: ") && !g_str_has_prefix (*line, "OpenSSH_"))
      g_string_append_printf (rest, "%s\n", *line);
  return vmm_text_one_line (rest->str, (gssize) rest->len, 2000);
}

char *
vmm_hostconfig_ask (const char *const *argv, const VmmWait *wait, char **errors, GError **error)
{
  g_autoptr (VmmCommand) command
    = vmm_command_new (NULL, g_strdupv ((char **) argv), g_bytes_new_static ("", 0), NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (VmmOutcome) outcome = { 0 };
  VmmRunContext context = { wait->deadline_us, wait->cancel, collect_error_text, NULL, text };

  vmm_outcome_init (&outcome);
  vmm_local_spawn (command, &context, &outcome);
  if (!vmm_outcome_is_success (&outcome))
    {
      g_autofree char *what = vmm_outcome_describe (&outcome);
      g_autofree char *said = complaint (text->str);

      if ((outcome.ending != VMM_ENDED_TIMED_OUT && outcome.ending != VMM_ENDED_CANCELLED)
          || vmm_wait_goes_on (wait, error))
        g_set_error (error, VMM_ERROR, VMM_ERROR_CONNECT, "%s", *said != '\0' ? said : what);
      return NULL;
    }
  if (errors != NULL)
    *errors = g_strdup (text->str);
  return g_strdup (outcome.output->str);
}

static char *
ask_ssh (const char *ssh_config, const char *host, const VmmWait *wait, char **errors,
         GError **error)
{
  const char *argv[] = { "ssh", "-G", "-v", "-F", ssh_config, "--", host, NULL };
  const char *plain[] = { "ssh", "-G", "-v", "--", host, NULL };
  char *answer = vmm_hostconfig_ask (ssh_config != NULL ? argv : plain, wait, errors, error);

  g_prefix_error (error, "ssh -G %s: ", host);
  return answer;
}

/* The files that the client says it read, and where it would have looked. */
static char **
files_read (const VmmHostConfigs *self, const char *debug)
{
  static const char mark[] = "Reading configuration data ";
  GPtrArray *files = g_ptr_array_new ();
  g_auto (GStrv) lines = g_strsplit (debug, "\n", -1);

  if (self->ssh_config == NULL)
    {
      g_ptr_array_add (files, g_build_filename (self->home, ".ssh", "config", NULL));
      g_ptr_array_add (files, g_strdup ("/etc/ssh/ssh_config"));
      g_ptr_array_add (files, g_strdup ("/etc/ssh/ssh_config.d"));
    }
  for (char **line = lines; *line != NULL; line++)
    {
      const char *at = strstr (*line, mark);

      if (at != NULL)
        g_ptr_array_add (files, g_strchomp (g_strdup (at + strlen (mark))));
    }
  g_ptr_array_add (files, NULL);
  return (char **) g_ptr_array_free (files, FALSE);
}

static char *
stamp_of (char **files)
{
  GString *stamp = g_string_new (NULL);

  for (; *files != NULL; files++)
    {
      struct stat info = { 0 };

      if (stat (*files, &info) == 0)
        g_string_append_printf (stamp, "%llu %lld %lld.%09ld;", (unsigned long long) info.st_ino,
                                (long long) info.st_size, (long long) info.st_mtim.tv_sec,
                                info.st_mtim.tv_nsec);
      else
        g_string_append (stamp, "-;");
    }
  return g_string_free (stamp, FALSE);
}

/* ---- reading the answer ---- */

/* Replaces "~/" and the %-tokens of ssh_config(5). NULL: one that we don't know. */
static char *
expand (const VmmHostConfig *config, const char *home, const char *text)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (g_str_has_prefix (text, "~/"))
    {
      g_string_append (out, home);
      text++;
    }
  for (; *text != '\0'; text++)
    {
      if (text[0] == '$' && text[1] == '{')
        return NULL;
      if (*text != '%')
        {
          g_string_append_c (out, *text);
          continue;
        }
      switch (*++text)
        {
        case '%': g_string_append_c (out, '%'); break;
        case 'd': g_string_append (out, home); break;
        case 'h': g_string_append (out, config->hostname); break;
        case 'i': g_string_append_printf (out, "%u", (guint) getuid ()); break;
        case 'k': g_string_append (out, config->alias ? config->alias : config->name); break;
        case 'l': g_string_append (out, g_get_host_name ()); break;
        case 'n': g_string_append (out, config->name); break;
        case 'p': g_string_append (out, config->port); break;
        case 'r': g_string_append (out, config->user); break;
        case 'u': g_string_append (out, g_get_user_name ()); break;
        default: return NULL;
        }
    }
  return g_strdup (out->str);
}

static void
set (char **field, const char *value)
{
  g_free (*field);
  *field = value == NULL ? NULL : g_strdup (value);
}

static gboolean
is_none (const char *value)
{
  return g_ascii_strcasecmp (value, "none") == 0;
}

/* What needs the other values to be known for its expansion. */
static void
expand_values (VmmHostConfig *config, const char *home, GPtrArray *identities, const char *proxy,
               const char *agent)
{
  GPtrArray *files = g_ptr_array_new ();

  for (guint i = 0; i < identities->len; i++)
    {
      char *file = expand (config, home, identities->pdata[i]);

      if (file != NULL)
        g_ptr_array_add (files, file);
      else
        set (&config->beyond, "IdentityFile with a variable");
    }
  g_ptr_array_add (files, NULL);
  config->identity_files = (char **) g_ptr_array_free (files, FALSE);

  if (proxy != NULL && (config->proxy_command = expand (config, home, proxy)) == NULL)
    set (&config->beyond, "ProxyCommand with a variable");

  if (agent == NULL || strcmp (agent, "SSH_AUTH_SOCK") == 0)
    set (&config->agent, g_getenv ("SSH_AUTH_SOCK"));
  else if (*agent == '$')
    set (&config->agent, g_getenv (agent + 1));
  else if (!is_none (agent) && (config->agent = expand (config, home, agent)) == NULL)
    set (&config->beyond, "IdentityAgent with a variable");

  config->target = config->proxy_command != NULL ? g_strdup (config->proxy_command)
                   : g_strdup_printf ("%s %s %s", config->proxy_jump ? config->proxy_jump : "",
                                      config->hostname, config->port);
}

static char **
expand_list (const VmmHostConfig *config, const char *home, const char *value)
{
  g_auto (GStrv) words = g_strsplit (value, " ", -1);
  GPtrArray *files = g_ptr_array_new ();

  for (char **word = words; *word != NULL; word++)
    {
      char *file = **word == '\0' || is_none (*word) ? NULL : expand (config, home, *word);

      if (file != NULL)
        g_ptr_array_add (files, file);
    }
  g_ptr_array_add (files, NULL);
  return (char **) g_ptr_array_free (files, FALSE);
}

static VmmStrict
strict_of (const char *value)
{
  if (strcmp (value, "accept-new") == 0)
    return VMM_STRICT_ACCEPT_NEW;
  if (strcmp (value, "no") == 0 || strcmp (value, "off") == 0 || strcmp (value, "false") == 0)
    return VMM_STRICT_NO;
  return VMM_STRICT_YES;
}

static gboolean
is_yes (const char *value)
{
  return strcmp (value, "yes") == 0 || strcmp (value, "true") == 0;
}

static VmmHostConfig *
parse (const VmmHostConfigs *self, const char *host, const char *answer, const char *defaults)
{
  VmmHostConfig *config = g_new0 (VmmHostConfig, 1);
  g_autoptr (GPtrArray) identities = g_ptr_array_new ();
  g_auto (GStrv) lines = g_strsplit (answer, "\n", -1);
  g_auto (GStrv) default_lines = g_strsplit (defaults, "\n", -1);
  const char *proxy = NULL, *agent = NULL, *user_files = "", *global_files = "";

  g_atomic_ref_count_init (&config->refs);
  config->serial = (guint) g_atomic_int_add (&last_serial, 1) + 1;
  config->name = g_strdup (host);
  config->ssh_config = g_strdup (self->ssh_config);
  config->family = AF_UNSPEC;
  for (char **line = lines; *line != NULL; line++)
    {
      g_autofree char *key = g_ascii_strdown (*line, strcspn (*line, " "));
      const char *value = strchr (*line, ' ');

      value = value == NULL ? "" : value + 1;
      if (!g_strv_contains (understood, key) && *key != '\0'
          && !g_strv_contains ((const char *const *) default_lines, *line))
        set (&config->beyond, *line);

      if (strcmp (key, "hostname") == 0)
        set (&config->hostname, value);
      else if (strcmp (key, "user") == 0)
        set (&config->user, value);
      else if (strcmp (key, "port") == 0)
        set (&config->port, value);
      else if (strcmp (key, "addressfamily") == 0)
        config->family = strcmp (value, "inet") == 0 ? AF_INET
                         : strcmp (value, "inet6") == 0 ? AF_INET6 : AF_UNSPEC;
      else if (strcmp (key, "hostkeyalias") == 0)
        set (&config->alias, value);
      else if (strcmp (key, "identityfile") == 0 && !is_none (value))
        g_ptr_array_add (identities, (char *) value);
      else if (strcmp (key, "identitiesonly") == 0)
        config->identities_only = is_yes (value);
      else if (strcmp (key, "identityagent") == 0)
        agent = value;
      else if (strcmp (key, "userknownhostsfile") == 0)
        user_files = value;
      else if (strcmp (key, "globalknownhostsfile") == 0)
        global_files = value;
      else if (strcmp (key, "stricthostkeychecking") == 0)
        config->strict = strict_of (value);
      else if (strcmp (key, "hashknownhosts") == 0)
        config->hash_known_hosts = is_yes (value);
      else if (strcmp (key, "connecttimeout") == 0)
        config->connect_timeout_s = (guint) strtoul (value, NULL, 10);
      else if (strcmp (key, "serveraliveinterval") == 0)
        config->alive_interval_s = (guint) strtoul (value, NULL, 10);
      else if (strcmp (key, "proxycommand") == 0 && !is_none (value))
        proxy = value;
      else if (strcmp (key, "proxyjump") == 0 && !is_none (value))
        set (&config->proxy_jump, value);
    }
  if (config->hostname == NULL)
    set (&config->hostname, host);
  if (config->port == NULL)
    set (&config->port, "22");
  if (config->user == NULL)
    set (&config->user, g_get_user_name ());
  expand_values (config, self->home, identities, proxy, agent);
  config->user_known_hosts = expand_list (config, self->home, user_files);
  config->global_known_hosts = expand_list (config, self->home, global_files);
  return config;
}

/* ---- the cache ---- */

static void
known_free (gpointer data)
{
  Known *known = data;

  vmm_hostconfig_unref (known->config);
  g_strfreev (known->files);
  g_free (known->stamp);
  g_free (known);
}

static char *
home_of_user (void)
{
  struct passwd entry, *found = NULL;
  char buffer[4096];

  /* The client does not look at HOME either. */
  if (getpwuid_r (getuid (), &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
    return g_strdup (found->pw_dir);
  return g_strdup (g_get_home_dir ());
}

VmmHostConfigs *
vmm_hostconfigs_new (const char *ssh_config)
{
  VmmHostConfigs *self = g_new0 (VmmHostConfigs, 1);

  g_mutex_init (&self->mutex);
  self->ssh_config = g_strdup (ssh_config);
  self->home = home_of_user ();
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
  return self;
}

void
vmm_hostconfigs_free (VmmHostConfigs *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->known);
  g_free (self->home);
  g_free (self->defaults);
  g_free (self->ssh_config);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

static VmmHostConfig *
look_up (VmmHostConfigs *self, const char *host)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  Known *known = g_hash_table_lookup (self->known, host);
  g_autofree char *now = known == NULL ? NULL : stamp_of (known->files);

  if (known == NULL || strcmp (now, known->stamp) != 0)
    return NULL;
  return vmm_hostconfig_ref (known->config);
}

static const char *
client_defaults (VmmHostConfigs *self, const VmmWait *wait, GError **error)
{
  g_autofree char *answer = NULL;
  const char *defaults;

  g_mutex_lock (&self->mutex);
  defaults = self->defaults;
  g_mutex_unlock (&self->mutex);
  if (defaults != NULL || (answer = ask_ssh ("none", "localhost", wait, NULL, error)) == NULL)
    return defaults;

  g_mutex_lock (&self->mutex);
  if (self->defaults == NULL)
    self->defaults = g_steal_pointer (&answer);
  defaults = self->defaults;
  g_mutex_unlock (&self->mutex);
  return defaults;
}

/* A name that could be an option, mean something to a shell in a ProxyCommand, or lead
 * elsewhere in a path of ssh_config that has %h. */
static gboolean
is_host_name (const char *host)
{
  if (*host == '\0' || *host == '-')
    return FALSE;
  for (; *host != '\0'; host++)
    if ((guchar) *host <= ' ' || *host == 0x7f || strchr ("'`\"$\\;&<>|(){}*?!#~/", *host) != NULL)
      return FALSE;
  return TRUE;
}

VmmHostConfig *
vmm_hostconfigs_get (VmmHostConfigs *self, const char *host, const VmmWait *wait, GError **error)
{
  VmmHostConfig *config = look_up (self, host);
  g_autofree char *answer = NULL, *debug = NULL;
  const char *defaults;
  Known *known;

  if (config != NULL)
    return config;
  if (!is_host_name (host))
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "'%s' is not a host name", host);
      return NULL;
    }
  if ((answer = ask_ssh (self->ssh_config, host, wait, &debug, error)) == NULL
      || (defaults = client_defaults (self, wait, error)) == NULL)
    return NULL;

  known = g_new0 (Known, 1);
  known->files = files_read (self, debug);
  known->stamp = stamp_of (known->files);
  known->config = parse (self, host, answer, defaults);
  config = vmm_hostconfig_ref (known->config);
  g_mutex_lock (&self->mutex);
  g_hash_table_replace (self->known, g_strdup (host), known);
  g_mutex_unlock (&self->mutex);
  return config;
}
