/* SPDX-License-Identifier: MIT */
#ifndef LOG_H
#define LOG_H

#include "judge.h"

/* A line of JSON on the descriptor FD, or nowhere with -1. */
void log_begin(int fd, const struct policy *p);

/* A signature that is let through. False if the line cannot be written: then it is not let through. */
bool log_allowed(const struct verdict *v);

/* A refusal. Of those for the same reason within a second one line is written, and their number when that is over. */
void log_refused(const struct verdict *v);

/* Write what waits for its second to be over (ALL: everything); ms until there is more, or -1. */
int  log_due(bool all);

#endif
