/* SPDX-License-Identifier: MIT */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_MAX (4 << 20)   /* bytes */

/* A variable of the command. */
struct plan_var {
	const char *name;
	const char *value;   /* NULL: of the host, and perhaps a secret */
};

/* What a Pod needs of a plan of wx-run (wrapix-plan(5)). The strings last as long as the program. */
struct plan {
	const char       *image, *project, *home;
	const char       *git_name, *git_email;   /* NULL: not known */
	const char      **command;
	size_t            ncommand;
	struct plan_var  *env;
	size_t            nenv;
	bool              env_secrets, file_secrets, no_network;
	uint64_t          uid, gid;
	uint64_t          memory, cpus;           /* bytes; how many */
	uint64_t          home_size, tmp_size, shm_size;
	double            seconds;                /* 0: no limit */
};

/*
 * Read the plan that the LEN bytes of TEXT are; TEXT[LEN] is NUL. Dies with a line if it is none, and with a line for
 * each thing that no Pod can hold.
 */
void plan_read(struct plan *p, const char *text, size_t len);

#endif
