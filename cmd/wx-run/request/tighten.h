/* SPDX-License-Identifier: MIT */
#ifndef TIGHTEN_H
#define TIGHTEN_H

#include "request.h"

#define TIGHTEN_FILE ".wrapix.json"   /* at the top of a project */

/*
 * What the project of P itself asks for, if it has such a file, into R, which options and profile have filled; GIVEN: as
 * the options alone have it. It may only tighten: hide and protect more, no network, smaller limits. Where it
 * would loosen anything the run is refused: dies with 125 and a line.
 */
void tighten_read(struct request *r, const struct request *given, const struct plan *p);

#endif
