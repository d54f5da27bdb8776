/* SPDX-License-Identifier: Apache-2.0 */
#include "hostile.h"

#include <string.h>

#define TOUCH HOSTILE_TOUCH

/* The number and the letter that follow make any of them a disk's target. With them none
 * begins or ends in a blank, which oned doesn't mean and the driver takes away. */
const char *const hostile_texts[] = {
  "';" TOUCH ";'", "\";" TOUCH ";\"", "$(" TOUCH ")", "`" TOUCH "`", "a\nEOT\n" TOUCH "\nEOT\n",
  "a|" TOUCH "&" TOUCH ";\\", "-oProxyCommand=" TOUCH ";", "../../../outside/", "/outside/",
  "]]><HOST>other</HOST><!-- &amp; ", "'\"\\$HOME ${HOME} %s%n * ? [a] {a,b} ~ # ! <a >b ()",
  "\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\xa9\xc2\x85\t\r\r\n x", NULL
};

const char *const hostile_names[] = {
  "../../outside/z", "../z", "/outside/z", "z/../../../outside/z", NULL
};

#define BYTES(text) { text, sizeof text - 1 }
const HostileBytes hostile_bytes[] = {
  BYTES ("a\0b"), BYTES ("\0"), BYTES ("a&#0;b"), BYTES ("\xff\xfe"), BYTES ("a\xc3("),
  BYTES ("\xed\xa0\x80"), BYTES ("\xc0\xaf"), BYTES ("\x1b[1m"), BYTES ("\x01" "deploy_id"),
  BYTES ("&#1;"), BYTES ("\xef\xbf\xbf"),
};
const gsize hostile_n_bytes = G_N_ELEMENTS (hostile_bytes);

GByteArray *
hostile_file (void)
{
  GByteArray *file = g_byte_array_new ();

  for (gsize i = 0; hostile_texts[i] != NULL; i++)
    g_byte_array_append (file, (const guint8 *) hostile_texts[i], strlen (hostile_texts[i]));
  for (gsize i = 0; i < hostile_n_bytes; i++)
    g_byte_array_append (file, (const guint8 *) hostile_bytes[i].text, hostile_bytes[i].len);
  return file;
}
