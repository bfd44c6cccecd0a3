/* SPDX-License-Identifier: MIT */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "request.h"

/* The command line as a request. Dies with a line, or the usage, for what cannot be; -h and -V end here. */
void options_parse(struct request *r, int argc, char *argv[]);

/* Read the profile that R names, if any, into R, and what the project of P has to say itself (tighten.h). */
void options_profile(struct request *r, const struct plan *p);

#endif
