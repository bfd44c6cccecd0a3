/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>

#include "builder.h"
#include "plan.h"
#include "want.h"

/* What an engine knows of a builder's container. */
enum state { STATE_ABSENT, STATE_DEAD, STATE_RUNNING, STATE_FOREIGN };
struct look {
	enum state state;
	long       pid;             /* of its first process; 0: not known */
	int        port;            /* these as start was asked for them: labels */
	char       image[512];
	char       limits[64];
	char       image_id[128];   /* what it runs; "" if not known */
};

/* Of an image. */
struct image_look {
	bool there, ours;
	char id[128];
};

/* Which engine it is to be; ends the program with a line where there is none. */
void engine_find(const struct want *w);
const char *engine_name(void);

/* Look at the container, and, unless IMAGE is NULL, at the image by its name, at once. */
void engine_look(const struct builder *b, struct look *l, const char *image, struct image_look *i);

/* Bring an archive in; the name of the image in it. The caller owns it. */
char *engine_load(const char *image);

/* Make the container and start it; false with WHY, and then there is none. */
bool engine_run(const struct builder *b, const struct plan *p, char *why, size_t cap);

/* End and remove it. Ends the program with a line if it cannot be. */
void engine_remove(const struct builder *b);

/* Say its last lines on standard error. */
void engine_last_words(const struct builder *b);

/* Can limits of memory and processors be set (in a control group of the user's)? */
bool engine_limits(void);

#endif
