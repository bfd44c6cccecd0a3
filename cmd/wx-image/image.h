/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>

/* What is asked for. */
struct want {
	const char *spec;     /* the image, its path absolute */
	const char *states;   /* the directory of what is noted; it is there */
	const char *user;     /* the directory below it of the image's user, or NULL */
	bool        pull;     /* a name that is missing */
};

/*
 * Have the image, and return by which words it can be run: of a name and a directory W->spec. An archive is loaded once
 * into podman's storage, by the hash of what is in it, and is then localhost/wrapix/BASE:HASH; the one that W->user had
 * of the same BASE before is removed if no other user's is the same, and no container uses it. Dies with a line.
 */
char *image_ready(const struct want *w);

#endif
