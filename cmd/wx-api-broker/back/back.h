/* SPDX-License-Identifier: MIT */
#ifndef BACK_H
#define BACK_H

#include <stdbool.h>
#include <stddef.h>

#include "route/route.h"

#define LINKS_MAX 96 /* connections of clients at once: more than the front has, for one may have ended there and not yet here */

/* Get ready to serve these routes, with the secrets that standard input has already. False: one of these cannot be
 * sent, which was said. */
bool back_begin(const struct route *routes, size_t nroutes);

/*
 * Serve the front at the other end of CONTROL, until it is gone or a byte comes from the pipe STOP: read secrets from standard
 * input, add them to requests that the routes allow, and send these on. What the front says is looked at as if somebody else
 * had taken its place. False: the front is gone, which nobody asked for.
 */
bool back_serve(int control, int stop);

#endif
