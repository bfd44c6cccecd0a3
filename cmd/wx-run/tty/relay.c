/* SPDX-License-Identifier: MIT */
#include "tty.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "inside/inside.h"

#define CHUNK 4096    /* what the kernel has of one terminal at a time (n_tty.c) */
#define LEAVE_ROUNDS 16
#define FLOW_ROUNDS 16
#define DRIBBLE 128   /* less than a terminal takes that has room at all */

/* There is one relay. */
static char typed[CHUNK], out[CHUNK];

void
relay_open(struct relay *r, struct terminal *t, int master, int control)
{
	struct termios modes;

	*r = (struct relay){ .terminal = t, .master = master, .control = control,
	    .base = tcgetpgrp(master), .slow = (fcntl(t->out, F_GETFL) & O_NONBLOCK) == 0 };
	(void)fcntl(master, F_SETFL, fcntl(master, F_GETFL) | O_NONBLOCK);
	if (tcgetattr(t->out, &modes) == 0)
		(void)tcsetattr(master, TCSANOW, &modes);
	(void)relay_resize(r);
}

static bool
tell(struct relay *r, char what, int sig)
{
	struct hello h = { .what = what, .value = sig };
	bool ok = r->master != -1 &&
	    send(r->control, &h, sizeof(h), MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)sizeof(h);

	r->unsent += ok && sig != 0;
	return ok;
}

/* Does the command's terminal begin each line at the left, as ours does? */
static bool
cooked(int fd)
{
	struct termios modes;

	return tcgetattr(fd, &modes) == 0 && (modes.c_oflag & (OPOST | ONLCR)) == (OPOST | ONLCR);
}

/*
 * What comes from the command's terminal has been made ready for a screen. Ours shows it as
 * it is, where nobody else writes to it for us; elsewhere as the other does.
 */
static void
set_modes(struct relay *r, bool anew)
{
	bool plain = r->terminal->stream[STDOUT_FILENO] && r->given && (r->typing || r->over);

	if (r->master == -1)
		return;
	plain = plain || !cooked(r->master);
	if (anew || r->keys != r->typing || r->plain != plain)
		terminal_modes(r->terminal, r->typing, plain);
	r->keys = r->typing;
	r->plain = plain;
}

/*
 * What was typed before: by lines, as our terminal has it until now. The end of file, which is
 * none any more where keys come as they are typed, is that key.
 */
static void
typed_ahead(struct relay *r)
{
	int in = r->terminal->in;
	struct termios now;
	ssize_t n = 0;

	if (tcgetattr(in, &now) == -1 || (now.c_lflag & ICANON) == 0 ||
	    (fcntl(in, F_GETFL) & O_NONBLOCK) == 0)
		return;
	while (n != -1 && r->len < sizeof(typed)) {
		n = read(in, typed + r->len, sizeof(typed) - r->len);
		if (n > 0)
			r->len += (size_t)n;
		else if (n == 0)
			typed[r->len++] = (char)now.c_cc[VEOF];
	}
}

static void
listen_to_keys(struct relay *r)
{
	if (r->given && !r->typing && terminal_front(r->terminal)) {
		typed_ahead(r);
		r->typing = true;
	}
	set_modes(r, true);
	(void)relay_resize(r);
}

void
relay_begin(struct relay *r, bool front)
{
	r->given = front;
	if (front)
		listen_to_keys(r);
	if (front && !r->typing)
		(void)tell(r, HELLO_TAKE, 0);
}

bool
relay_want(struct relay *r)
{
	if (r->master == -1 || !r->terminal->keys || !terminal_front(r->terminal))
		return false;
	r->given = true;
	listen_to_keys(r);
	return tell(r, HELLO_GIVE, SIGCONT);
}

void
relay_hang_up(struct relay *r)
{
	r->typing = r->given = false;
	r->full = r->shown = r->len = r->done = 0;
	if (r->master != -1)
		(void)close(r->master);
	r->master = -1;
}

/* As much as there is room for. False: there is none, or nothing to be shown. */
static bool
show(struct relay *r)
{
	int fd = r->terminal->out;
	size_t len = r->full - r->shown;
	ssize_t n;

	if (len > DRIBBLE && r->slow)
		len = DRIBBLE;
	n = len == 0 ? -1 : write(fd, out + r->shown, len);
	if (n > 0)
		r->shown += (size_t)n;
	if (r->shown == r->full)
		r->shown = r->full = 0;
	if (n == -1 && len > 0 && errno != EAGAIN && errno != EINTR)
		relay_hang_up(r);
	return n > 0;
}

/* A line of the other's begins with CR; where ours adds that itself it is once too often. */
static size_t
without_returns(char *buf, size_t len)
{
	char *to = buf, *p = buf, *end = buf + len, *cr;

	while (p < end) {
		cr = memchr(p, '\r', (size_t)(end - p));
		if (cr == NULL)
			cr = end;
		if (to != p)
			memmove(to, p, (size_t)(cr - p));
		to += cr - p;
		p = cr;
		if (p < end && (p + 1 == end || p[1] != '\n'))
			*to++ = *p;
		if (p < end)
			p++;
	}
	return (size_t)(to - buf);
}

/* Somebody inside has the foreground, or has set the terminal, and was not stopped for it. */
static bool
taken(const struct relay *r)
{
	struct termios modes;

	return tcgetpgrp(r->master) != r->base ||
	    (tcgetattr(r->master, &modes) == 0 && (modes.c_lflag & ICANON) == 0);
}

