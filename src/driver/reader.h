/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines from oned, as they come, of any length up to VMM_MAX_LINE_BYTES.
 */
#ifndef VMM_READER_H
#define VMM_READER_H

#include "driver/message.h"

typedef struct _VmmReader VmmReader;

/* Takes the message. */
typedef void (*VmmReaderFunc) (VmmMessage *message, gpointer user_data);

/* fd stays the caller's. */
VmmReader *vmm_reader_new  (int fd, VmmReaderFunc func, gpointer user_data);
void       vmm_reader_free (VmmReader *self);

/* To be called when fd is readable: one read, and func for each line that is
 * complete. FALSE at the end of input, after func has had the last line. */
gboolean vmm_reader_read (VmmReader *self);

#endif
