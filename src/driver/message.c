/* SPDX-License-Identifier: Apache-2.0 */
#include "driver/message.h"

#include <string.h>

#include "vmm-limits.h"
#include "vmm-protocol.h"

#define MAX_VERB_LEN 64
#define MAX_ID_LEN   20
#define MAX_WORDS    4 /* one more than a message can have */

typedef struct
{
  const char *start;
  gsize       len;
} Word;

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static guint
split (const char *line, gsize len, Word *words)
{
  const char *p = line, *end = line + len;
  guint n = 0;

  while (n < MAX_WORDS)
    {
      while (p < end && is_blank (*p))
        p++;
      if (p == end)
        break;
      words[n].start = p;
      while (p < end && !is_blank (*p))
        p++;
      words[n].len = p - words[n].start;
      n++;
    }
  return n;
}

static gboolean
is_id (Word word)
{
  gsize i = word.start[0] == '-' ? 1 : 0;

  if (word.len == i || word.len > MAX_ID_LEN)
    return FALSE;
  for (; i < word.len; i++)
    if (!g_ascii_isdigit (word.start[i]))
      return FALSE;
  return TRUE;
}

/* The word as a verb that can go back into a line of ours, whatever it held. */
static char *
clean_verb (Word word)
{
  char *verb = g_ascii_strup (word.start, MIN (word.len, MAX_VERB_LEN));

  for (char *p = verb; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && *p != '_')
      *p = '_';
  return verb;
}

static void
set_bad (VmmMessage *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
set_bad (VmmMessage *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  self->kind = VMM_MESSAGE_BAD;
  self->problem = g_strdup_vprintf (format, args);
  va_end (args);
}

static void
read_action (VmmMessage *self, const Word *words, guint n)
{
  if (n < 2)
    set_bad (self, "the request %s has no id", self->verb);
  else if (self->id == NULL)
    set_bad (self, "the id of the request %s is not a number", self->verb);
  else if (n != 3)
    set_bad (self, "%s: a request has three words (action, id, data), this one has %s",
             self->verb, n < 3 ? "two" : "more");
  else
    {
      self->kind = VMM_MESSAGE_ACTION;
      self->base64 = g_strndup (words[2].start, words[2].len);
      self->base64_len = words[2].len;
    }
}

VmmMessage *
vmm_message_parse (const char *line, gsize len)
{
  VmmMessage *self = g_new0 (VmmMessage, 1);
  Word words[MAX_WORDS];
  guint n = split (line, len, words);

  if (n == 0)
    return self;
  self->verb = clean_verb (words[0]);
  if (n > 1 && is_id (words[1]))
    self->id = g_strndup (words[1].start, words[1].len);
  self->double_blank = n > 1 && words[1].start - (words[0].start + words[0].len) > 1;

  if (words[0].len > MAX_VERB_LEN)
    set_bad (self, "an action's name has at most %d characters", MAX_VERB_LEN);
  else if (g_str_equal (self->verb, VMM_VERB_INIT))
    self->kind = VMM_MESSAGE_INIT;
  else if (g_str_equal (self->verb, VMM_VERB_FINALIZE))
    self->kind = VMM_MESSAGE_FINALIZE;
  else if (!g_str_equal (self->verb, VMM_VERB_CANCEL))
    read_action (self, words, n);
  else if (self->id == NULL)
    set_bad (self, VMM_VERB_CANCEL " without the id of a VM");
  else
    self->kind = VMM_MESSAGE_CANCEL;
  return self;
}

VmmMessage *
vmm_message_too_long (const char *start, gsize len)
{
  VmmMessage *self = vmm_message_parse (start, len);

  g_clear_pointer (&self->problem, g_free);
  set_bad (self, "the request is longer than %d MiB", VMM_MAX_LINE_BYTES / 1024 / 1024);
  return self;
}

void
vmm_message_free (VmmMessage *self)
{
  if (self == NULL)
    return;
  g_free (self->verb);
  g_free (self->id);
  g_free (self->base64);
  g_free (self->problem);
  g_free (self);
}
