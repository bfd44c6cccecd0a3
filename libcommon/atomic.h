/* SPDX-License-Identifier: MIT */
#ifndef WX_ATOMIC_H
#define WX_ATOMIC_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Atomic file creation and replacement: after a crash a file is whole or absent. DIR is an open
 * directory, NAME a file name in it. Data goes to the temporary file ".NAME.wx-new" first. The name is
 * fixed, so that the next run finds what a killed one left; therefore two writers of one directory
 * must exclude each other by wx_dir_lock. Every function returns 0, or -1 with errno; on
 * failure it leaves no temporary file.
 */

/*
 * Take an exclusive advisory lock on DIR (flock(2)), held until wx_dir_unlock or close. Waits MS milliseconds at
 * the most, then fails with EWOULDBLOCK. Returns 0 without a lock where the file system cannot lock
 * directories (NFS).
 */
int wx_dir_lock(int dir, int ms);
int wx_dir_unlock(int dir);

/* Write the directory's entries to disk (fsync(2)). */
int wx_dir_sync(int dir);

/* Write all cached data of the directory's file system to disk (syncfs(2)). */
int wx_fs_sync(int dir);

/* Create NAME with exactly MODE, whatever the umask, and sync it. EEXIST if NAME exists. */
int wx_file_create(int dir, const char *name, mode_t mode, const void *buf, size_t len);

/* As wx_file_create, but replace NAME if it exists. */
int wx_file_replace(int dir, const char *name, mode_t mode, const void *buf, size_t len);

/*
 * The single steps, for callers that make several files one transaction. wx_temp_write writes NAME's temporary
 * file, and syncs it if SYNC; wx_temp_sync syncs it later, which is cheaper for several files in a row.
 * wx_temp_link gives it the name NAME, which must be free (EEXIST); wx_temp_rename replaces NAME.
 * wx_temp_remove removes it; 0 if there is none.
 */
int wx_temp_write(int dir, const char *name, mode_t mode, const void *buf, size_t len, bool sync);
int wx_temp_sync(int dir, const char *name);
int wx_temp_link(int dir, const char *name);
int wx_temp_rename(int dir, const char *name);
int wx_temp_remove(int dir, const char *name);

/* Set the temporary file's access and modification times to those of NAME. */
int wx_temp_keep_times(int dir, const char *name);

/* Store the name of NAME's temporary file in TEMP. ENAMETOOLONG if it does not fit. */
int wx_temp_name(char temp[static NAME_MAX + 1], const char *name);

#endif
