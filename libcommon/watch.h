/* SPDX-License-Identifier: MIT */
#ifndef WX_WATCH_H
#define WX_WATCH_H

#include <stdbool.h>

/*
 * Notice changes in directories: a file is written, created, renamed, removed, or changes its mode. By inotify(7) on Linux;
 * not available on other systems.
 */

/* Return a close-on-exec descriptor that becomes readable on a change; -1 if there is none. */
int  wx_watch_open(void);

/* Add the directory PATH; adding it again has no effect. Returns 0, or -1 with errno. */
int  wx_watch_add(int fd, const char *path);

/* Discard the changes noticed so far. */
void wx_watch_clear(int fd);

#endif
