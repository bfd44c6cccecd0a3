/* SPDX-License-Identifier: MIT */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <sys/types.h>

#include <stdbool.h>
#include <termios.h>

/*
 * The terminal that wx-run was started on, if any. The command never gets it: the standard
 * streams that are a terminal are one of the sandbox's own inside (relay.h).
 */
struct terminal {
	bool job;        /* we have a controlling terminal: a shell may stop us, and let us go on */
	bool stream[3];  /* these standard streams are a terminal */
	bool keys;       /* what is typed is for the command, where that asks for it */
	bool own;        /* the terminal is nobody's to control */
	int  in, out;    /* it, opened anew: non-blocking, and no other process's; -1: none */
	bool changed;    /* its modes are not as they were SAVED but as we SET them */
	struct termios saved, set;
	int   told;      /* a pipe to KEEPER, a process of ours, who puts them back if we are */
	pid_t keeper;    /* killed; 0: none */
};

/* The longest word of terminal_word, and a NUL. */
#define TERMINAL_WORD 16

/* Look at the standard streams, and open what is needed of them. */
void terminal_open(struct terminal *t);

/* What the first process is to make of them (init.h, STDIO), or NULL where none is a terminal. */
const char *terminal_word(const struct terminal *t, char word[static TERMINAL_WORD]);

/* Is the foreground ours, so that we may read it and change its modes? */
bool terminal_front(const struct terminal *t);

/*
 * Its modes, where the foreground is ours: KEYS, each key comes as it is typed, and is neither
 * echoed nor a signal; PLAIN, what is written is shown as it is. Without both: as they were found.
 */
void terminal_modes(struct terminal *t, bool keys, bool plain);

/* They are as they were found, unless somebody else has changed them since. */
void terminal_restore(struct terminal *t);

/* The same, and we have it no more. */
void terminal_close(struct terminal *t);

#endif
