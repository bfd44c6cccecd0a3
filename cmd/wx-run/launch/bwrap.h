/* SPDX-License-Identifier: MIT */
#ifndef BWRAP_H
#define BWRAP_H

#include "inside/inside.h"
#include "launch.h"

/*
 * The descriptors that the argv names. SOCKET, FILTER, INIT and ARGS have
 * fixed numbers; made files come after them in their order in the plan, then
 * the files of secrets.
 */
enum {
	FD_FILTER  = FD_SOCKET + 1,
	FD_INIT,            /* the first process's program file */
	FD_ARGS,
	FD_FILES,
};

/* What goes through --args FD_ARGS, or in its place, one word each; SECRET_NAMES: of the files under /run/secrets, or NULL. */
void bwrap_options(const struct plan *p, const struct strv *secret_names, struct strv *out);

#endif
