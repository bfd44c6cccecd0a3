/* SPDX-License-Identifier: MIT */
#ifndef WX_OSFILE_H
#define WX_OSFILE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* What of files one system has a call for, and another not. All descriptors are
 * close-on-exec. */

/* PATH, to begin other paths from: it need not be readable (Linux). Or -1 with errno. */
int  wx_top_open(const char *path, int flags);

/*
 * REL below the folder ROOT ("" is that itself), or -1 with errno: ELOOP if a symbolic link
 * is on the way or at the end, EXDEV if a step leads out. Linux: openat2(2); elsewhere
 * folder by folder, and each '..' is taken for a step out.
 */
int  wx_beneath_open(int root, const char *rel, int flags);

/* As fstat(2) of REL, which need not be readable; errno as there. */
int  wx_beneath_stat(int root, const char *rel, struct stat *st);

/* Through links too: is REL something below ROOT? 0, or -1 with errno, EXDEV where it
 * leads out. */
int  wx_beneath_ends(int root, const char *rel);

/* When the thing at REL was made, which nothing can change; zero where that is not known. */
struct timespec wx_beneath_born(int root, const char *rel);

/* Of *ST, in full. */
struct timespec wx_stat_atime(const struct stat *st);
struct timespec wx_stat_mtime(const struct stat *st);
struct timespec wx_stat_ctime(const struct stat *st);

/* The time that a file gets which is made now: no later than it. */
struct timespec wx_file_clock(void);

/* An empty file that has no name, or -1 with errno. */
int  wx_file_memory(void);

/* The LEN bytes of FD's file IN, from its start, into the new file OUT: by sharing them where the
 * file system can (FICLONE), else by the kernel's copy. 0, or -1 with errno. */
int  wx_file_copy(int in, int out, size_t len);

/* pipe(2). 0, or -1 with errno. */
int  wx_pipe(int fds[2]);

#endif
