/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <sys/ioctl.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "libcommon/proc.h"

/* From the background all that changes a terminal stops the caller by SIGTTOU. */
static void
hold_stop(sigset_t *old)
{
	sigset_t out;

	(void)sigemptyset(&out);
	(void)sigaddset(&out, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &out, old);
}

void
terminal_open(struct terminal *t)
{
	t->given = t->touched = false;
	t->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (t->fd != -1 && tcgetattr(t->fd, &t->modes) == -1) {
		(void)close(t->fd);
		t->fd = -1;
	}
}

/*
 * Has another job of the host's the terminal? A shell takes it when the process of ours that
 * it waits for stops, and nobody tells us.
 */
static bool
elsewhere(const struct terminal *t)
{
	pid_t group = tcgetpgrp(t->fd);

	return group != getpgrp() && wx_proc_alongside(group);
}

bool
terminal_give(struct terminal *t, pid_t group)
{
	sigset_t old;

	if (t->fd == -1)
		return false;
	if (elsewhere(t) || (!t->given && tcgetpgrp(t->fd) != getpgrp()))
		return false;
	hold_stop(&old);
	t->given = tcsetpgrp(t->fd, group) == 0;
	t->touched |= t->given;
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	return t->given;
}

void
terminal_take(struct terminal *t)
{
	sigset_t old;

	if (t->fd == -1 || !t->given)
		return;
	if (!elsewhere(t)) {
		hold_stop(&old);
		(void)tcsetpgrp(t->fd, getpgrp());
		(void)sigprocmask(SIG_SETMASK, &old, NULL);
	}
	t->given = false;
}

/*
 * What a command that was killed left behind: no echo, output stopped (TCOOFF),
 * the terminal closed to others (TIOCEXCL). Not where it never had the foreground,
 * for then a pager of the same pipe may; and not from the background.
 */
void
terminal_close(struct terminal *t)
{
	if (t->fd == -1)
		return;
	terminal_take(t);
	if (t->touched && tcgetpgrp(t->fd) == getpgrp()) {
		(void)ioctl(t->fd, TIOCNXCL);
		(void)tcflow(t->fd, TCOON);
		(void)tcsetattr(t->fd, TCSANOW, &t->modes);
	}
	(void)close(t->fd);
	t->fd = -1;
}
