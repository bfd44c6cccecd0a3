/* SPDX-License-Identifier: MIT */
#ifndef TTY_H
#define TTY_H

#include <sys/types.h>

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "screen.h"

/*
 * Between the terminal that wx-run was started on and one inside the sandbox, whose master we
 * hold: as ssh(1) does it, but that what is typed is read, and ours is raw, only once the
 * command has asked for it. Inside, its process group is in the background until then, and
 * what reads from its terminal, or sets it, is stopped, which the first process tells us.
 */
struct relay {
	struct terminal *terminal;
	int    master;       /* -1: no relay */
	int    control;      /* the first process's ear (init.h) */
	pid_t  base;         /* whose that terminal's foreground was at first */
	bool   slow;         /* ours blocks: it could not be opened anew */
	bool   given;        /* the command has asked for what is typed, */
	bool   typing;       /* and we are in the foreground */
	bool   keys, plain;  /* the modes of ours since then (terminal_modes) */
	bool   over;         /* the command has ended */
	bool   last;         /* so has all that could write */
	bool   interrupted;  /* the key of SIGINT was among what was typed */
	unsigned unsent;     /* signals that the first process has not sent on yet */
	size_t len, done;    /* of what was typed, and what of it was passed on */
	size_t full, shown;  /* of what was printed, and what of it was shown */
	struct screen screen;
};

#define RELAY_NFDS 3

/* MASTER, owned from now on, gets the modes and the size of TERMINAL; CONTROL stays the caller's. */
void relay_open(struct relay *r, struct terminal *t, int master, int control);

/* The command starts; in the foreground of its terminal, if FRONT. */
void relay_begin(struct relay *r, bool front);

/* The command was stopped as it wanted its terminal: it has it, and goes on, if the
 * foreground is ours and what is typed may be for it. */
bool relay_want(struct relay *r);

/* Somebody stops us: what was printed is shown, and our terminal is as it was. */
void relay_leave(struct relay *r);

/* We go on: in the foreground ours is as relay_leave found it, elsewhere the command asks
 * anew. SIG for its process group, after that; false if it was not sent. */
bool relay_resume(struct relay *r, int sig);

/* SIG for the command's process group, after those before. False if it cannot be sent so. */
bool relay_signal(struct relay *r, int sig);

/* The first process has sent one of these signals: keys typed since may pass. */
void relay_sent(struct relay *r);

/* Our terminal hung up, or the command will never have it: so does its own. */
void relay_hang_up(struct relay *r);

/* The command has ended: what is typed from here on is not for it. */
void relay_end(struct relay *r);

/* Ours has another size: true if the kernel tells the command. */
bool relay_resize(const struct relay *r);

/* What to wait for, and what to do when it came. */
void relay_poll(const struct relay *r, struct pollfd pfd[static RELAY_NFDS]);
void relay_carry(struct relay *r, const struct pollfd pfd[static RELAY_NFDS]);

/* Nobody writes any more: show what there is. False when all is shown, or nothing can be. */
bool relay_drain(struct relay *r);

/* What the command left of colours, of the alternate screen and the like is taken back, and the
 * relay is over. The terminal is as it was. */
void relay_close(struct relay *r);

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
