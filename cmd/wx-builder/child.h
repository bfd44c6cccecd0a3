/* SPDX-License-Identifier: MIT */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include <stddef.h>

/*
 * Programs that do a part of the work: in the folder /, with only those of our
 * variables that an engine needs, and what they say in files that have no name, for
 * the end of a pipe would be held open by what an engine leaves behind.
 */
struct child {
	pid_t pid;
	int   out, err;
};

/*
 * Start ARGV, ARGV[0] a path, with IN (-1: /dev/null) as its standard input. Ends the
 * program with a line where there is no process or file to be had.
 */
void child_start(struct child *c, const char *const argv[], int in);

/*
 * Wait for it. What it wrote to standard output goes to OUT (may be NULL), OUT_CAP - 1
 * bytes at the most; of standard error the last line, or that behind "Error: ", for a
 * terminal, to SAID. Its exit status, or 128+N.
 */
int  child_finish(struct child *c, char *out, size_t out_cap, char *said, size_t said_cap);

/* Both. */
int  child_run(const char *const argv[], int in, char *out, size_t out_cap, char *said, size_t said_cap);

/*
 * Start ARGV in a session of its own, to stay when we end, its pid and then its standard
 * error in LOG, a file, open, whose lock so becomes its. SSH_AUTH_SOCK is left to it.
 */
pid_t child_keep(const char *const argv[], int log);

#endif
