/* SPDX-License-Identifier: Apache-2.0 */
#include <libxml/parser.h>
#include <string.h>

#include "calls.h"
#include "hostile.h"
#include "request.h"
#include "tests.h"

/* A name is one component of a path. Nothing else is run, nor is anything before it. */
void
test_names (gconstpointer data)
{
  Run run = run_start (data);
  guint refused = 0;

  for (const ReleaseCase *row = run.release->cases; row->verb != NULL; row++)
    {
      guint n_values;

      calls_learn (&run, row->verb);
      n_values = run.values->len;
      for (guint n = 0; n < n_values; n++)
        for (gsize i = 0; g_array_index (run.kinds, Kind, n) == NAME && hostile_names[i] != NULL; i++)
          {
            g_autofree char *answer = NULL;

            if (!run.local && !calls_in_path (&run, n))
              continue;
            request_compose (&run, hostile_names[i], (int) n);
            answer = run_ask (&run);
            /* Some actions don't use it. */
            if (!calls_in_path (&run, n) && g_str_has_prefix (strchr (answer, ' '), " SUCCESS "))
              {
                calls_check (&run);
                continue;
              }
            run_check_answer (&run, answer, "FAILURE", "is not the name of");
            calls_check_none (&run);
            refused++;
          }
    }
  g_assert_cmpint (refused, >, 0);
  run_finish (&run);
}

/* A host's name goes to ssh, and to the ProxyCommand of ssh_config. */
void
test_hosts (gconstpointer data)
{
  static const char *const fields[][2] = { { "RESET", "HOST" }, { "MIGRATE", "MIGR_HOST" } };
  Run run = run_start (data);

  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
    for (gsize j = 0; hostile_texts[j] != NULL; j++)
      {
        g_autofree char *answer = NULL;
        g_autoptr (GPtrArray) calls = NULL;
        g_autofree char *host = NULL;
        xmlDoc *doc;
        char *xml;

        run_load (&run, fields[i][0]);
        doc = xmlReadMemory (run.captured, (int) strlen (run.captured), NULL, NULL, 0);
        for (xmlNode *child = xmlDocGetRootElement (doc)->children; child != NULL; child = child->next)
          if (g_str_equal ((const char *) child->name, fields[i][1]))
            {
              host = g_strdup_printf ("%sz", hostile_texts[j]);
              xmlNodeSetContent (child, NULL);
              xmlNodeAddContent (child, (const xmlChar *) host);
            }
        g_assert_nonnull (host);
        xml = request_dump (doc);
        run_set_xml (&run, xml, strlen (xml));
        xmlFreeDoc (doc);
        answer = run_ask (&run);
        run_check_answer (&run, answer, "FAILURE", "is not a host name");
        calls = rig_calls (run.rig);
        for (guint k = 0; k < calls->len; k++)
          if (!g_str_has_prefix (((RigCall *) g_ptr_array_index (calls, k))->script, "tm/"))
            run_fail (&run, "%s was called", ((RigCall *) g_ptr_array_index (calls, k))->path);
      }
  run_finish (&run);
}

/* Words of oned.conf: a shell is a plain name, a driver one component of a path. */
void
test_options (gconstpointer data)
{
  Run run = run_start (data);

  run_load (&run, "RESET");
  request_compose (&run, NULL, -1);
  /* The last one is not of the locale, which the option parser asks for. */
  for (gsize i = 0; hostile_texts[i + 1] != NULL; i++)
    {
      const char *const shell[] = { "-s", hostile_texts[i], "kvm", NULL };
      const char *const driver[] = { run.local ? "--all-local" : "-t15", "--", hostile_texts[i], NULL };
      g_autofree char *name = g_strdup_printf ("vmm/%s/reset", hostile_texts[i]);
      g_autofree char *answer = NULL;
      g_autoptr (GPtrArray) calls = NULL;

      rig_finish (run.rig);
      if (strchr (hostile_texts[i], ' ') != NULL)
        {
          rig_start_argv (run.rig, shell, NULL);
          if (rig_wait (run.rig) != 2)
            run_fail (&run, "-s '%s' is allowed", hostile_texts[i]);
        }
      if (strchr (hostile_texts[i], '/') == NULL)
        rig_stub (run.rig, name);
      rig_start_argv (run.rig, driver, NULL);
      if (strchr (hostile_texts[i], '/') != NULL)
        {
          if (rig_wait (run.rig) != 2)
            run_fail (&run, "the driver '%s' is allowed", hostile_texts[i]);
          rig_start_init (run.rig, "kvm");
          continue;
        }
      answer = run_ask (&run);
      run_check_answer (&run, answer, "SUCCESS", "");
      calls = rig_calls (run.rig);
      g_assert_cmpint (calls->len, ==, 1);
      g_assert_true (g_str_has_suffix (((RigCall *) g_ptr_array_index (calls, 0))->path, name));
    }
  run_finish (&run);
}
