/* SPDX-License-Identifier: MIT */
#ifndef ROUTEFILE_H
#define ROUTEFILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The file of the route WHAT: its path into PATH, its text into BUF, which takes CAP bytes with a NUL. The length of
 * the text; -1: it cannot be read, and why is said on standard error.
 */
ssize_t routefile_read(const char *what, char path[static PATH_MAX], char *buf, size_t cap);

#endif
