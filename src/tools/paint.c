/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/paint.h"

#include <glib.h>
#include <unistd.h>

static gboolean
has_colours (void)
{
  static int known = -1;

  if (known < 0)
    {
      const char *no_color = g_getenv ("NO_COLOR");

      known = isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0')
              && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
    }
  return known;
}

const char *
vmm_paint_begin (VmmPaint paint)
{
  static const char *const sequences[] = {
    [VMM_PAINT_PLAIN] = "",         [VMM_PAINT_FAINT] = "\033[2m", [VMM_PAINT_BOLD] = "\033[1m",
    [VMM_PAINT_GOOD] = "\033[1;32m", [VMM_PAINT_BAD] = "\033[1;31m", [VMM_PAINT_WARN] = "\033[33m",
  };

  return has_colours () ? sequences[paint] : "";
}

const char *
vmm_paint_end (VmmPaint paint)
{
  return paint != VMM_PAINT_PLAIN && has_colours () ? "\033[0m" : "";
}
