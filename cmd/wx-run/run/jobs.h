/* SPDX-License-Identifier: MIT */
#ifndef JOBS_H
#define JOBS_H

#include "sandbox.h"

/* Send SIG, which stops, to WHOM (kill(2)). Were we stopped, and let go on? Not if our process group is
 * orphaned: then the kernel ignores it, for no shell is there that would (setpgid(2)). */
bool jobs_stop_ourselves(pid_t whom, int sig);

/*
 * The command was stopped by SIG. If it wants the terminal, and may have it, it goes on. Else we stop as it did,
 * as the shell that started us expects it of a job; SIGCONT then finds us by the signalfd. But not once its time
 * is over.
 */
void jobs_on_stop(struct sandbox *s, int sig);

/* Read a signal of ours from the signalfd, and hand it on. */
void jobs_on_signal(struct sandbox *s);

#endif
