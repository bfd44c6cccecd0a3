/* SPDX-License-Identifier: MIT */
#ifndef TOKEN_H
#define TOKEN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcommon/envline.h"

enum from { FROM_SEARCH, FROM_CLAUDE, FROM_FD, FROM_FILE, FROM_HELPER, FROM_STDIN };

/* What the command line asks for. */
struct want {
	const char *name;
	enum from from;
	const char *arg;   /* FROM_FILE: the path; FROM_HELPER: the shell's command */
	int fd;            /* FROM_FD */
	bool force;
	bool status;
	bool follow;       /* print again what has changed */
	bool json;         /* the value as Claude Code's file has it */
	char **command;    /* NULL: print, exec nothing */
	int fail;          /* exit code of an own failure: WX_FAIL, or WX_CHAIN with a command */
};

/* What was found. VALUE is a secret: wiped by who declared it, never printed in a message. */
struct token {
	const char *source;              /* the word of --status */
	char path[PATH_MAX];             /* of the file it came from, or "" */
	char where[PATH_MAX + 16];       /* the same for messages, quoted as it wants */
	int64_t expires;                 /* seconds since the epoch; -1: not known */
	size_t len;
	char value[WX_SECRET_MAX + 1];   /* NUL-terminated */
};

/*
 * The exit code for the error in errno: what lies in a shortage of the system,
 * and so may be gone the next time, is WX_TEMP unless there is a command.
 */
int  fail_code(const struct want *w);

/* Say where T comes from. PATH may be NULL; else it is what WHERE quotes. */
void token_origin(const struct want *w, struct token *t, const char *source,
    const char *path, const char *where);

/*
 * Take one line end ("\n" or "\r\n") off the value, and die if what is left is
 * not one printable line of UTF-8.
 */
void token_check(const struct want *w, struct token *t);

#endif
