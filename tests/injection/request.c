/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

char *
request_word (guint n)
{
  return g_strdup_printf ("Mk%ukz", n);
}

char *
request_expected (const Run *run, const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0';)
    {
      char *end;
      gulong n = g_str_has_prefix (p, "Mk") ? strtoul (p + 2, &end, 10) : 0;

      if (g_str_has_prefix (p, "Mk") && end > p + 2 && g_str_has_prefix (end, "kz"))
        {
          g_string_append (out, g_ptr_array_index (run->values, n));
          p = end + 2;
        }
      else
        g_string_append_c (out, *p++);
    }
  return g_string_free (out, FALSE);
}

static const char *
value_of (Run *run, Kind kind, const char *payload, int only)
{
  guint n = run->values->len;
  char *value = payload == NULL || (only >= 0 && (guint) only != n)
                  ? request_word (n)
                  : only >= 0 ? g_strdup (payload) : g_strdup_printf ("%s%uz", payload, n);

  if (only < 0 && kind == COMMAND)
    g_strdelimit (value, " \t\r\n", '_');
  if (only < 0 && kind == NAME)
    g_strdelimit (value, "./", '_');
  g_ptr_array_add (run->values, value);
  g_array_append_val (run->kinds, kind);
  return value;
}

static Kind
kind_of (const Run *run, const xmlNode *leaf, const char *text)
{
  static const char *const marks[] = { "ATTACH", "RESIZE", "DISK_SNAPSHOT_ACTIVE", "ACTIVE",
                                       "LCM_STATE", NULL };
  static const char *const pair[] = { "TM_MAD", "VM_MAD", "VMMMAD", NULL };
  static const char *const hosts[] = { "HOST", "MIGR_HOST", NULL };
  static const char *const names[] = { "VN_MAD", "NET_DRV", "MIGR_NET_DRV", "DS_MAD", NULL };
  static const char *const commands[] = { "TM_COMMAND", "TM_COMMAND_ROLLBACK", NULL };
  static const char *const paths[] = { "LOCAL_DEPLOYMENT_FILE", "REMOTE_DEPLOYMENT_FILE", NULL };
  const char *name = (const char *) leaf->name;
  gboolean empty = *text == '\0';

  if (g_strv_contains (marks, name)
      || (g_strv_contains (pair, name) && g_str_has_prefix (run->verb, "DISKSNAPSHOT"))
      || (g_strv_contains (hosts, name) && (empty || !run->local)))
    return KEPT;
  if (g_strv_contains (names, name))
    return empty ? KEPT : NAME;
  if (g_strv_contains (commands, name))
    return empty ? KEPT : COMMAND;
  if (g_strv_contains (paths, name))
    return empty ? KEPT : PATH;
  return TEXT;
}

/* A driver of that name has the scripts that the one in the capture has. */
static void
add_driver (const Run *run, const char *kind, const char *from, const char *name)
{
  g_autofree char *below = g_strdup_printf ("%s/%s/", kind, from);

  if (strchr (name, '/') != NULL || strlen (name) > 255)
    return;
  for (guint i = 0; i < run->scripts->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (run->scripts, i), below))
      {
        const char *script = g_ptr_array_index (run->scripts, i);
        g_autofree char *copy = g_strdup_printf ("%s/%s/%s", kind, name, script + strlen (below));

        rig_stub (run->rig, copy);
      }
}

static char *
new_command (Run *run, const char *text, const char *payload, int only)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      g_auto (GStrv) words = g_strsplit (*line, " ", -1);

      for (guint i = 1; words[0] != NULL && words[i] != NULL; i++)
        {
          const char *value = value_of (run, i == 1 ? NAME : COMMAND, payload, only);

          if (i == 1)
            {
              g_strdelimit ((char *) value, only < 0 ? " \t\r\n" : "", '_');
              add_driver (run, "tm", words[1], value);
            }
          g_free (words[i]);
          words[i] = g_strdup (value);
        }
      g_free (*line);
      *line = g_strjoinv (" ", words);
    }
  return g_strjoinv ("\n", lines);
}

