/* SPDX-License-Identifier: MIT */
#ifndef SUPER_WORDS_H
#define SUPER_WORDS_H

#include "policy/policy.h"

/* The policy in words, for http://wrapix.internal/; the caller's to free, or NULL. */
char *words_of(const struct policy *p);

#endif
