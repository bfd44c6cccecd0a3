/* SPDX-License-Identifier: MIT */
#ifndef REQUEST_BROKER_H
#define REQUEST_BROKER_H

#include "request/request.h"

/*
 * The routes that R asks for, into P->brokered, whose guest's word is there already. Where no secrets come (-B) only
 * the API of the agent is looked up, if its command is to name that. Dies with a line: secrets and no route, or a
 * route and none, a route whose file others could change, an engine or a network without a place for it.
 */
void broker_plan(const struct request *r, struct plan *p);

/* Its variables: how what is run inside finds each API. */
void broker_env(struct plan *p);

/* A guest's word: 32 hexadecimal digits, of the kernel's random. The caller owns it. */
char *broker_word(void);

#endif
