/* SPDX-License-Identifier: MIT */
#ifndef HOME_H
#define HOME_H

#include <stdbool.h>

#include "fetch/fetch.h"

/*
 * Bring what was committed in the run V home, into the repository that it was made of: the
 * host's git fetches from an upload-pack in a sandbox (serve.h), and checks the objects; then one
 * transaction moves the refs. Nothing commits, checks out, merges or runs a hook or a filter on
 * the host; of the sandbox's files only the protocol reaches git.
 *
 *   A branch that moved forward moves; new branches, tags, notes and stash entries come.
 *   What is no fast-forward stays as refs/wrapix/RUN/..., a finding with the command that takes it.
 *   HEAD follows to another branch; where its commit changed the index is made anew of it.
 *
 * True: all that there was came home, and the run's directory can go. False after a line: it
 * is kept, and a later call can go on; nothing is lost, however this one ended.
 */
bool home_bring(struct private *v, const struct home *h);

/* A finding (report.h): of a repository that is mounted PATH is below where that is inside. */
void home_found(const struct home *h, const char *kind, const char *path, const char *detail);

/* The command that brings home what was kept. The caller owns it. */
char *home_command(const struct plan *p);

#endif
