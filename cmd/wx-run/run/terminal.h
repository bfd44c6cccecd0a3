/* SPDX-License-Identifier: MIT */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <sys/types.h>

#include <stdbool.h>
#include <termios.h>

/*
 * The terminal that wx-run was started on, if any. The command runs in a process
 * group of its own, so that its kill(0, ...) meets nobody outside. It starts in
 * the background, so that a pager behind the same pipe keeps the terminal; when it
 * reads from it or sets it, the kernel stops it, and it is given the foreground.
 */
struct terminal {
	int            fd;       /* -1: none */
	bool           given;    /* the command is in the foreground, */
	bool           touched;  /* or was */
	struct termios modes;    /* as they were */
};

void terminal_open(struct terminal *t);

/* Where the foreground is ours, it becomes GROUP's. True if it is now. */
bool terminal_give(struct terminal *t, pid_t group);

/* The foreground is ours again, if it was given. */
void terminal_take(struct terminal *t);

/* The same at the end of the run, with the modes as they were found if it
 * was ever given. */
void terminal_close(struct terminal *t);

#endif