static char *
new_path (Run *run, const char *payload, int only)
{
  char *path = rig_path (run->rig, "var/vms/0/%s", value_of (run, PATH, payload, only));
  g_autofree char *dir = g_path_get_dirname (path);

  g_mkdir_with_parents (dir, 0755);
  g_file_set_contents (path, (const char *) run->deployment->data, run->deployment->len, NULL);
  return path;
}

static char *
new_text (Run *run, Kind kind, const xmlNode *leaf, const char *text, const char *payload, int only)
{
  const char *value;

  if (kind == COMMAND)
    return new_command (run, text, payload, only);
  if (kind == PATH)
    return new_path (run, payload, only);
  value = value_of (run, kind, payload, only);
  if (kind == NAME)
    add_driver (run, g_str_equal ((const char *) leaf->name, "DS_MAD") ? "datastore" : "vnm", text,
                value);
  return g_strdup (value);
}

static gboolean
is_leaf (const xmlNode *node)
{
  for (const xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE)
      return FALSE;
  return TRUE;
}

static void
fill (Run *run, xmlNode *node, const char *payload, int only)
{
  for (xmlNode *child = node->children; child != NULL; child = child->next)
    if (child->type == XML_ELEMENT_NODE && !is_leaf (child))
      fill (run, child, payload, only);
    else if (child->type == XML_ELEMENT_NODE)
      {
        xmlChar *content = xmlNodeGetContent (child);
        g_autofree char *text = g_strstrip (g_strdup ((const char *) content));
        Kind kind = kind_of (run, child, text);
        g_autofree char *to = kind == KEPT ? NULL : new_text (run, kind, child, text, payload, only);
        /* oned writes one or the other; a carriage return is kept only in the other. */
        gboolean cdata = to != NULL && strchr (to, '\r') == NULL && child->children != NULL
                         && child->children->type == XML_CDATA_SECTION_NODE;

        xmlFree (content);
        if (to == NULL)
          continue;
        xmlNodeSetContent (child, NULL);
        xmlAddChild (child, cdata ? xmlNewCDataBlock (child->doc, (const xmlChar *) to, (int) strlen (to))
                                  : xmlNewDocText (child->doc, (const xmlChar *) to));
      }
}

char *
request_dump (xmlDoc *doc)
{
  xmlBuffer *buffer = xmlBufferCreate ();
  char *text;

  xmlNodeDump (buffer, doc, xmlDocGetRootElement (doc), 0, 0);
  text = g_strdup ((const char *) xmlBufferContent (buffer));
  xmlBufferFree (buffer);
  return text;
}

void
request_compose (Run *run, const char *payload, int only)
{
  xmlDoc *doc = xmlReadMemory (run->captured, (int) strlen (run->captured), NULL, NULL, 0);
  char *text;

  g_ptr_array_set_size (run->values, 0);
  g_array_set_size (run->kinds, 0);
  fill (run, xmlDocGetRootElement (doc), payload, only);
  text = request_dump (doc);
  run_set_xml (run, text, strlen (text));
  xmlFreeDoc (doc);
}

void
request_put_bytes (Run *run, guint n, const HostileBytes *bytes)
{
  g_autofree char *word = request_word (n);
  const char *place = strstr (run->plain, word);
  GString *xml = g_string_new_len (run->plain, place - run->plain);
  /* A reference is none in there. */
  gboolean cdata = strchr (bytes->text, '&') != NULL
                   && g_str_has_prefix (strrchr (xml->str, '<'), "<![CDATA[");
  gsize len;

  if (cdata)
    g_string_append (xml, "]]>");
  g_string_append_len (xml, bytes->text, bytes->len);
  if (cdata)
    g_string_append (xml, "<![CDATA[");
  g_string_append (xml, place + strlen (word));
  len = xml->len;
  run_set_xml (run, g_string_free (xml, FALSE), len);
}
