/* SPDX-License-Identifier: MIT */
#ifndef LINKS_H
#define LINKS_H

#include "guard.h"

/*
 * Where REL of ROOT (indexes of G->roots) leads through symbolic links, by their words: the
 * root that it ends in, and in *END the path there, without a link, which need not exist;
 * owned by the caller. -1: out of all roots, or in a circle. Each link of the project that
 * was followed is put on G->watch. Nothing outside the roots is looked at.
 */
int links_follow(struct guards *g, int root, const char *rel, char **end);

/* Is REL of ROOT a symbolic link, or reached through one? */
bool links_on_the_way(const struct guards *g, int root, const char *rel);

#endif
