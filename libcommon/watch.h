/* SPDX-License-Identifier: MIT */
#ifndef WX_WATCH_H
#define WX_WATCH_H

#include <stdbool.h>

/*
 * Whether something changes in a folder: a file there is written, made, renamed, removed, or gets another mode. By inotify(7) on Linux; other
 * systems have not the like.
 */

/* A descriptor, close-on-exec, readable when something has changed; -1: there is none. */
int  wx_watch_open(void);

/* Watch the folder PATH, too; once more is the same. 0, or -1 with errno. */
int  wx_watch_add(int fd, const char *path);

/* Forget what has changed so far. */
void wx_watch_clear(int fd);

#endif
