/* SPDX-License-Identifier: MIT */
#ifndef WX_FILEIO_H
#define WX_FILEIO_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Write LEN bytes; short writes and EINTR are handled. 0, or -1 with errno. */
int     wx_write_all(int fd, const void *buf, size_t len);

/*
 * Read to end of file, CAP bytes at the most. The number of bytes, or -1 with
 * errno: EMSGSIZE if there was more, else read(2)'s.
 */
ssize_t wx_read_all(int fd, void *buf, size_t cap);

/* Flush and check a stream about to be lost at exit: 0, or -1 with errno. */
int     wx_flush(FILE *fp);

#endif
