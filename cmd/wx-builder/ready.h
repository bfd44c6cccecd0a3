/* SPDX-License-Identifier: MIT */
#ifndef READY_H
#define READY_H

#include <stdbool.h>

#include "builder.h"
#include "link.h"

enum ready {
	READY,
	READY_NOT_YET,   /* nobody answers */
	READY_OTHER_KEY,
	READY_REFUSED,   /* the login, or nix-daemon */
};

/* Does the store of the builder answer, by the key that Nix uses? One try, until DEADLINE. */
enum ready ready_try(const struct builder *b, long long deadline, char *why, size_t cap);

#endif