/* What was printed, to our buffer, which is empty: the command's terminal goes on to fill while ours
 * takes this. False: there is nothing for now. */
static bool
carry_out(struct relay *r)
{
	bool plain;
	ssize_t n;

	if (!r->given && r->terminal->keys && r->master != -1 && terminal_front(r->terminal) &&
	    taken(r)) {
		r->given = true;
		listen_to_keys(r);
	}
	set_modes(r, false);
	plain = r->plain || !cooked(r->terminal->out);
	n = r->master != -1 ? read(r->master, out, sizeof(out)) : 0;
	if (n > 0) {
		screen_feed(&r->screen, out, (size_t)n);
		r->full = plain ? (size_t)n : without_returns(out, (size_t)n);
	} else if (r->master != -1 && (n == 0 || (errno != EAGAIN && errno != EINTR) || r->last)) {
		/* Nobody has the other end (pts(4)). */
		(void)close(r->master);
		r->master = -1;
	}
	return r->full > 0;
}

/* Much output: no poll(2) for each piece of it, as long as there is more and it is taken. */
static void
carry_on(struct relay *r)
{
	int i;

	for (i = 0; i < FLOW_ROUNDS && r->full == 0 && carry_out(r); i++)
		(void)show(r);
}

void
relay_leave(struct relay *r)
{
	int i;

	if (r->master == -1)
		return;
	/* Not all: other processes inside may go on printing. */
	for (i = 0; i < LEAVE_ROUNDS && (r->full > 0 || carry_out(r)); i++)
		while (show(r))
			;
	r->typing = r->keys = r->plain = false;
	terminal_restore(r->terminal);
}

bool
relay_resume(struct relay *r, int sig)
{
	if (r->master == -1 || !r->given)
		return false;
	listen_to_keys(r);
	return tell(r, r->typing ? HELLO_BACK : HELLO_TAKE, sig);
}

bool
relay_signal(struct relay *r, int sig)
{
	return tell(r, HELLO_KILL, sig);
}

void
relay_sent(struct relay *r)
{
	r->unsent -= r->unsent > 0;
}

void
relay_end(struct relay *r)
{
	if (r->terminal == NULL)
		return;
	r->over = true;
	r->len = r->done = 0;
	r->typing = false;
	set_modes(r, true);
}

bool
relay_resize(const struct relay *r)
{
	const struct terminal *t = r->terminal;
	struct winsize size;

	if (r->master != -1 && ioctl(t->out, TIOCGWINSZ, &size) == 0)
		(void)ioctl(r->master, TIOCSWINSZ, &size);
	return r->master != -1 && r->given;
}

void
relay_poll(const struct relay *r, struct pollfd pfd[static RELAY_NFDS])
{
	/* ^Z that overtakes a SIGCONT would be lost (signal(7): the one discards the other). */
	bool keys = r->master != -1 && r->typing && r->len == 0 && r->unsent == 0;
	bool pass = r->len > 0 && r->unsent == 0;

	pfd[0] = (struct pollfd){ .fd = keys ? r->terminal->in : -1, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = r->full == 0 || pass ? r->master : -1 };
	if (r->full == 0)
		pfd[1].events |= POLLIN;
	if (pass)
		pfd[1].events |= POLLOUT;
	pfd[2] = (struct pollfd){ .fd = r->full > 0 ? r->terminal->out : -1, .events = POLLOUT };
}

static void
carry_in(struct relay *r)
{
	ssize_t n = write(r->master, typed + r->done, r->len - r->done);

	if (n > 0)
		r->done += (size_t)n;
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		r->done = r->len;
	if (r->done == r->len)
		r->done = r->len = 0;
}

/* Keys were typed; for us? A shell takes the terminal without a word. */
static void
take_keys(struct relay *r)
{
	struct termios modes;
	ssize_t n;

	if (!terminal_front(r->terminal)) {
		r->typing = false;
		(void)tell(r, HELLO_TAKE, 0);
		return;
	}
	n = read(r->terminal->in, typed, sizeof(typed));
	if (n > 0) {
		r->len = (size_t)n;
		r->interrupted |= tcgetattr(r->master, &modes) == 0 && (modes.c_lflag & ISIG) != 0 &&
		    memchr(typed, modes.c_cc[VINTR], r->len) != NULL;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		relay_hang_up(r);
	}
}

void
relay_carry(struct relay *r, const struct pollfd pfd[static RELAY_NFDS])
{
	if (pfd[0].fd != -1 && (pfd[0].revents & (POLLHUP | POLLERR)) != 0)
		relay_hang_up(r);
	else if (pfd[0].fd != -1 && pfd[0].revents != 0 && r->typing && r->len == 0)
		take_keys(r);
	if (r->master != -1 && r->len > 0 && r->unsent == 0)
		carry_in(r);
	if (pfd[2].fd != -1 && pfd[2].revents != 0)
		(void)show(r);
	if (r->master != -1 && r->full == 0 && pfd[1].revents != 0)
		carry_on(r);
}

bool
relay_drain(struct relay *r)
{
	if (r->terminal == NULL)
		return false;
	r->last = true;
	while (r->full > 0 || carry_out(r))
		if (!show(r))
			break;
	return r->full > 0;
}

void
relay_close(struct relay *r)
{
	if (r->terminal == NULL)
		return;
	r->full = screen_reset(&r->screen, out);
	r->shown = 0;
	while (show(r))
		;
	terminal_restore(r->terminal);
	if (r->master != -1)
		(void)close(r->master);
	*r = (struct relay){ .master = -1 };
}
