/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/wild.h"

#include <string.h>

#include "common/error.h"
#include "common/text.h"
#include "tools/xquery.h"

#define NAME_PREFIX "one-"
#define VALUE_MAX 1024

int
vmm_wild_vm_id (const char *domain_name)
{
  const char *digits = domain_name + strlen (NAME_PREFIX);
  guint64 id = 0;

  /* "one-07" is not a name that OpenNebula gives. */
  if (!g_str_has_prefix (domain_name, NAME_PREFIX) || (digits[0] == '0' && digits[1] != '\0')
      || !g_ascii_string_to_unsigned (digits, 10, 0, G_MAXINT, &id, NULL))
    return -1;
  return (int) id;
}

/* "" when there is no such thing. */
static char *
value (VmmXquery *domain, const char *path)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean found = FALSE;

  vmm_xquery_append (domain, path, FALSE, text, &found, NULL);
  return vmm_text_one_line (text->str, text->len, VALUE_MAX);
}

/* Between double quotes, where a backslash saves a quote. */
static void
append_quoted (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *p);
    }
  g_string_append_c (out, '"');
}

static void
append_text (GString *out, VmmXquery *domain, const char *name, const char *path)
{
  g_autofree char *text = value (domain, path);

  g_string_append_printf (out, "%s=", name);
  append_quoted (out, text);
  g_string_append_c (out, '\n');
}

static guint64
count (VmmXquery *domain, const char *path)
{
  g_autofree char *text = value (domain, path);

  return g_ascii_strtoull (text, NULL, 10);
}

static void
append_features (GString *out, VmmXquery *domain)
{
  static const char *const known[] = { "acpi", "apic", "pae" };
  g_autoptr (GString) list = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autofree char *path = g_strconcat ("count(features/", known[i], ")", NULL);
      g_autofree char *name = g_ascii_strup (known[i], -1);

      if (count (domain, path) > 0)
        g_string_append_printf (list, "%s%s=\"yes\"", list->len > 0 ? "," : "", name);
    }
  if (list->len > 0)
    g_string_append_printf (out, "FEATURES=[%s]\n", list->str);
}

static void
append_graphics (GString *out, VmmXquery *domain)
{
  static const char *const known[] = { "vnc", "spice" };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autofree char *path = g_strdup_printf ("devices/graphics[@type='%s']/@port", known[i]);
      g_autofree char *port = value (domain, path);

      if (*port != '\0')
        {
          g_string_append_printf (out, "GRAPHICS=[TYPE=\"%s\",PORT=", known[i]);
          append_quoted (out, port);
          g_string_append (out, "]\n");
        }
    }
}

char *
vmm_wild_template (const char *xml, GError **error)
{
  g_autoptr (VmmXquery) domain = vmm_xquery_new (xml, strlen (xml), error);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *arch = NULL;

  if (domain == NULL)
    return NULL;
  if (count (domain, "count(/domain)") == 0)
    {
      g_set_error (error, VMM_ERROR, VMM_ERROR_INVALID, "not the XML of a domain");
      return NULL;
    }

  append_text (out, domain, "NAME", "name");
  g_string_append_printf (out, "CPU=%" G_GUINT64_FORMAT "\nVCPU=%" G_GUINT64_FORMAT "\n",
                          count (domain, "vcpu"), count (domain, "vcpu"));
  g_string_append_printf (out, "MEMORY=%" G_GUINT64_FORMAT "\n", count (domain, "memory") / 1024);
  g_string_append (out, "HYPERVISOR=\"kvm\"\n");
  append_text (out, domain, "IMPORT_VM_ID", "uuid");
  arch = value (domain, "os/type/@arch");
  g_string_append (out, "OS=[ARCH=");
  append_quoted (out, arch);
  g_string_append (out, "]\n");
  append_features (out, domain);
  append_graphics (out, domain);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
