/* SPDX-License-Identifier: MIT */
#ifndef KIND_H
#define KIND_H

#include "forge/forge.h"

/*
 * Fill H for HOST[:PORT] (NULL: the home of KIND, or github.com), a host of KIND. If that is NULL, the kind
 * is the one that the user's git configuration names (wrapix.HOST.forge), or the host's name is enough; nothing is
 * sent to find out. *SURE: one of these said it, or HOST is the home of its kind; else it is assumed. NULL, or
 * why it cannot be; the message ends with it.
 */
const char *kind_set_host(struct host *h, const char *host, const char *kind, bool *sure);

/* One line: the kind of H, "known" if SURE or "assumed", and what keys can do there, in fields with a tab between. */
void        kind_print(FILE *fp, const struct host *h, bool sure);

#endif
