/* SPDX-License-Identifier: Apache-2.0
 *
 * File descriptors: the few things that every user of them needs.
 */
#ifndef VMM_FD_H
#define VMM_FD_H

#include <glib.h>

/* A negative fd is left alone. */
void vmm_fd_set_nonblocking (int fd);

/* Makes sure that 0, 1 and 2 are open, on /dev/null where they were not, so
 * that no later open() can become "standard error". Returns whether fd 2 was open. */
gboolean vmm_fd_fill_standard (void);

/* Writes all of it, waiting where it must. FALSE with errno set on failure. */
gboolean vmm_fd_write_all (int fd, const char *data, gsize len);

/* Reads a file of at most max_bytes. Returns NUL-terminated bytes or NULL with an error. */
char *vmm_fd_read_file (const char *path, gsize max_bytes, gsize *len, GError **error);

#endif
