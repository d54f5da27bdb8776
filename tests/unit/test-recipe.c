/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/recipe.h"

#include <string.h>

#include "driver/values.h"

static void
assert_values (const char *words)
{
  g_auto (GStrv) names = g_strsplit (words == NULL ? "" : words, " ", -1);

  for (char **name = names; *name != NULL; name++)
    if (**name != '\0' && !vmm_value_exists (*name))
      g_error ("there is no value '%s'", *name);
}

static void
check_steps (const VmmRecipe *recipe, const VmmStep *steps, gboolean undo)
{
  g_assert_nonnull (steps);
  for (const VmmStep *step = steps; step->kind != VMM_STEP_END; step++)
    {
      gboolean has_command = step->kind == VMM_STEP_TM || step->kind == VMM_STEP_DS;

      g_test_message ("%s from %u: %s", recipe->verb, recipe->from, step->name);
      g_assert_nonnull (step->name);
      assert_values (step->args);
      assert_values (step->when);
      assert_values (step->command);
      g_assert_cmpint (step->command != NULL, ==, has_command);
      /* What only words of oned have, other steps must not ask for. */
      if (!has_command)
        g_assert_false (step->each_line || step->prefix != NULL || step->suffix != NULL);
      if (has_command)
        g_assert_false (step->bare || step->at_destination);
      if (step->with_vm_files)
        g_assert_cmpint (step->kind, ==, VMM_STEP_VMM);
      /* Nothing is undone of what can't fail, and an undo is not undone. */
      if (step->undo != NULL)
        {
          g_assert_false (undo || step->best_effort);
          check_steps (recipe, step->undo, TRUE);
        }
    }
}

static gboolean
has_step (const VmmRecipe *recipe, const char *name)
{
  for (const VmmStep *step = recipe->steps; step->kind != VMM_STEP_END; step++)
    if (strcmp (step->name, name) == 0)
      return TRUE;
  return FALSE;
}

static void
test_table (void)
{
  gsize n;
  const VmmRecipe *recipes = vmm_recipe_table (&n);

  g_assert_cmpint (n, >, 50);
  for (gsize i = 0; i < n; i++)
    {
      const VmmRecipe *recipe = &recipes[i];

      g_assert_cmpint (recipe->from, <=, recipe->to);
      g_assert_cmpint (recipe->steps != NULL, ==, recipe->refusal == NULL);
      if (recipe->steps == NULL)
        continue;
      check_steps (recipe, recipe->steps, FALSE);
      assert_values (recipe->info_first);
      if (recipe->info != NULL)
        g_assert_true (has_step (recipe, recipe->info));
    }
}

/* For every release and action one unconditional recipe at most, and it is the last. */
static void
test_releases_do_not_overlap (void)
{
  gsize n;
  const VmmRecipe *recipes = vmm_recipe_table (&n);

  for (guint release = 400; release < 800; release++)
    for (gsize i = 0; i < n; i++)
      for (guint k = 0;; k++)
        {
          const VmmRecipe *found = vmm_recipe_find (recipes[i].verb, release, k);

          if (found == NULL)
            break;
          if (found->condition == VMM_IF_ALWAYS)
            {
              g_assert_null (vmm_recipe_find (recipes[i].verb, release, k + 1));
              break;
            }
        }
}

typedef struct
{
  const char *verb;
  guint       first; /* release that knows it */
  guint       last;  /* 0: still */
} Since;

static const Since since[] = {
  { "DEPLOY", 0, 0 }, { "SHUTDOWN", 0, 0 }, { "CANCEL", 0, 0 }, { "SAVE", 0, 0 },
  { "RESTORE", 0, 0 }, { "MIGRATE", 0, 0 }, { "POLL", 0, 0 }, { "REBOOT", 0, 0 },
  { "RESET", 0, 0 }, { "ATTACHDISK", 0, 0 }, { "DETACHDISK", 0, 0 }, { "ATTACHNIC", 0, 0 },
  { "DETACHNIC", 0, 0 }, { "SNAPSHOTCREATE", 0, 0 }, { "SNAPSHOTREVERT", 0, 0 },
  { "SNAPSHOTDELETE", 0, 0 }, { "DISKSNAPSHOTCREATE", 0, 0 }, { "DISKSNAPSHOTREVERT", 0, 414 },
  { "CLEANUP", 0, 0 }, { "UPDATESG", 500, 0 }, { "RESIZEDISK", 504, 0 }, { "UPDATECONF", 510, 0 },
  { "RESIZE", 600, 0 }, { "UPDATENIC", 606, 0 }, { "BACKUP", 606, 0 }, { "BACKUPCANCEL", 608, 0 },
  { "EXEC", 702, 0 }, { "EXEC_CANCEL", 702, 0 },
};

static void
test_since (void)
{
  static const guint releases[] = { 414, 500, 502, 504, 510, 512, 600, 604, 606, 608, 610, 700,
                                    702, 704, 802 };

  for (gsize i = 0; i < G_N_ELEMENTS (since); i++)
    {
      g_assert_true (vmm_recipe_knows (since[i].verb));
      for (gsize j = 0; j < G_N_ELEMENTS (releases); j++)
        {
          gboolean want = releases[j] >= since[i].first
                          && (since[i].last == 0 || releases[j] <= since[i].last);

          g_test_message ("%s in %u", since[i].verb, releases[j]);
          g_assert_cmpint (vmm_recipe_find (since[i].verb, releases[j], 0) != NULL, ==, want);
        }
    }
  g_assert_false (vmm_recipe_knows ("INIT"));
  g_assert_false (vmm_recipe_knows ("deploy"));
  g_assert_false (vmm_recipe_knows (""));
}

static void
test_parse (void)
{
  g_assert_cmpint (vmm_release_parse ("5.12.0.4"), ==, 512);
  g_assert_cmpint (vmm_release_parse ("5.2"), ==, 502);
  g_assert_cmpint (vmm_release_parse ("4.14.2"), ==, 414);
  g_assert_cmpint (vmm_release_parse ("7"), ==, 700);
  g_assert_cmpint (vmm_release_parse ("6.10.80-beta"), ==, 610);
  g_assert_cmpint (vmm_release_parse (""), ==, 0);
  g_assert_cmpint (vmm_release_parse ("latest"), ==, 0);
  g_assert_cmpint (vmm_release_parse ("99999999999"), ==, 0);
}

static void
test_find_release (void)
{
  static const guint cases[][2] = {
    { 308, 0 }, { 414, 0 }, { 500, 500 }, { 502, 500 }, { 504, 500 }, { 510, 510 }, { 512, 510 },
    { 600, 600 }, { 610, 600 }, { 700, 700 }, { 704, 700 }, { 900, 700 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (vmm_release_find (cases[i][0])->from, ==, cases[i][1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/table", test_table);
  g_test_add_func ("/recipe/releases-do-not-overlap", test_releases_do_not_overlap);
  g_test_add_func ("/recipe/since", test_since);
  g_test_add_func ("/recipe/parse-release", test_parse);
  g_test_add_func ("/recipe/find-release", test_find_release);
  return g_test_run ();
}
