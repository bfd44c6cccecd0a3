/* SPDX-License-Identifier: MIT */
#ifndef BUILDER_H
#define BUILDER_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define DEFAULT_NAME "default"
#define INSIDE_PORT  2222
#define DEFAULT_PORT 2222
#define BUILDER_USER "builder"
#define PAIRS        3

/* One builder: where its things are on this machine. Paths are absolute. */
struct builder {
	char name[64];
	char host[64];          /* the HostKeyAlias */
	char container[80];
	char far[80];           /* podman's connection to the host that it is on; "": this one */
	char keys[PATH_MAX];    /* K: keys, known_hosts, port */
	char server[PATH_MAX];  /* K/server: what the container sees of it */
	char store[PATH_MAX];   /* its /nix; far, the name of a volume there */
	int  dir;               /* K, open; -1: it is not there */
	int  port;              /* remembered; 0: none yet */
};

/* The names of its key pairs: nix, shell, host. */
extern const char *const builder_pairs[PAIRS];

/* The folder of all builders' keys. */
void  builder_root(char out[static PATH_MAX]);

/*
 * Find the builder NAME, by CONNECTION on another host (NULL: where it was started). What
 * is there is checked: K is its owner's, and closed to others; one that is elsewhere ends
 * the program with a line. builder_make makes K and K/server where they are missing.
 */
void  builder_find(struct builder *b, const char *name, const char *connection);
void  builder_make(struct builder *b);

/* End the program with a line if it was never started. */
void  builder_must(const struct builder *b);

/* " -N NAME" as the mend of a line needs it; "" for the default one. */
const char *builder_option(const struct builder *b);

/* PATH and those above it, mode 0700; ends the program with a line. */
void  builder_folders(const char *path);

/*
 * Keep other runs out of what changes the builder, SECONDS at the most (then
 * WX_TEMP). The lock goes with the process, or with builder_unlock.
 */
void  builder_lock(struct builder *b, long seconds);
void  builder_unlock(struct builder *b);

/*
 * Keep builders of other names out, while one looks for a free port and takes it: in the
 * same way, and until the process ends or the descriptor that is returned is closed.
 */
int   builder_lock_ports(long seconds);

/*
 * The file NAME of K: its bytes, CAP - 1 at the most, and a NUL; how many, or -1 with
 * errno. SECRET: a file that others have access to ends the program.
 */
ssize_t builder_read(const struct builder *b, const char *name, int secret, char *buf, size_t cap);

/* Write it, mode 0600, whole; a TEXT that is there already is left alone. */
void  builder_write(const struct builder *b, const char *name, const char *text);
void  builder_forget(const struct builder *b, const char *name);

/* A number that is kept in K; 0: none. */
unsigned long long builder_number(const struct builder *b, const char *name);

/*
 * Send SIG to the process that holds the lock of the file FD (flock(2)), whose pid is the first thing in it, and wait for
 * its end, 2 seconds at the most. The lock is ours then, and true; or false.
 */
bool  builder_end_holder(int fd, int sig);

/* NAME, a program: on PATH, or beside wx-builder. The caller owns it; NULL. */
char *builder_which(const char *name);

#endif
