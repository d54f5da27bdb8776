/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MEMORY_H
#define MEMORY_H

#include <sys/types.h>

/* A line of /proc/PID/smaps_rollup, in KiB: "Rss:", "Pss:", "Private_Dirty:". */
double memory_kb (pid_t pid, const char *field);

/* What one thread that does nothing takes, resident, in KiB. */
double memory_of_thread_kb (void);

#endif
