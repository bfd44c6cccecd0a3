/* SPDX-License-Identifier: MIT */
#ifndef LOOK_H
#define LOOK_H

#include <stdbool.h>
#include <stddef.h>

/* Print "ok NAME: WHAT", or "no NAME: WHAT" and the mend, which may be NULL. Returns OK. */
bool say(bool ok, const char *name, const char *what, const char *mend);

/* The kernel, and what is set in it about user namespaces: a line each, the latter where it is wrong. Is all right? */
bool look_kernel(void);
bool look_settings(void);

/* Does bwrap, which is there, work? One trial run: else what it says, and the mend. */
bool look_bwrap(char *said, size_t cap, const char **mend);

/* One precondition: met or not, what there is, what mends it (may be NULL). */
struct fact {
	bool        ok;
	const char *name;
	char       *what, *mend;
};
struct facts {
	struct fact v[16];
	size_t      n;
};

/*
 * What podman needs on this machine for this user, the first of it podman itself. IMAGE:
 * one that must be there, or NULL. Only looks: no storage is made by it (podman version and
 * podman info make one, podman --version does not), and no container tried.
 */
void podman_look(const char *image, struct facts *f);

/*
 * Run the program ARGV[0], a path, to its end; false if it failed. The first line of what
 * it says on standard output goes to BUF, unless that is NULL.
 */
bool program_says(const char *const argv[], char *buf, size_t cap);

/* The first two numbers after "version " in what a program says: 0 where there is none. */
struct version {
	unsigned long major, minor;
};
struct version version_in(const char *said);

#endif
