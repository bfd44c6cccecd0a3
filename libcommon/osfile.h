/* SPDX-License-Identifier: MIT */
#ifndef WX_OSFILE_H
#define WX_OSFILE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* File system calls that systems differ in. All descriptors are close-on-exec. */

/* Open PATH as a base for the calls below; with O_PATH on Linux, so it need not be readable. Returns -1 with errno. */
int  wx_top_open(const char *path, int flags);

/*
 * Open REL beneath the directory ROOT ("" is ROOT itself). Returns a descriptor, or -1 with errno: ELOOP if any
 * component is a symbolic link, EXDEV if the path leaves ROOT, EAGAIN if FLAGS has O_NONBLOCK and
 * somebody holds a lease on the file (fcntl(2)). Linux: openat2(2). Elsewhere: component by
 * component, and any ".." is EXDEV.
 */
int  wx_beneath_open(int root, const char *rel, int flags);

/* fstat(2) of REL beneath ROOT, which need not be readable. Returns and sets errno as wx_beneath_open. */
int  wx_beneath_stat(int root, const char *rel, struct stat *st);

/* Resolve REL beneath ROOT, symbolic links included. Returns 0 if it exists there, or -1 with errno: EXDEV if it
 * leads out of ROOT. */
int  wx_beneath_ends(int root, const char *rel);

/* The same, and store its status in *ST, unless ST is NULL. */
int  wx_beneath_end(int root, const char *rel, struct stat *st);

/* Return whether st_nlink - 2 of a directory is the number of its subdirectories on FD's file system; false if
 * unknown. */
bool wx_counts_directories(int fd);

/* Return the birth time of REL (statx(2), stx_btime), which no call can change; zero if unknown. */
struct timespec wx_beneath_born(int root, const char *rel);

/* Return a time of *ST with nanoseconds. */
struct timespec wx_stat_atime(const struct stat *st);
struct timespec wx_stat_mtime(const struct stat *st);
struct timespec wx_stat_ctime(const struct stat *st);

/* Return the time a file created now gets as its time stamp, or slightly earlier (CLOCK_REALTIME_COARSE). */
struct timespec wx_file_clock(void);

/* Create an anonymous file in memory. Returns a descriptor, or -1 with errno. */
int  wx_file_memory(void);

/* Copy the first LEN bytes of the file IN into the empty file OUT: by reflink where the file system can (FICLONE), else by
 * copy_file_range(2). Returns 0, or -1 with errno. */
int  wx_file_copy(int in, int out, size_t len);

/* write(2) to a socket; where the other end is closed EPIPE, and no SIGPIPE. */
ssize_t wx_send(int fd, const void *buf, size_t len);

/* pipe(2), close-on-exec. Returns 0, or -1 with errno. */
int  wx_pipe(int fds[2]);

#endif
