/* SPDX-License-Identifier: MIT */
#ifndef BROUGHT_H
#define BROUGHT_H

#include "home.h"
#include "moves.h"

/*
 * Say what the run RUN brought, by the commits themselves (START has them; no work tree is looked
 * at): refs that stay beside, branches deleted inside, and what of the host's tools acts upon of
 * the files that were changed. With H->commits a line for each commit. REL: the submodule, or "".
 */
void brought_say(const struct hostgit *start, const struct home *h, const char *run, const char *rel,
    const struct moves *m);

#endif
