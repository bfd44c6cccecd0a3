/* SPDX-License-Identifier: MIT */
#ifndef SERVE_H
#define SERVE_H

#include "plan/plan.h"

/*
 * git upload-pack of a run's private git directory, in a sandbox of its own: no network, that
 * directory and the host's objects, read-only, and nothing else of the host but its programs. What
 * the run's sandbox wrote is read there alone; of it only git's protocol comes out.
 */

/* The command for git-fetch(1)'s --upload-pack, for sh: wx-run itself, as serve_main, for the
 * directory REL ("" or "modules/NAME") of the run in PATH. The caller owns it. */
char *serve_command(const struct plan *p, const char *path, const char *rel);

#endif
