/* SPDX-License-Identifier: MIT */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "route/route.h"

#define SECRET_MAX 8192
#define SECRET_MIN 8  /* a shorter one would be found everywhere */

/* One that was read. Only the back has it; it is locked in memory, and wiped when it is replaced and nobody uses it. */
struct value {
	unsigned generation;
	size_t   users;         /* requests that were sent with it and are not over */
	size_t   len;           /* 0: there is none */
	char     text[SECRET_MAX + 1];
	uint16_t border[SECRET_MAX + 1]; /* of the search below */
};

struct secret {
	bool          refused;    /* something for it came that cannot be sent */
	const char   *name;
	unsigned      generation; /* counts its values from 1; a withdrawn one counts, too */
	struct value  values[2];
	struct value *now;
};

/* Have one for each name of the routes' secrets. */
void           secret_setup(const struct route *routes, size_t n);

/* That of the name. */
struct secret *secret_of(const char *name);

/* Use the value that it has now, which is not empty, until it is left. One that is used may be replaced twice: its generation is
 * another then, and it is no longer what it was. */
struct value  *secret_use(struct secret *s);
void           secret_leave(struct secret *s, struct value *v, unsigned generation);

/*
 * Read what descriptor 0 has, without waiting if poll(2) said that there is something. CHANGED is called for each that has another value
 * now. False: there will be no more. What is no line "NAME=value" of a name that is asked for is said on standard
 * error, without its value.
 */
bool           secret_read(void (*changed)(struct secret *s));

/* Is there a secret of which only what cannot be sent has come? */
bool           secret_refused(void);

/*
 * The search for it in a stream: the LEN bytes at BUF follow after a place where the first *STATE bytes of
 * the secret stood. Sets *STATE for what follows; true: it stands there whole.
 */
bool           secret_seen(const struct value *v, size_t *state, const char *buf, size_t len);

#endif
