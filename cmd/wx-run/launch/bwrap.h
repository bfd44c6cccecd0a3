/* SPDX-License-Identifier: MIT */
#ifndef BWRAP_H
#define BWRAP_H

#include "plan/plan.h"

/*
 * The descriptors that the argv names. SOCKET, FILTER, INIT and ARGS have
 * fixed numbers; made files come after them in their order in the plan, then
 * the files of secrets.
 */
enum {
	FD_SOCKET  = 3,     /* wx-run's end inside: hello, go, error */
	FD_FILTER  = 4,
	FD_INIT    = 5,     /* the first process's program file */
	FD_ARGS    = 6,
	FD_FILES   = 7,
};

/*
 * The plan as bubblewrap's argv, in two parts, both pure functions of the plan
 * (SECRET_NAMES: those of the files under /run/secrets, may be empty).
 * _options: what goes through --args, one word each. _argv: what is exec'd with
 * an empty environment; where OPTIONS is given its words stand in the place of
 * --args FD. IGNORED: bits of the signals that the command is to ignore. STDIO: init.h.
 */
void bwrap_options(const struct plan *p, const struct strv *secret_names,
    struct strv *out);
void bwrap_argv(const struct plan *p, const struct strv *options,
    unsigned long ignored, const char *stdio, struct strv *out);

#endif
