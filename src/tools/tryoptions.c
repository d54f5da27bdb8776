/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/tryoptions.h"

#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "driver/recipe.h"
#include "tools/compose.h"
#include "vmm-limits.h"

#define DEFAULT_LIMIT_S 600

/* An option for each element that recipes need. */
static const struct
{
  const char *option;
  const char *path;  /* as vmm_compose_set() takes it */
  const char *argument;
  const char *help;
} fields[] = {
  { "host", "HOST", "NAME", "Host of the action (default localhost)" },
  { "dest", "MIGR_HOST", "NAME", "Destination of a migration" },
  { "id", "VM/ID", "NUMBER", "Id of the VM (default that of --vm, else 0)" },
  { "deploy-id", "DEPLOY_ID", "NAME", "Name on the hypervisor (default one-ID)" },
  { "remote-file", "REMOTE_DEPLOYMENT_FILE", "PATH", "The deployment file's path on the host" },
  { "checkpoint", "CHECKPOINT_FILE", "PATH", "Saved state, for save and restore" },
  { "tm-command", "TM_COMMAND", "WORDS", "Transfer manager's line, as in 'CONTEXT shared ...'" },
  { "tm-rollback", "TM_COMMAND_ROLLBACK", "WORDS", "The same, for when attaching a disk fails" },
  { "disk", "DISK_TARGET_PATH", "PATH", "Path of the disk" },
  { "target", "DEVICE/TARGET", "NAME", "Its device in the VM, or the interface's on the host" },
  { "disk-id", "DEVICE/DISK_ID", "NUMBER", "Which disk of --vm, or the id of a new one" },
  { "size", "DEVICE/SIZE", "MB", "New size of the disk" },
  { "tm-mad", "DEVICE/TM_MAD", "NAME", "Transfer manager of the disk" },
  { "mac", "VM/TEMPLATE/NIC/MAC", "MAC", "Which interface of --vm, or a new one's address" },
  { "bridge", "VM/TEMPLATE/NIC/BRIDGE", "NAME", "Its bridge" },
  { "model", "VM/TEMPLATE/NIC/MODEL", "NAME", "Its model" },
  { "vn-mad", "VM/TEMPLATE/NIC/VN_MAD", "NAME", "Its network driver" },
  { "snapshot-id", "DEVICE/SNAPSHOT_ID", "NUMBER", "Id of the snapshot" },
  { "snapshot-name", "DEVICE/HYPERVISOR_ID", "NAME", "Name that snapshot_create gave it" },
  { "sg", "SECURITY_GROUP_ID", "NUMBER", "Security group that changed" },
  { "vnet", "VIRTUAL_NETWORK_ID", "NUMBER", "Virtual network that changed" },
  { "ds-mad", "DATASTORE/DS_MAD", "NAME", "Datastore driver of a backup" },
  { "command", "VM/TEMPLATE/QEMU_GA_EXEC/COMMAND", "TEXT", "Command to run in the VM" },
  { "stdin", "VM/TEMPLATE/QEMU_GA_EXEC/STDIN", "TEXT", "What it reads" },
};

#define N_FIELDS G_N_ELEMENTS (fields)

/* What GOption fills in before it is checked. */
typedef struct
{
  char    *values[N_FIELDS];
  char   **set, **rest;
  char    *replay, *driver, *limit, *release, *file, *vm, *datastore;
  gboolean plan, decode, verbose, help, version;
} Raw;

static void
raw_clear (Raw *raw)
{
  for (gsize i = 0; i < N_FIELDS; i++)
    g_free (raw->values[i]);
  g_strfreev (raw->set);
  g_strfreev (raw->rest);
  g_free (raw->replay);
  g_free (raw->driver);
  g_free (raw->limit);
  g_free (raw->release);
  g_free (raw->file);
  g_free (raw->vm);
  g_free (raw->datastore);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Raw, raw_clear)

static void
add_fields (GOptionContext *context, Raw *raw)
{
  GOptionGroup *group = g_option_group_new ("request", "Parts of the request:", "", NULL, NULL);
  GOptionEntry entries[N_FIELDS + 1] = { { .long_name = NULL } };

  for (gsize i = 0; i < N_FIELDS; i++)
    {
      entries[i].long_name = fields[i].option;
      entries[i].arg = G_OPTION_ARG_STRING;
      entries[i].arg_data = &raw->values[i];
      entries[i].description = fields[i].help;
      entries[i].arg_description = fields[i].argument;
    }
  g_option_group_add_entries (group, entries);
  g_option_context_add_group (context, group);
}

