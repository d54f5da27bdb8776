/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/answer.h"

#include <string.h>

#include "common/text.h"

static gboolean
take_log (VmmAnswer *self, char **words)
{
  if (!g_str_equal (words[0], "LOG") || strlen (words[1]) != 1
      || strchr ("EWID", words[1][0]) == NULL)
    return FALSE;
  self->kind = VMM_ANSWER_LOG;
  self->severity = (VmmSeverity) words[1][0];
  return TRUE;
}

static gboolean
take_result (VmmAnswer *self, char **words)
{
  self->success = g_str_equal (words[1], VMM_RESULT_SUCCESS);
  if (!self->success && !g_str_equal (words[1], VMM_RESULT_FAILURE))
    return FALSE;
  self->kind = VMM_ANSWER_RESULT;
  self->verb = g_strdup (words[0]);
  return TRUE;
}

VmmAnswer *
vmm_answer_parse (const char *line)
{
  VmmAnswer *self = g_new0 (VmmAnswer, 1);
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  gboolean known = g_strv_length (words) >= 3 && (take_log (self, words)
                                                  || take_result (self, words));

  if (known)
    self->id = g_strdup (words[2]);
  self->text = vmm_text_one_line (!known ? line : words[3] == NULL ? "" : words[3], -1, 0);
  return self;
}

void
vmm_answer_free (VmmAnswer *self)
{
  if (self == NULL)
    return;
  g_free (self->verb);
  g_free (self->id);
  g_free (self->text);
  g_free (self);
}
