/* SPDX-License-Identifier: MIT */
#ifndef WANT_H
#define WANT_H

#include <stdbool.h>
#include <stdint.h>

enum engine { ENGINE_AUTO, ENGINE_PODMAN, ENGINE_CONTAINER };
enum form { FORM_SYSTEM, FORM_NIXOS, FORM_DARWIN, FORM_SSH };

#define DEFAULT_IMAGE "localhost/wrapix-builder:latest"
#define DEADLINE      120   /* seconds, of start and wait */

/* What the caller asked for. */
struct want {
	const char *name;
	bool        all, json, print_ssh;
	enum engine engine;
	const char *connection;     /* NULL: not given */
	enum form   form;
	const char *image;          /* NULL: not given */
	int         port;           /* 0: not given */
	long        cpus;           /* 0: not given */
	uint64_t    memory;         /* bytes; 0: not given */
	int64_t     min_free;       /* bytes; 0: none; -1: not given */
	long        seconds;        /* the deadline; 0: not given */
	const char *systems, *features;   /* NULL: not given */
	long        idle;           /* seconds; 0: not given */
	bool        background;
	long        jobs;           /* 0: not given */
	char      **operands;       /* NULL-terminated */
};

static inline long
want_seconds(const struct want *w)
{
	return w->seconds > 0 ? w->seconds : DEADLINE;
}

#endif