static GOptionContext *
make_context (Raw *raw)
{
  const GOptionEntry entries[] = {
    { "plan", 0, 0, G_OPTION_ARG_NONE, &raw->plan,
      "Show what would be run, and run nothing", NULL },
    { "replay", 0, 0, G_OPTION_ARG_FILENAME, &raw->replay,
      "Send the captured lines of FILE (- for standard input)", "FILE" },
    { "decode", 0, 0, G_OPTION_ARG_NONE, &raw->decode,
      "Print the captured lines of FILE for people", NULL },
    { "release", 0, 0, G_OPTION_ARG_STRING, &raw->release,
      "Release of OpenNebula whose form the request has, as in 5.2 or 7.4", "X.Y" },
    { "file", 0, 0, G_OPTION_ARG_FILENAME, &raw->file,
      "The deployment file; a copy of it is used", "FILE" },
    { "vm", 0, 0, G_OPTION_ARG_FILENAME, &raw->vm,
      "The VM, as 'onevm show -x' prints it", "FILE" },
    { "datastore", 0, 0, G_OPTION_ARG_FILENAME, &raw->datastore,
      "The datastore, as 'onedatastore show -x' prints it", "FILE" },
    { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw->set,
      "Any other element, as in VM/TEMPLATE/DISK/TYPE=CDROM", "PATH=TEXT" },
    { "driver", 0, 0, G_OPTION_ARG_FILENAME, &raw->driver,
      "The driver's program (default the installed one_vmm_exec)", "PATH" },
    { "limit", 0, 0, G_OPTION_ARG_STRING, &raw->limit,
      "How long to wait for an answer, in seconds (default 600)", "SECONDS" },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &raw->verbose,
      "Show XML and what scripts read in full", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &raw->version, "Print the version and exit", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &raw->help, "Print this help and exit", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw->rest, NULL, NULL },
    { .long_name = NULL },
  };
  GOptionContext *context = g_option_context_new ("DRIVER_DIRECTORY ACTION [-- DRIVER-OPTION...]");

  g_option_context_add_main_entries (context, entries, NULL);
  add_fields (context, raw);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context,
      "Plays oned for one virtual machine driver: sends a request and shows what comes back.");
  g_option_context_set_description (context,
      "Examples:\n"
      "  one_vmm_try kvm poll --host host01 --deploy-id one-7\n"
      "  one_vmm_try kvm deploy --host host01 --vm vm.xml --file deployment.0 -- -l deploy\n"
      "  one_vmm_try --plan kvm migrate --host host01 --dest host02 --vm vm.xml \\\n"
      "      --tm-command 'MIGRATE shared host01 host02 /var/lib/one/datastores/0/7 7 0'\n"
      "  one_vmm_try --replay captured.line kvm\n"
      "  one_vmm_try --decode captured.line\n\n"
      "Exit status: 0 success, 1 the action failed, 2 broken input, 3 no answer.\n"
      "See one_vmm_try(1).\n");
  return context;
}

