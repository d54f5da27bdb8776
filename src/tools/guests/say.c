/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/guests/say.h"

#include "common/text.h"

#include <stdio.h>
#include <unistd.h>

#define PLAIN_INTERVAL_US (5 * G_USEC_PER_SEC)

static gboolean terminal;
static gboolean progress_shown;

void
guests_say_init (void)
{
  terminal = isatty (STDOUT_FILENO);
  setvbuf (stdout, NULL, _IOLBF, BUFSIZ);
}

static void
clear_progress (void)
{
  if (!progress_shown)
    return;
  fputs ("\r\033[K", stdout);
  fflush (stdout);
  progress_shown = FALSE;
}

static void G_GNUC_PRINTF (2, 0)
say (FILE *to, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);
  g_autofree char *line = vmm_text_one_line (text, -1, 4096);

  clear_progress ();
  fprintf (to, "%s\n", line);
}

void
guests_say (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  say (stdout, format, args);
  va_end (args);
}

void
guests_say_error (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  say (stderr, format, args);
  va_end (args);
}

void
guests_say_progress (gint64 *said_us, const char *format, ...)
{
  gint64 now = g_get_monotonic_time ();
  va_list args;

  va_start (args, format);
  if (terminal)
    {
      g_autofree char *text = g_strdup_vprintf (format, args);
      g_autofree char *line = vmm_text_one_line (text, -1, 76);

      printf ("\r\033[K%s", line);
      fflush (stdout);
      progress_shown = TRUE;
    }
  else if (*said_us == 0 || now - *said_us >= PLAIN_INTERVAL_US)
    {
      say (stdout, format, args);
      *said_us = now;
    }
  va_end (args);
}
