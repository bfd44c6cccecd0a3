/* SPDX-License-Identifier: MIT */
#ifndef BEHIND_H
#define BEHIND_H

#include "builder.h"

/*
 * Of a builder for which wx-builder listens, the port of its container on 127.0.0.1, K/behind: that which Nix knows,
 * K/port, is the listener's. 0: nobody was ever to listen for it.
 */
int  behind_port(const struct builder *b);

/* Remember PORT as the listener's, and choose one for the container where there is none. */
void behind_keep(struct builder *b, int port);

/*
 * The listener in the background holds a lock on K/listen, where its pid is, and what it says. behind_take: become that;
 * a descriptor, or -1: there is one. behind_end: end it, if there is one.
 */
int  behind_take(const struct builder *b);
void behind_end(const struct builder *b);

/* Have one listen in the background, where the container is behind and nobody does. */
void behind_listen(const struct builder *b);

#endif
