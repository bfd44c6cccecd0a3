/* SPDX-License-Identifier: MIT */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "libcommon/ipclass.h"
#include "race.h"

/*
 * The addresses of NAME with PORT that may be connected to, the families by turns; PRIVATE lifts the classes
 * private and benchmark. Their number; 0 with *WHY, and, if that is REASON_ADDRESS, the class of the first in *CLASS.
 */
size_t resolve(const char *name, uint16_t port, bool private, struct address to[static RACE_MAX], enum reason *why,
           enum wx_ipclass *class);

/* The same of an address that was listed as such. */
size_t resolve_literal(int family, const unsigned char *addr, uint16_t port, bool private,
           struct address to[static RACE_MAX], enum reason *why, enum wx_ipclass *class);

/* Those of NAME, whatever their classes: of a parent proxy, which the user named. */
size_t resolve_any(const char *name, uint16_t port, struct address to[static RACE_MAX]);

#endif
