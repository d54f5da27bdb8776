/* SPDX-License-Identifier: Apache-2.0
 *
 * Colours, on a terminal only and not when NO_COLOR is set.
 */
#ifndef VMM_PAINT_H
#define VMM_PAINT_H

typedef enum
{
  VMM_PAINT_PLAIN,
  VMM_PAINT_FAINT,
  VMM_PAINT_BOLD,
  VMM_PAINT_GOOD,
  VMM_PAINT_BAD,
  VMM_PAINT_WARN,
} VmmPaint;

/* What to print before and after a text on standard output; "" without colours. */
const char *vmm_paint_begin (VmmPaint paint);
const char *vmm_paint_end   (VmmPaint paint);

#endif
