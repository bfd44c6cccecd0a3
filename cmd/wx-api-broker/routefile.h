/* SPDX-License-Identifier: MIT */
#ifndef ROUTEFILE_H
#define ROUTEFILE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The file of the route WHAT, its text into BUF, which takes CAP bytes with a NUL: its length; -1: it cannot be
 * read, and why is said on standard error.
 */
ssize_t routefile_read(const char *what, char *buf, size_t cap);

#endif
