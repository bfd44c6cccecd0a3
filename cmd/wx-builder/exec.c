/* SPDX-License-Identifier: MIT */
/*
 * exec: a command in the builder, over SSH, as if it were here. No side can make us
 * hold more than a few buffers: what cannot be given on is not taken, which in
 * the end stops the sender by the window of its channel. No stream of ours is made
 * non-blocking, for others have it too: we ask before we write, and then write little.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "builder.h"
#include "far.h"
#include "keys.h"
#include "dial.h"
#include "link.h"
#include "sshconf.h"
#include "verbs.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

#define UNTIL_RUN 30        /* seconds, until the command runs */
#define BUFFER   65536
#define LITTLE   4096       /* what a pipe takes without blocking once poll(2) says that it takes something (PIPE_BUF) */

/* One of our streams that the far side's output goes to. */
struct sink {
	int    fd;
	bool   file, sock;      /* a file never blocks; a socket can be asked not to */
	bool   closed;          /* nobody reads it any more */
	bool   done;            /* the far side will send no more */
	char   buf[BUFFER];
	size_t at, len;
};

static struct sink out = { .fd = STDOUT_FILENO }, errs = { .fd = STDERR_FILENO };
static char in[BUFFER];
static bool in_ended;

/* --- the terminal */

static struct termios saved;
static volatile sig_atomic_t is_raw;
static int wake[2];   /* a pipe: a signal is a byte in it */

static void
raw(void)
{
	struct termios t = saved;

	cfmakeraw(&t);
	is_raw = tcsetattr(STDIN_FILENO, TCSADRAIN, &t) == 0;
}

static void
restore(void)
{
	if (is_raw)
		(void)tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	is_raw = 0;
}

static void
on_signal(int sig)
{
	int e = errno;
	unsigned char c = (unsigned char)sig;

	/* Full: then there is enough to do. */
	(void)!write(wake[1], &c, 1);
	errno = e;
}

static const struct {
	int number;
	const char *name;
} passed[] = { { SIGHUP, "HUP" }, { SIGINT, "INT" }, { SIGQUIT, "QUIT" }, { SIGTERM, "TERM" },
    { SIGUSR1, "USR1" }, { SIGUSR2, "USR2" } };

