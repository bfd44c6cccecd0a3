/* SPDX-License-Identifier: MIT */
#ifndef WX_REMOVETREE_H
#define WX_REMOVETREE_H

/*
 * Remove NAME in the directory DIR (or AT_FDCWD), recursively if it is a directory. The tree may be hostile: of any
 * depth, width, names and modes. Symbolic links are removed, never followed, NAME itself included.
 * Mount points are not entered. At most three descriptors are open at a time, whatever the depth, and
 * memory use is constant.
 *
 * Returns 0, also if NAME does not exist, or -1 with errno: ENOTEMPTY if another process keeps creating files
 * in it, EXDEV at a mount point, else unlinkat(2)'s. After a failure, or a kill at any time, the next
 * call removes the rest.
 */
int wx_remove_tree(int dir, const char *name);

#endif
