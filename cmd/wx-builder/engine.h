/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_H
#define ENGINE_H

#include <stdbool.h>

#include "builder.h"
#include "child.h"
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

/* Of the host that it runs on. */
struct host_look {
	bool limits;                /* of memory and processors can be set (in a control group of the user's) */
	char nix[64];               /* its system, as Nix says it; "": this machine's own */
	long cpus;                  /* 0: not known */
};

/*
 * Which engine it is to be, for this builder and what is asked of it from here on; ends
 * the program with a line where there is none. engine_program: its path.
 */
void engine_find(const struct want *w, const struct builder *b);
const char *engine_name(void);
const char *engine_program(void);

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

/* Look at the host. */
void engine_look_host(struct host_look *h);

/*
 * Give a container on another host that runs the keys which K/server has now: no folder
 * of ours is mounted there. Ends the program with a line if it cannot be.
 */
void engine_publish(const struct builder *b, const struct look *l);

/* The engine with WORDS, as child_start and child_run have a program. */
void engine_begin(struct child *c, const char *const words[], int in);
int  engine_ask(const char *const words[], int in, char *out, size_t out_cap, char *said, size_t said_cap);

#endif
