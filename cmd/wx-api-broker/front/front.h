/* SPDX-License-Identifier: MIT */
#ifndef FRONT_H
#define FRONT_H

#include "client.h"
#include "listen.h"

/*
 * Serve the clients of the listeners until the back at the other end of s->control is gone. In a process of its own, in which no
 * secret ever was; from its first byte of a client's on it can open no file and make no socket. A byte goes to the back when it is so far.
 */
_Noreturn void front_serve(struct service *s, const struct listener *listeners, size_t n);

#endif
