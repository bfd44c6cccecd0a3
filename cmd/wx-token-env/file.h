/* SPDX-License-Identifier: MIT */
#ifndef FILE_H
#define FILE_H

#include <sys/types.h>

#include "token.h"

/*
 * Read what the descriptor FD still has into BUF, which takes WX_SECRET_MAX
 * bytes, and end it with a NUL. The number of bytes. T says where it comes
 * from. Dies if that is no place for a secret (see check_place in file.c), or if there is more.
 */
size_t  fd_read(const struct want *w, const struct token *t, int fd, char *buf);

/*
 * The same for the file that T names; -1 with errno if it is not there, or if
 * a folder on the way hides whether it is.
 */
ssize_t file_read(const struct want *w, const struct token *t, char *buf);

#endif
