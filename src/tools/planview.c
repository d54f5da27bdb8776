/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/planview.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/quote.h"
#include "common/text.h"
#include "tools/paint.h"

/* How much of what a script reads is shown. */
#define SHOWN_BYTES 60

/* Stands in the arguments for what the deploy step is going to print. */
#define NEW_DEPLOY_ID "NEW_DEPLOY_ID"

static void
print_painted (VmmPaint paint, const char *text)
{
  printf ("%s%s%s", vmm_paint_begin (paint), text, vmm_paint_end (paint));
}

static void
print_indent (guint depth)
{
  printf ("%*s", (int) (3 * depth), "");
}

/* ---- what is read ---- */

/* The text that base64 holds, else NULL. */
static char *
decoded (GBytes *bytes)
{
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);
  g_autoptr (GString) base64 = g_string_sized_new (len);
  gsize text_len;

  for (gsize i = 0; i < len; i++)
    if (data[i] != '\n')
      g_string_append_c (base64, data[i]);
  return vmm_base64_decode (base64->str, base64->len, &text_len, NULL);
}

static void
print_data (const char *what, GBytes *bytes, gboolean verbose)
{
  g_autofree char *text = NULL;
  g_autofree char *shown = NULL;
  gsize len;
  const char *data = g_bytes_get_data (bytes, &len);

  if (len == 0)
    {
      printf ("%s nothing\n", what);
      return;
    }
  text = decoded (bytes);
  printf ("%s %" G_GSIZE_FORMAT " bytes%s: ", what, len, text != NULL ? ", base64 of" : "");
  if (text == NULL)
    text = g_strndup (data, len);
  shown = vmm_text_one_line (text, -1, verbose ? 0 : SHOWN_BYTES);
  printf ("%s\n", shown);
}

/* ---- steps ---- */

static void
print_files (const VmmCommand *command, guint depth, gboolean verbose)
{
  for (guint i = 0; command->files != NULL && i < command->files->len; i++)
    {
      const VmmFile *file = g_ptr_array_index (command->files, i);
      g_autofree char *what = g_strdup_printf ("first writes %s:", file->path);

      print_indent (depth);
      print_data (what, file->data, verbose);
    }
}

static void
print_call (const VmmCall *call, guint depth, gboolean verbose)
{
  const VmmCommand *command = call->command;
  g_autofree char *line = vmm_quote_argv ((const char *const *) command->argv);

  print_files (command, depth, verbose);
  print_indent (depth);
  print_painted (VMM_PAINT_BOLD, line);
  putchar ('\n');
  print_indent (depth);
  print_data ("reads", command->input, verbose);
  if (command->forward_agent)
    {
      print_indent (depth);
      puts ("may use the SSH agent of the front-end");
    }
  if (command->host == NULL && access (command->argv[0], X_OK) < 0)
    {
      print_indent (depth);
      print_painted (VMM_PAINT_BAD, access (command->argv[0], F_OK) < 0
                                      ? "there is no such script" : "which is not executable");
      putchar ('\n');
    }
}

static void print_steps (const GPtrArray *steps, guint depth, gboolean verbose);

static void
print_calls (const VmmPlanStep *step, guint depth, gboolean verbose)
{
  if (step->calls->len == 0)
    {
      print_indent (depth);
      puts ("the VM has no network driver: nothing to do");
    }
  for (guint i = 0; i < step->calls->len; i++)
    print_call (g_ptr_array_index (step->calls, i), depth, verbose);
}

static void
print_step (const VmmPlanStep *step, guint number, guint depth, gboolean verbose)
{
  const VmmCall *call = step->calls->len == 0 ? NULL : g_ptr_array_index (step->calls, 0);

  print_indent (depth);
  printf ("%u. ", number);
  print_painted (VMM_PAINT_GOOD, step->name);
  printf (" (%s)", vmm_step_kind_name (step->kind));
  if (call != NULL && call->command->host != NULL)
    printf (" on %s", call->command->host);
  else if (call != NULL)
    printf (" on the front-end");
  if (step->best_effort)
    print_painted (VMM_PAINT_FAINT, "; best effort: the action goes on when it fails");
  putchar ('\n');
  print_calls (step, depth + 1, verbose);
  if (step->undo->len > 0)
    {
      print_indent (depth + 1);
      print_painted (VMM_PAINT_WARN, "when it fails:\n");
      print_steps (step->undo, depth + 2, verbose);
    }
}

static void
print_steps (const GPtrArray *steps, guint depth, gboolean verbose)
{
  for (guint i = 0; i < steps->len; i++)
    print_step (g_ptr_array_index (steps, i), i + 1, depth, verbose);
}

void
vmm_planview_print (VmmPlan *plan, gboolean verbose)
{
  printf ("recipe of OpenNebula %s\n", vmm_release_find (plan->release)->name);
  vmm_plan_set_deploy_id (plan, NEW_DEPLOY_ID);
  print_steps (plan->steps, 0, verbose);
  if (plan->info == NULL)
    puts ("answers without information");
  else
    printf ("answers with %s%swhat %s prints\n",
            plan->info_first == NULL ? "" : plan->info_first,
            plan->info_first == NULL ? "" : " and ", plan->info);
}

/* ---- a request ---- */

static void
print_values (VmmPayload *payload)
{
  static const char *const names[] = {
    "HOST", "NET_DRV", "MIGR_HOST", "MIGR_NET_DRV", "DEPLOY_ID", "LOCAL_DEPLOYMENT_FILE",
    "REMOTE_DEPLOYMENT_FILE", "CHECKPOINT_FILE", "TM_COMMAND", "TM_COMMAND_ROLLBACK",
    "DISK_TARGET_PATH", "SECURITY_GROUP_ID", "VIRTUAL_NETWORK_ID", "VM/NAME",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *text = vmm_payload_text (payload, names[i]);
      g_autofree char *shown = text == NULL ? NULL : vmm_text_one_line (text, -1, 0);

      if (shown != NULL && *shown != '\0')
        printf ("   %-22s %s\n", names[i], shown);
    }
}

void
vmm_planview_print_request (const VmmMessage *message, VmmPayload *payload,
                            gboolean verbose)
{
  print_painted (VMM_PAINT_BOLD, message->verb);
  printf (" for VM %s: %" G_GSIZE_FORMAT " characters of base64, %" G_GSIZE_FORMAT
          " bytes of XML, %s\n", message->id, message->base64_len,
          g_bytes_get_size (vmm_payload_xml (payload)),
          message->double_blank ? "two blanks as from 6.0" : "one blank as up to 5.12");
  if (verbose)
    {
      g_autofree char *xml = vmm_payload_format (payload);

      puts (xml);
    }
  else
    print_values (payload);
}
