/* SPDX-License-Identifier: MIT */
#ifndef HOSTGIT_H
#define HOSTGIT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * git of the host, run on a repository of ours or of the host's: with no setting of the user's
 * or the system's, no hook, no file system monitor, no transport but to a local upload-pack,
 * no maintenance, and an environment built from nothing, in the directory /.
 */
struct hostgit {
	const char *program;   /* its path */
	const char *dir;       /* GIT_DIR */
	const char *objects;   /* GIT_OBJECT_DIRECTORY, or NULL */
	const char *borrowed;  /* GIT_ALTERNATE_OBJECT_DIRECTORIES, or NULL */
	const char *tree;      /* GIT_WORK_TREE, or NULL */
	const char *name, *email;   /* who stands in reflogs, or NULL */
	double      until;     /* when it is to have ended (wx_clock_seconds), or 0 */
	bool        whole;     /* it is short, and ends though we are killed or signalled: half of it would leave
	                        * a lock in the user's repository; unless it hangs */
};

struct hostgit_said {
	char  *out;            /* standard output, and a NUL; the caller frees it */
	size_t len;
	bool   cut;            /* there was more than was asked for */
	char   err[512];       /* the last line of standard error, for a message */
};

/*
 * Run "git ARGV..." (without the word git; NULL-terminated) with IN_LEN bytes of IN as standard
 * input, and keep MAX bytes of its output. Its exit status; -1 where it could not be run, was
 * killed, or had to be ended: the time was up, or we were sent a signal that ends us
 * (hostgit_signal). SAID may be NULL.
 */
int hostgit(const struct hostgit *g, const char *const argv[], const char *in, size_t in_len,
    size_t max, struct hostgit_said *said);

/* The signal that came since, or 0: of SIGINT, SIGTERM, SIGHUP, SIGQUIT, all blocked. */
int hostgit_signal(void);

#endif
