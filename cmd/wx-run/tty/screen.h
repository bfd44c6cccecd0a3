/* SPDX-License-Identifier: MIT */
#ifndef SCREEN_H
#define SCREEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a program's output has left a terminal in (ECMA-48, xterm's ctlseqs): which modes, colours
 * and sequences that have not ended. Start with all 0.
 */
struct screen {
	unsigned char state;        /* where in a sequence we are */
	char     intro[16];         /* of a control sequence, what came so far */
	size_t   len;
	uint32_t modes;             /* bits of screen.c's table: not as they are by default */
	uint32_t marks;             /* the same of what is no mode */
	unsigned keyboards;         /* pushed, of kitty's protocol */
};

/* LEN bytes of output more. */
void screen_feed(struct screen *s, const char *buf, size_t len);

/* The longest answer of screen_reset. */
#define SCREEN_RESET 512

/* What takes it back, to BUF: its length, 0 where there is nothing to be taken back. */
size_t screen_reset(struct screen *s, char buf[static SCREEN_RESET]);

#endif
