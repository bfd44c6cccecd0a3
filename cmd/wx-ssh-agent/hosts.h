/* SPDX-License-Identifier: MIT */
#ifndef HOSTS_H
#define HOSTS_H

#include "filter/filter.h"

/*
 * The host keys of HOST, written as in sshd(8)'s known_hosts, that the file KNOWN_HOSTS has, by ssh-keygen(1), into
 * the policy's last destination. Keys that it revokes are none, nor are certificates' authorities. How many there
 * are; dies with WX_CHAIN.
 */
unsigned hosts_find(struct policy *p, const char *known_hosts, const char *host);

#endif
