/* SPDX-License-Identifier: MIT */
#ifndef FRONT_H
#define FRONT_H

#include "conn/conn.h"

/*
 * The front: it reads what clients send, has connections made by the dialers, and moves bytes. It can
 * open no file, make no socket and run no program, and knows of the policy what http://wrapix.internal/ shows.
 */

/* Serve the N gates, with ORDERS for the supervisor. For a process of its own. */
_Noreturn void front_serve(const struct gate gates[], size_t n, int orders);

#endif
