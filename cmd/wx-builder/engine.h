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
	long       monitor;         /* of conmon(8); 0: not known */
	char       network[64];     /* its kind, as podman has it */
	char       netns[256];      /* the file of its network namespace; "" if there is none */
	char       odd[128];        /* what of it is not as start has it; "" */
	char       gone[128];       /* of one that is STATE_DEAD, what was killed; "" */
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

/* Look at an image alone: is it there? */
bool engine_look_image(const char *name, struct image_look *i);

/* End the program with a line if this host lacks what the network of a container wants, of which podman says it in its helpers' words. */
void engine_check_here(const struct builder *b);

/* Make the container and start it; false with WHY, and then there is none. */
bool engine_run(const struct builder *b, const struct plan *p, char *why, size_t cap);

/* End and remove it. Ends the program with a line if it cannot be. */
void engine_remove(const struct builder *b);

/*
 * End what podman knows nothing of any more, as where its state was lost: the container's first process, with which
 * all others of it end.
 */
void engine_reap(const struct builder *b);

/*
 * Between the two calls of this the container is taken away where the program ends, in silence: what was started is not
 * to be left because something after it failed. B is kept.
 */
void engine_guard(const struct builder *b, bool on);

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
