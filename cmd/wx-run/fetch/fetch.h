/* SPDX-License-Identifier: MIT */
#ifndef FETCH_H
#define FETCH_H

#include "home/pair.h"

#define FETCH_REFS 20000UL  /* more of one repository do not come */

/*
 * Can the run's git directory be served: is what git would open regular, and not too much? MANY: it
 * has more than FETCH_REFS refs. False with the reason in PR->wrong.
 */
bool fetch_fit(struct pair *pr, bool *many);

/*
 * Fetch, into the start repository and the host's objects, what was committed inside: from
 * an upload-pack in a sandbox (serve.h), checked by fsck. MANY: only the branch that HEAD is on.
 * False with the reason in PR->wrong, and the host's objects as they were.
 */
bool fetch_all(struct pair *pr, bool many);

#endif
