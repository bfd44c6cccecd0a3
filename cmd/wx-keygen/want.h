/* SPDX-License-Identifier: MIT */
#ifndef WANT_H
#define WANT_H

#include <stdbool.h>

enum mode { MODE_MAKE, MODE_STAGE, MODE_COMMIT, MODE_CHANGE, MODE_PUBLIC, MODE_LIST };

/* What the caller asked for. */
struct want {
	enum mode mode;
	bool force;
	bool ask;            /* for a passphrase, on the terminal */
	bool json;
	const char *comment; /* NULL: not given */
	const char *output;  /* NULL: not given; "-": standard output */
	int pass_fd;         /* -1: not given */
	int new_pass_fd;
	long count;          /* 0: not given */
	long max_age;        /* days */
	char **operands;
};

#endif
