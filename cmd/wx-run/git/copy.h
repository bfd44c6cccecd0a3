/* SPDX-License-Identifier: MIT */
#ifndef COPY_H
#define COPY_H

#include <stdbool.h>

/*
 * Copy NAME of the directory FROM to TO, where it must not be: a regular file with its mode
 * and its time of change (git's index compares with that), a symbolic link as it stands, a
 * directory with all in it, but for locks and samples. What is neither is left out, as is what is more than
 * COPY_ENTRIES. 0, or -1 with errno; ENOENT: it is not there.
 */
#define COPY_ENTRIES 20000
int copy_entry(int from, int to, const char *name);

/* Write LEN bytes of DATA to the new file NAME of DIR, mode 0644. 0, or -1 with errno. */
int copy_text(int dir, const char *name, const void *data, unsigned long len);

#endif
