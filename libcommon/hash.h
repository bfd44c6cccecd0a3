/* SPDX-License-Identifier: MIT */
#ifndef WX_HASH_H
#define WX_HASH_H

#include <stdint.h>

/*
 * Return the 64-bit FNV-1a hash of S. It names what belongs to a project, by the project's path; it is not collision
 * resistant, so callers compare the path as well.
 */
uint64_t wx_hash(const char *s);

#endif
