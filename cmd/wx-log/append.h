/* SPDX-License-Identifier: MIT */
#ifndef APPEND_H
#define APPEND_H

#include <stddef.h>

#include "chain.h"

/*
 * Open the record PATH: to append to it (made with mode 0600 if it is missing), or to read it. Returns a descriptor. Ends the
 * program with an error if it is no regular file, is not the user's, or if others can write it.
 */
int record_open(const char *path, bool append);

/*
 * Append DATA, LEN bytes of JSON, to the record FD, whose name is PATH, and sync it. Other processes may append
 * meanwhile: its line follows theirs. What a write that was cut short has left at the end goes. H becomes the
 * place of the line. Ends the program with an error if that fails; the record is then as it was.
 */
void record_append(int fd, const char *path, const char *data, size_t len, struct head *h);

/* Take the record for reading, so that no line is half written. */
void record_share(int fd, const char *path);

#endif
