/* SPDX-License-Identifier: MIT */
#ifndef STAGE_H
#define STAGE_H

#include "want.h"

/*
 * Rotation of the key FILE, the operand: a new pair FILE.next beside it, or the
 * one that is there; then, in its place. Each goes on from what a killed run left:
 * the private halves decide, the public ones follow. The exit status.
 */
int stage_run(const struct want *w);
int commit_run(const struct want *w);

#endif
