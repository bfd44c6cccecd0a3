/* SPDX-License-Identifier: MIT */
#ifndef PROXYENV_H
#define PROXYENV_H

#include "request/request.h"
#include "secret/secret.h"

/*
 * With --proxy-from-env: into P the variables of the host that name proxies, where the network is one that has them reached
 * (open, host), and those that name certificates of authorities, with the files. A proxy with a password is left to
 * proxyenv_secrets.
 */
void proxyenv_add(const struct request *r, struct plan *p);

/* Are there any with a password? Then S, which may be NULL, with them; the caller owns what is returned. */
struct secrets *proxyenv_secrets(const struct request *r, const struct plan *p, struct secrets *s);

/* Without it: a line that names those of the host that this run would want. */
void proxyenv_hint(const struct request *r, const struct plan *p);

#endif
