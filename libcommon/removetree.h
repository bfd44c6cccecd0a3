/* SPDX-License-Identifier: MIT */
#ifndef WX_REMOVETREE_H
#define WX_REMOVETREE_H

/*
 * Remove NAME in the directory DIR (or AT_FDCWD), and if it is a directory all that is
 * in it: what somebody made who wants it to stay, of any depth, width, names and modes. No
 * symbolic link is followed, NAME itself neither: the link is removed. Other file systems
 * that are mounted there are not entered. Three descriptors are open at once at the most,
 * whatever the depth; memory does not grow.
 *
 * 0, also if there is no such NAME; or -1 with errno: ENOTEMPTY if another process keeps
 * making files in it, EXDEV at another file system, else as from unlinkat(2). What is left
 * then, or after a kill at any moment, the next call removes.
 */
int wx_remove_tree(int dir, const char *name);

#endif
