/* SPDX-License-Identifier: MIT */
#ifndef WX_TOOL_TASK_H
#define WX_TOOL_TASK_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>

/*
 * Programs that do a part of what comes before the run. Between task_begin and task_end
 * a signal that would end us ends them first, and sets task_stopped; task_end then dies
 * of it, when all is cleaned up.
 */
extern volatile sig_atomic_t task_stopped;
void  task_begin(void);
void  task_end(void);

/*
 * Start ARGV, ARGV[0] a path, in the folder CWD with the environment ENVP, and IN, OUT
 * and ERR as its standard streams; -1: /dev/null. Dies with a line if it cannot fork.
 */
pid_t task_start(const char *const argv[], char *const envp[], const char *cwd, int in,
    int out, int err);

/* Its wait status. */
int   task_wait(pid_t pid);

/* A file in memory for what it says: a pipe's end would be held open by what podman
 * leaves behind. */
int   task_file(void);

/* Each line that was said there on stderr, shown, after PREFIX, without "NAME: " at its beginning; closes FD. Was there
 * any? */
bool  task_say(int fd, const char *name, const char *prefix);

/* What was said there, its last line that is not empty, for a terminal; closes FD. Of
 * podman that after "Error: ". The caller owns it. */
char *task_said(int fd);

#endif
