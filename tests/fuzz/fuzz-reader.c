/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines cut anywhere: every message has a kind, and what is echoed is safe.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "driver/reader.h"
#include "fuzz.h"

static void
take (VmmMessage *message, gpointer user_data G_GNUC_UNUSED)
{
  if (message->verb != NULL)
    for (const char *p = message->verb; *p != '\0'; p++)
      FUZZ_CHECK (g_ascii_isalnum (*p) || *p == '_');
  if (message->id != NULL)
    FUZZ_CHECK (strspn (message->id, "-0123456789") == strlen (message->id));
  if (message->kind == VMM_MESSAGE_ACTION)
    FUZZ_CHECK (message->id != NULL && message->base64 != NULL);
  if (message->kind == VMM_MESSAGE_BAD)
    FUZZ_CHECK (message->problem != NULL);
  vmm_message_free (message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("input", 0);
  VmmReader *reader = vmm_reader_new (fd, take, NULL);

  FUZZ_CHECK (write (fd, data, size) == (ssize_t) size);
  lseek (fd, 0, SEEK_SET);
  while (vmm_reader_read (reader))
    ;
  vmm_reader_free (reader);
  close (fd);
  return 0;
}
