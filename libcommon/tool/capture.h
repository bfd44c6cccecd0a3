/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_CAPTURE_H
#define WX_TOOL_CAPTURE_H

#include <sys/types.h>

/* A program that runs beside us, and whose standard output we read. */
struct capture {
	pid_t pid;
	int   fd;
};

/*
 * Start ARGV (looked up on our PATH) in the folder / with the environment ENVP
 * and nothing else of ours: standard input and error on /dev/null. 0, or -1 with
 * errno when it cannot be started; a program that is not there shows in finish.
 */
int     capture_start(struct capture *c, const char *const argv[],
    const char *const envp[]);

/*
 * Read its output to the end, CAP - 1 bytes at the most, put a NUL after it, and
 * wait for it. The number of bytes, or -1: it failed, was not there, or said more; with
 * ETIMEDOUT: it did not end in SECONDS, and was killed. SECONDS 0: it may take its time.
 */
ssize_t capture_finish(struct capture *c, char *buf, size_t cap, int seconds);

#endif
