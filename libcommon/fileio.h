/* SPDX-License-Identifier: MIT */
#ifndef WX_FILEIO_H
#define WX_FILEIO_H

#include <stddef.h>
#include <dirent.h>
#include <stdio.h>
#include <sys/types.h>

/* Write LEN bytes, also after short writes and EINTR. Returns 0, or -1 with errno. */
int     wx_write_all(int fd, const void *buf, size_t len);

/*
 * Read to the end of the file, CAP bytes at the most. Returns the number of bytes, or -1 with
 * errno: EMSGSIZE if there is more, else read(2)'s.
 */
ssize_t wx_read_all(int fd, void *buf, size_t cap);

/*
 * Read the file NAME of the directory AT (or AT_FDCWD) into BUF as a NUL-terminated string of CAP - 1 bytes at the
 * most. FLAGS (such as O_NOFOLLOW) are added to openat(2)'s; a FIFO does not block, and a terminal does not become the
 * controlling one. Returns the number of bytes, or -1 with errno and an empty string: EMSGSIZE if
 * there is more, else openat(2)'s or read(2)'s.
 */
ssize_t wx_read_text(int at, const char *name, int flags, char *buf, size_t cap);

/*
 * Open the regular file PATH, whose content decides what is allowed. Returns a descriptor, or -1 with errno: EPERM if its
 * owner is neither this user nor root, or if others may write it.
 */
int     wx_own_open(const char *path);

/* Open the directory NAME of the directory AT (or AT_FDCWD); NAME may not be a symbolic link. Returns a
 * descriptor, or -1 with errno. */
int     wx_dir_open(int at, const char *name);

/* The same as a stream for readdir(3); the caller calls closedir(3). NULL with errno. */
DIR    *wx_dir_list(int at, const char *name);

/* Flush FP and check it for earlier errors. Returns 0, or -1 with errno. */
int     wx_flush(FILE *fp);

#endif
