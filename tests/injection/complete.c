/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "../unit/request-sample.h"
#include "calls.h"
#include "driver/values.h"
#include "request.h"
#include "tests.h"

/* Each value that a recipe names gets its hostile text from some captured request. */
void
test_complete (void)
{
  static const char *const of_elsewhere[] = { "new_deploy_id", "vm_id", "is_device" };
  g_autoptr (GHashTable) covered = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize n_recipes;
  const VmmRecipe *recipes = vmm_recipe_table (&n_recipes);

  for (gsize i = 0; i < G_N_ELEMENTS (of_elsewhere); i++)
    g_hash_table_add (covered, g_strdup (of_elsewhere[i]));
  for (int pass = 0; pass < 2; pass++)
    for (gsize r = 0; pass == 0 ? releases[r] != NULL : r == 0; r++)
      {
        RunCase local = { "local", releases[r], NULL };
        Run run = run_start (&local);

        for (const ReleaseCase *row = releases[r]->cases; row->verb != NULL; row++)
          {
            RequestSample *sample;
            const char *body;

            run_load (&run, row->verb);
            request_compose (&run, NULL, -1);
            body = strchr (run.xml, '>') + 1;
            *strstr (run.xml, "</VMM_DRIVER_ACTION_DATA>") = '\0';
            sample = request_sample_new (row->verb, body, 704, "kvm");
            for (gsize i = 0; i < n_recipes; i++)
              for (const VmmStep *step = recipes[i].steps; step != NULL && step->kind != VMM_STEP_END; step++)
                {
                  g_autofree char *all = g_strjoin (
                    " ", step->args ? step->args : "", step->command ? step->command : "",
                    step->kind == VMM_STEP_DS ? "ds_mad" : "",
                    recipes[i].info_first ? recipes[i].info_first : "", NULL);
                  g_auto (GStrv) names = g_strsplit (all, " ", -1);

                  for (char **name = names; *name != NULL; name++)
                    {
                      g_autofree char *text = **name == '\0' ? NULL : vmm_value_get (&sample->request, *name, NULL);
                      g_autofree char *xml = text == NULL ? NULL : calls_xml_of (text);

                      if (text != NULL && (strstr (xml != NULL ? xml : text, "Mk") != NULL
                                           || (g_str_has_suffix (*name, "_index") && g_str_equal (text, "25"))))
                        g_hash_table_add (covered, g_strdup (*name));
                      else if (pass == 1 && **name != '\0' && !g_hash_table_contains (covered, *name))
                        g_error ("no captured request has the value %s", *name);
                    }
                }
            request_sample_free (sample);
          }
        run_finish (&run);
      }
}
