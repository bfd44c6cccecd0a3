/* SPDX-License-Identifier: MIT */
#include "ready.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dial.h"
#include "libcommon/clock.h"
#include "libcommon/utf8.h"

/* Nix's worker protocol (worker-protocol.hh): each side begins with a magic number. */
#define MAGIC_CLIENT 0x6e697863
#define MAGIC_DAEMON 0x6478696f

static void
put64(unsigned char out[static 8], uint64_t n)
{
	int i;

	for (i = 0; i < 8; i++)
		out[i] = (unsigned char)(n >> (8 * i));
}

/* The last line that nix-daemon said, without the colours. */
static void
said(char *text, char *why, size_t cap)
{
	char *p = text, *q = text, *line;

	for (; *p != '\0'; p++) {
		if (*p == '\033' && p[1] == '[') {
			for (p += 2; *p != '\0' && (*p < '@' || *p > '~'); p++)
				;
			if (*p == '\0')
				break;
		} else {
			*q++ = *p;
		}
	}
	*q = '\0';
	while (q > text && q[-1] == '\n')
		*--q = '\0';
	line = strrchr(text, '\n');
	(void)snprintf(why, cap, "nix-daemon says: %s", *text == '\0' ? "nothing" :
	    wx_utf8_clean(line == NULL ? text : line + 1));
}

/* It opens the store before it answers. */
static enum ready
greet(long long deadline, char *why, size_t cap)
{
	unsigned char hello[8], answer[8];
	char words[2048];
	size_t have = 0, had = 0;
	ssize_t n = 0, m = 0;
	struct pollfd p;

	put64(hello, MAGIC_CLIENT);
	if (!link_give(hello, sizeof(hello)))
		return READY_NOT_YET;
	while (have < sizeof(answer) && (n != -1 || m != -1)) {
		p = (struct pollfd){ .fd = link_socket(), .events = link_events() };
		if (wx_clock_ms() >= deadline) {
			(void)snprintf(why, cap, "nix-daemon does not answer");
			return READY_NOT_YET;
		}
		if (!link_news() && n <= 0 && m <= 0)
			(void)poll(&p, 1, (int)(deadline - wx_clock_ms()));
		if (!link_turn())
			break;
		n = link_take(answer + have, sizeof(answer) - have, false);
		m = link_take(words + had, sizeof(words) - 1 - had, true);
		have += n > 0 ? (size_t)n : 0;
		had += m > 0 ? (size_t)m : 0;
		if (had == sizeof(words) - 1)
			had = 0;
	}
	put64(hello, MAGIC_DAEMON);
	if (have == sizeof(answer) && memcmp(hello, answer, sizeof(answer)) == 0)
		return READY;
	words[had] = '\0';
	said(words, why, cap);
	return READY_REFUSED;
}

enum ready
ready_try(const struct builder *b, long long deadline, char *why, size_t cap)
{
	enum ready r;

	switch (link_open(b, "nix", deadline, why, cap)) {
	case LINK_UP:
		break;
	case LINK_OTHER_KEY:
		return READY_OTHER_KEY;
	case LINK_REFUSED:
		return READY_REFUSED;
	case LINK_DOWN:
	default:
		return READY_NOT_YET;
	}
	r = link_command("nix-daemon --stdio", NULL, NULL, deadline, why, cap) ?
	    greet(deadline, why, cap) : READY_REFUSED;
	link_shut();
	return r;
}
