/* SPDX-License-Identifier: MIT */
#ifndef NARROW_H
#define NARROW_H

#include "plan/plan.h"

/* Of a process in the mount namespace of a sandbox that shows the whole Nix store: leave of
 * it what S lists. The whole store stays below the new one, where nobody inside can
 * uncover it. Changes the working directory. False with errno. */
bool narrow(const struct store *s);

#endif
