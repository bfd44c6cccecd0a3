/* SPDX-License-Identifier: MIT */
#include "relay.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

bool
relay_wanted(void)
{
	return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 &&
	    tcgetpgrp(STDIN_FILENO) != -1;
}

void
relay_open(struct relay *r, int master)
{
	int flags = fcntl(master, F_GETFL);

	r->master = master;
	r->raw = false;
	r->len = r->done = 0;
	(void)fcntl(master, F_SETFL, flags | O_NONBLOCK);
	if (tcgetattr(STDIN_FILENO, &r->modes) == 0)
		(void)tcsetattr(master, TCSANOW, &r->modes);
	relay_resize(r);
}

void
relay_enter(struct relay *r)
{
	struct termios raw;

	if (r->master == -1 || r->raw || tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	if (tcgetattr(STDIN_FILENO, &r->modes) == -1)
		return;
	raw = r->modes;
	cfmakeraw(&raw);
	r->raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
	relay_resize(r);
}

void
relay_leave(struct relay *r)
{
	if (r->raw && tcgetpgrp(STDIN_FILENO) == getpgrp())
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &r->modes);
	r->raw = false;
}

void
relay_resize(const struct relay *r)
{
	struct winsize size;

	if (r->master != -1 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		(void)ioctl(r->master, TIOCSWINSZ, &size);
}

void
relay_poll(const struct relay *r, struct pollfd pfd[static RELAY_NFDS])
{
	bool full = r->len > 0;

	pfd[0] = (struct pollfd){ .fd = r->raw && !full ? STDIN_FILENO : -1, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = r->master, .events = POLLIN };
	if (full)
		pfd[1].events |= POLLOUT;
}

/* All of it, whether the terminal was left non-blocking or not. */
static void
show(const char *buf, size_t len)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		n = write(STDOUT_FILENO, buf, len);
		if (n > 0) {
			buf += n;
			len -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			(void)poll(&out, 1, -1);
		} else if (n != -1 || errno != EINTR) {
			return;   /* it hung up: SIGHUP says so */
		}
	}
}

/* False: there is no more for now. */
static bool
carry_out(struct relay *r)
{
	char buf[4096];
	ssize_t n = read(r->master, buf, sizeof(buf));

	if (n > 0)
		show(buf, (size_t)n);
	/* Nobody has the other end (pts(4)): it is over, as it is with a hang-up. */
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		(void)close(r->master);
		r->master = -1;
	}
	return n > 0;
}

static void
carry_in(struct relay *r)
{
	ssize_t n = write(r->master, r->typed + r->done, r->len - r->done);

	if (n > 0)
		r->done += (size_t)n;
	else if (n == -1 && errno != EAGAIN && errno != EINTR)
		r->done = r->len;
	if (r->done == r->len)
		r->done = r->len = 0;
}

void
relay_carry(struct relay *r, const struct pollfd pfd[static RELAY_NFDS])
{
	ssize_t n;

	if (pfd[0].fd != -1 && pfd[0].revents != 0) {
		n = read(STDIN_FILENO, r->typed, sizeof(r->typed));
		if (n > 0)
			r->len = (size_t)n;
		else if (n == 0 || errno == EIO)
			r->raw = false;   /* hung up: no more comes */
	}
	if (r->master != -1 && r->len > 0)
		carry_in(r);
	if (r->master != -1 && pfd[1].revents != 0)
		(void)carry_out(r);
}

void
relay_close(struct relay *r)
{
	while (r->master != -1 && carry_out(r))
		;
	if (r->master != -1)
		(void)close(r->master);
	r->master = -1;
	relay_leave(r);
}
