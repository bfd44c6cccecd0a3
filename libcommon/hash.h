/* SPDX-License-Identifier: MIT */
#ifndef WX_HASH_H
#define WX_HASH_H

#include <stdint.h>

/*
 * FNV-1a of S, 64 bits: the name of what belongs to a project, from its path. Not a proof of anything: who wants to be
 * sure compares the path.
 */
uint64_t wx_hash(const char *s);

#endif
