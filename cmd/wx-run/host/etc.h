/* SPDX-License-Identifier: MIT */
#ifndef ETC_H
#define ETC_H

#include "plan/plan.h"

/*
 * Add to P what the distributions' programs look for in /etc and cannot do without, where
 * the host has it. Of settings that may hold a login (npm's, pip's, git's) only the lines
 * are shown that are known to be none: a registry, a proxy, certificates.
 */
void etc_add(struct plan *p);

/* Add /etc/hosts: localhost, and where P->net leads out the host's own lines whose addresses
 * can be reached from inside: not its loopback ones, but with the host's network. */
void etc_hosts(struct plan *p);

#endif