static void
catch_signals(bool pty)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;
	size_t i;

	if (pipe(wake) == -1)
		err(WX_CHAIN, "cannot make a pipe");
	for (i = 0; i < 2; i++) {
		(void)fcntl(wake[i], F_SETFD, FD_CLOEXEC);
		(void)fcntl(wake[i], F_SETFL, O_NONBLOCK);
	}
	for (i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		if (sigaction(passed[i].number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(passed[i].number, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (pty) {
		(void)sigaction(SIGWINCH, &sa, NULL);
		(void)sigaction(SIGCONT, &sa, NULL);
		(void)sigaction(SIGTSTP, &sa, NULL);
	}
}

/* What came by WAKE. A second signal that would end us does. */
static void
act_on_signals(bool pty)
{
	static bool asked;
	struct winsize size;
	unsigned char c;
	size_t i;

	while (read(wake[0], &c, 1) == 1) {
		if (c == SIGWINCH && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
			link_resize(&size);
		if (c == SIGCONT && pty)
			raw();
		if (c == SIGTSTP) {
			restore();
			(void)raise(SIGSTOP);
		}
		for (i = 0; i < sizeof(passed) / sizeof(*passed); i++) {
			if (passed[i].number != c)
				continue;
			if (asked && c != SIGUSR1 && c != SIGUSR2) {
				restore();
				_exit(128 + c);
			}
			asked |= c != SIGUSR1 && c != SIGUSR2;
			link_signal(passed[i].name);
		}
	}
}

/* --- streams */

static void
look_at(struct sink *s)
{
	struct stat st;

	if (fstat(s->fd, &st) == -1)
		return;
	s->file = S_ISREG(st.st_mode) || (S_ISCHR(st.st_mode) && !isatty(s->fd));
	s->sock = S_ISSOCK(st.st_mode);
}

/* Give on what there is, as far as it goes. */
static void
drain(struct sink *s)
{
	struct pollfd p = { .fd = s->fd, .events = POLLOUT };
	ssize_t n;

	while (s->len > 0 && (s->file || poll(&p, 1, 0) == 1)) {
		if (s->sock)
			n = send(s->fd, s->buf + s->at, s->len, MSG_DONTWAIT);
		else
			n = write(s->fd, s->buf + s->at, s->file || s->len < LITTLE ? s->len : LITTLE);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			return;
		if (n == -1) {
			/* A full disk is our failure, a reader who has gone is none. */
			if (errno != EPIPE && errno != ECONNRESET) {
				restore();
				err(WX_CHAIN, "cannot write to standard %s", s->fd == STDOUT_FILENO ? "output" : "error");
			}
			s->closed = true;
			s->len = 0;
			return;
		}
		s->at += (size_t)n;
		s->len -= (size_t)n;
	}
}

/* Take what came for it, and give it on. True if there was something. */
static bool
fill(struct sink *s)
{
	ssize_t n;

	if (s->len > 0)
		drain(s);
	if (s->len > 0 || s->done)
		return false;
	n = link_take(s->buf, sizeof(s->buf), s == &errs);
	if (n == -1)
		s->done = true;
	if (n <= 0)
		return false;
	s->at = 0;
	s->len = s->closed ? 0 : (size_t)n;
	drain(s);
	return true;
}

/* Our standard input, as much as the far side has room for. */
static bool
feed(void)
{
	size_t room = link_room();
	ssize_t n = read(STDIN_FILENO, in, room < sizeof(in) ? room : sizeof(in));

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (n <= 0) {
		in_ended = true;
		return link_give_end();
	}
	return link_give(in, (size_t)n);
}

static _Noreturn void
lost(const struct builder *b)
{
	restore();
	errx(WX_CHAIN, "the connection to builder '%s' was lost", b->name);
}

static int
pump(const struct builder *b, bool pty)
{
	struct pollfd p[5];
	bool more, up = true;
	int status;

	for (;;) {
		do {
			more = fill(&out);
			more |= fill(&errs);
		} while (link_news());
		status = link_status();
		if (status != -1 && out.done && errs.done && out.len == 0 && errs.len == 0)
			return status;
		if (!up && !more && out.len == 0 && errs.len == 0)
			return status == -1 ? -2 : status;
		/* Nobody reads us: the end of the channel closes the pipe of the command, as here the reader did. */
		if (out.closed) {
			link_shut();
			return 128 + SIGPIPE;
		}
		p[0] = (struct pollfd){ .fd = up ? link_socket() : -1, .events = link_events() };
		p[1] = (struct pollfd){ .fd = in_ended || link_room() == 0 ? -1 : STDIN_FILENO, .events = POLLIN };
		p[2] = (struct pollfd){ .fd = out.len > 0 ? out.fd : -1, .events = POLLOUT };
		p[3] = (struct pollfd){ .fd = errs.len > 0 ? errs.fd : -1, .events = POLLOUT };
		p[4] = (struct pollfd){ .fd = wake[0], .events = POLLIN };
		if (poll(p, 5, more ? 0 : -1) == -1 && errno != EINTR)
			err(WX_CHAIN, "cannot poll");
		if (p[4].revents != 0)
			act_on_signals(pty);
		if (up && p[1].revents != 0 && !feed())
			lost(b);
		if (p[0].revents != 0 || more)
			up = up && link_turn();
	}
}

/* --- */

static void
connect_to(const struct builder *b, long long deadline)
{
	char why[512];

	switch (link_open(b, "shell", deadline, why, sizeof(why))) {
	case LINK_UP:
		return;
	case LINK_OTHER_KEY:
		errx(WX_CHAIN, "cannot verify the host key of '127.0.0.1:%d': %s", b->port, why);
	case LINK_REFUSED:
		errx(WX_CHAIN, "cannot log in to builder '%s': %s", b->name, why);
	case LINK_DOWN:
	default:
		errx(WX_CHAIN, "cannot reach builder '%s' on 127.0.0.1:%d: %s; start it with: wx-builder start",
		    b->name, b->port, why);
	}
}

static int
say_command(const struct builder *b, char *const command[])
{
	char *text = sshconf_command(b, command);

	(void)puts(text);
	free(text);
	if (wx_flush(stdout) == -1)
		err(WX_CHAIN, "cannot write to standard output");
	return WX_OK;
}

int
exec_run(const struct want *w)
{
	long long deadline = wx_clock_ms() + (w->seconds > 0 ? w->seconds : UNTIL_RUN) * 1000;
	bool pty = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &saved) == 0;
	const char *term = getenv("TERM");
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	char why[512], *words = sshconf_words(w->operands);
	struct builder b;
	int status;

	builder_find(&b, w->name, w->connection);
	builder_must(&b);
	if (w->print_ssh)
		return say_command(&b, w->operands);
	far_must(&b);
	connect_to(&b, deadline);
	if (pty)
		(void)ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
	if (!link_command(words, pty ? &size : NULL, term != NULL && *term != '\0' ? term : "dumb", deadline,
	    why, sizeof(why)))
		errx(WX_CHAIN, "cannot run the command in builder '%s': %s", b.name, why);
	look_at(&out);
	look_at(&errs);
	catch_signals(pty);
	if (pty)
		raw();
	status = pump(&b, pty);
	restore();
	if (status == -2)
		lost(&b);
	/* The server learns of our end by the socket's; a farewell would cost a round. */
	_exit(status);
}
