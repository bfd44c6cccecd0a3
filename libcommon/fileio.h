/* SPDX-License-Identifier: MIT */
#ifndef WX_FILEIO_H
#define WX_FILEIO_H

#include <stddef.h>
#include <dirent.h>
#include <stdio.h>
#include <sys/types.h>

/* Write LEN bytes; short writes and EINTR are handled. 0, or -1 with errno. */
int     wx_write_all(int fd, const void *buf, size_t len);

/*
 * Read to end of file, CAP bytes at the most. The number of bytes, or -1 with
 * errno: EMSGSIZE if there was more, else read(2)'s.
 */
ssize_t wx_read_all(int fd, void *buf, size_t cap);

/*
 * Read the file NAME of the directory AT (or AT_FDCWD) as a string of CAP - 1 bytes at the most,
 * ended by NUL. FLAGS (as O_NOFOLLOW) are for openat(2), besides what keeps a FIFO from holding
 * us and a terminal from becoming ours. The number of bytes, or -1 with errno and an empty
 * string: EMSGSIZE if there was more, else openat(2)'s and read(2)'s.
 */
ssize_t wx_read_text(int at, const char *name, int flags, char *buf, size_t cap);

/*
 * Open the plain file PATH, which says what is allowed: a descriptor, or -1 with errno, EPERM where it is neither this
 * user's nor root's, or others can write it.
 */
int     wx_own_open(const char *path);

/* Open the directory NAME of the directory AT (or AT_FDCWD), not by a symbolic link: a descriptor, or -1 with
 * errno. */
int     wx_dir_open(int at, const char *name);

/* The same to be listed, to be closed by closedir(3); NULL with errno. */
DIR    *wx_dir_list(int at, const char *name);

/* Flush and check a stream about to be lost at exit: 0, or -1 with errno. */
int     wx_flush(FILE *fp);

#endif