static gboolean
invalid (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
invalid (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (VMM_ERROR, VMM_ERROR_INVALID, format, args);
  va_end (args);
  return FALSE;
}

/* ---- words ---- */

static gboolean
same_action (const char *a, const char *b)
{
  for (;; a++, b++)
    {
      a += strspn (a, "_-");
      b += strspn (b, "_-");
      if (g_ascii_toupper (*a) != g_ascii_toupper (*b))
        return FALSE;
      if (*a == '\0')
        return TRUE;
    }
}

/* attach_disk, attach-disk and ATTACHDISK mean the same. */
static gboolean
take_verb (VmmTryOptions *self, const char *word, GError **error)
{
  g_autoptr (GString) known = g_string_new (NULL);
  const char *last = "";
  gsize n;
  const VmmRecipe *table = vmm_recipe_table (&n);

  for (gsize i = 0; i < n; last = table[i++].verb)
    {
      if (same_action (table[i].verb, word))
        {
          self->verb = g_strdup (table[i].verb);
          return TRUE;
        }
      if (strcmp (last, table[i].verb) != 0)
        g_string_append_printf (known, " %s", table[i].verb);
    }
  return invalid (error, "there is no action '%s'; there are%s", word, known->str);
}

static gboolean
take_words (VmmTryOptions *self, const Raw *raw, GError **error)
{
  guint n = raw->rest == NULL ? 0 : g_strv_length (raw->rest);
  guint want = raw->decode || raw->replay != NULL ? 1 : 2;

  if (raw->decode && n == 0)
    {
      self->lines = g_strdup ("-");
      return TRUE;
    }
  if (n > want)
    return invalid (error, "there is '%s' after '%s'", raw->rest[want], raw->rest[want - 1]);
  if (n == 0)
    return invalid (error, "the driver's directory is missing, as in: one_vmm_try kvm poll");
  if (n < want)
    return invalid (error, "the action is missing, as in: one_vmm_try %s poll", raw->rest[0]);
  if (raw->decode)
    {
      self->lines = g_strdup (raw->rest[0]);
      return TRUE;
    }
  self->driver = g_strdup (raw->rest[0]);
  self->lines = g_strdup (raw->replay);
  return raw->replay != NULL || take_verb (self, raw->rest[1], error);
}

/* ---- fields ---- */

/* An option that describes a request has no use where lines are given. */
static gboolean
check_use (const VmmTryOptions *self, const char *option, gboolean given, GError **error)
{
  return self->lines == NULL || !given
         || invalid (error, "--%s has no use with --replay and --decode", option);
}

static gboolean
take_fields (VmmTryOptions *self, const Raw *raw, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; i < N_FIELDS; i++)
    if (raw->values[i] != NULL)
      {
        g_autofree char *field = g_strconcat (fields[i].path, "=", raw->values[i], NULL);

        if (!check_use (self, fields[i].option, TRUE, error))
          return FALSE;
        g_strv_builder_add (builder, field);
      }
  for (char **set = raw->set; set != NULL && *set != NULL; set++)
    {
      if (strchr (*set, '=') == NULL)
        return invalid (error, "--set takes PATH=TEXT, not '%s'", *set);
      g_strv_builder_add (builder, *set);
    }
  if (!check_use (self, "set", raw->set != NULL, error)
      || !check_use (self, "file", raw->file != NULL, error)
      || !check_use (self, "vm", raw->vm != NULL, error)
      || !check_use (self, "datastore", raw->datastore != NULL, error)
      || !check_use (self, "release", raw->release != NULL, error))
    return FALSE;
  self->fields = g_strv_builder_end (builder);
  self->file = g_strdup (raw->file);
  self->vm = g_strdup (raw->vm);
  self->datastore = g_strdup (raw->datastore);
  return TRUE;
}

/* ---- the driver ---- */

static char *
find_driver (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = g_path_get_dirname (self == NULL ? "." : self);
  g_autofree char *beside = g_build_filename (dir, "one_vmm_exec", NULL);
  const char *root = g_getenv ("ONE_LOCATION");

  if (access (beside, X_OK) == 0)
    return g_steal_pointer (&beside);
  if (root != NULL && *root != '\0')
    return g_build_filename (root, "lib", "mads", "one_vmm_exec", NULL);
  return g_strdup (MADS_DIR "/one_vmm_exec");
}

static void
take_driver (VmmTryOptions *self, const Raw *raw, char **driver_options)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *program = raw->driver != NULL ? g_strdup (raw->driver) : find_driver ();

  g_strv_builder_add (builder, program);
  g_strv_builder_addv (builder, (const char **) driver_options);
  g_strv_builder_add (builder, self->driver);
  self->argv = g_strv_builder_end (builder);
}

/* ---- all of it ---- */

static gboolean
take_numbers (VmmTryOptions *self, const Raw *raw, GError **error)
{
  guint64 limit = DEFAULT_LIMIT_S;

  if (raw->limit != NULL
      && !g_ascii_string_to_unsigned (raw->limit, 10, 1, VMM_MAX_TIMEOUT_S, &limit, NULL))
    return invalid (error, "--limit takes seconds from 1 to %d, not '%s'", VMM_MAX_TIMEOUT_S,
                    raw->limit);
  self->limit_s = (guint) limit;
  if (raw->release != NULL && (self->release = vmm_release_parse (raw->release)) == 0)
    return invalid (error, "--release takes a release such as 5.2 or 7.4, not '%s'",
                    raw->release);
  return TRUE;
}

