/* SPDX-License-Identifier: MIT */
#ifndef WX_ATOMIC_H
#define WX_ATOMIC_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Files that are there whole or not at all. DIR is a folder, open; NAME is one in
 * it. What is written goes to the temporary file ".NAME.wx-new" first. It has this
 * one name so that the next run finds what a killed one left: hence two writers of
 * one folder must keep out of each other's way by wx_dir_lock. All functions return
 * 0, or -1 with errno, and then there is no temporary file of theirs.
 */

/*
 * Hold the folder against others who ask for it so, until DIR is closed; wait MS
 * milliseconds at the most, then EWOULDBLOCK. Where the file system has no locks
 * for folders (NFS) it is 0 all the same.
 */
int wx_dir_lock(int dir, int ms);
int wx_dir_unlock(int dir);

/* Have the folder's entries on the disk. */
int wx_dir_sync(int dir);

/* The same of all that was written to the folder's file system. */
int wx_fs_sync(int dir);

/* Make NAME, with exactly this MODE, on the disk. EEXIST if it is there. */
int wx_file_create(int dir, const char *name, mode_t mode, const void *buf, size_t len);

/* The same, in place of what NAME was before. */
int wx_file_replace(int dir, const char *name, mode_t mode, const void *buf, size_t len);

/*
 * The steps, for those who make several files one transaction: write the temporary
 * file of NAME, and with SYNC have it on the disk, or do so later: several in a row cost
 * less than each by itself; give it its name, which must not be taken (EEXIST), or
 * may be; remove it (0 if there is none).
 */
int wx_temp_write(int dir, const char *name, mode_t mode, const void *buf, size_t len, bool sync);
int wx_temp_sync(int dir, const char *name);
int wx_temp_link(int dir, const char *name);
int wx_temp_rename(int dir, const char *name);
int wx_temp_remove(int dir, const char *name);

/* Give it the times of NAME. */
int wx_temp_keep_times(int dir, const char *name);

/* Its name; ENAMETOOLONG. */
int wx_temp_name(char temp[static NAME_MAX + 1], const char *name);

#endif
