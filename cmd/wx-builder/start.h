/* SPDX-License-Identifier: MIT */
#ifndef START_H
#define START_H

#include "builder.h"
#include "engine.h"

/* End the program with a line if the image NAME, of which I is known, is not there or no builder's. */
void start_check_image(const struct builder *b, const char *name, const struct image_look *i);

#endif