static gboolean
check (VmmTryOptions *self, const Raw *raw, char **driver_options, GError **error)
{
  if (raw->decode && (raw->plan || raw->replay != NULL))
    return invalid (error, "--decode goes with neither --plan nor --replay");
  self->mode = raw->decode ? VMM_TRY_DECODE : raw->plan ? VMM_TRY_PLAN : VMM_TRY_SEND;
  self->verbose = raw->verbose;
  if (!take_words (self, raw, error) || !take_fields (self, raw, error)
      || !take_numbers (self, raw, error))
    return FALSE;
  take_driver (self, raw, driver_options);
  return TRUE;
}

VmmTryOptions *
vmm_try_options_parse (int argc, char **argv, GError **error)
{
  g_autoptr (VmmTryOptions) self = g_new0 (VmmTryOptions, 1);
  g_auto (Raw) raw = { .set = NULL };
  g_autoptr (GOptionContext) context = make_context (&raw);
  g_auto (GStrv) words = NULL;
  int own = 1;

  while (own < argc && strcmp (argv[own], "--") != 0)
    own++;
  words = g_strdupv (argv);
  for (int i = own; i < argc; i++)
    g_clear_pointer (&words[i], g_free);
  if (!g_option_context_parse_strv (context, &words, error))
    return NULL;
  if (raw.help || raw.version)
    {
      self->mode = VMM_TRY_HELP;
      self->text = raw.help ? g_option_context_get_help (context, FALSE, NULL)
                            : g_strdup ("one_vmm_try (one-vmm) " PACKAGE_VERSION "\n");
    }
  else if (!check (self, &raw, own < argc ? argv + own + 1 : argv + argc, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
vmm_try_options_free (VmmTryOptions *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->lines);
  g_free (self->driver);
  g_free (self->verb);
  g_strfreev (self->argv);
  g_strfreev (self->fields);
  g_free (self->file);
  g_free (self->vm);
  g_free (self->datastore);
  g_free (self);
}

/* ---- the request ---- */

static const char *
field_value (const VmmTryOptions *self, const char *path)
{
  gsize len = strlen (path);

  for (char **field = self->fields; *field != NULL; field++)
    if (strncmp (*field, path, len) == 0 && (*field)[len] == '=')
      return *field + len + 1;
  return NULL;
}

/* What names the device picks it from those of --vm. */
static void
choose_device (const VmmTryOptions *self, VmmCompose *request)
{
  static const struct
  {
    const char *path, *child;
  } keys[] = {
    { "DEVICE/DISK_ID", "DISK_ID" },
    { "VM/TEMPLATE/NIC/MAC", "MAC" },
    { "DEVICE/SNAPSHOT_ID", "SNAPSHOT_ID" },
    { "DEVICE/TARGET", "TARGET" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    if (field_value (self, keys[i].path) != NULL)
      vmm_compose_choose (request, keys[i].child, field_value (self, keys[i].path));
}

static gboolean
set_fields (const VmmTryOptions *self, VmmCompose *request, GError **error)
{
  for (char **field = self->fields; *field != NULL; field++)
    {
      const char *equals = strchr (*field, '=');
      g_autofree char *path = g_strndup (*field, equals - *field);

      if (!vmm_compose_set (request, path, equals + 1, error))
        return FALSE;
    }
  return TRUE;
}

char *
vmm_try_options_compose (const VmmTryOptions *self, guint release, const char *file,
                         GError **error)
{
  g_autoptr (VmmCompose) request = vmm_compose_new (self->verb, release);

  if ((self->vm != NULL && !vmm_compose_load (request, "VM", self->vm, error))
      || (self->datastore != NULL
          && !vmm_compose_load (request, "DATASTORE", self->datastore, error)))
    return NULL;
  choose_device (self, request);
  if (file != NULL)
    vmm_compose_set (request, "LOCAL_DEPLOYMENT_FILE", file, NULL);
  if (!set_fields (self, request, error))
    return NULL;
  vmm_compose_complete (request, self->driver);
  return vmm_compose_line (request);
}
