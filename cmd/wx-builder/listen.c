/* SPDX-License-Identifier: MIT */
/*
 * listen: the builder's port is ours, and the container's another one behind it (K/behind). A connection is taken and
 * not answered until the builder is there: by start, which knows how to get out of every state. Who hangs up too
 * early, as Nix does at a connection that is refused, is so never refused. With nobody there for some time the builder
 * is stopped.
 *
 * One connection is in one of three stages: HELD (nothing behind it), KNOCKING (a connection to the container, whose
 * banner has not come), and OPEN (bytes go to and fro). One that has knocked in vain is held again, until start
 * was run anew; after that it is closed.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "behind.h"
#include "builder.h"
#include "child.h"
#include "dial.h"
#include "pump.h"
#include "verbs.h"

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/strv.h"

#define MOST      512       /* connections */
#define IDLE      10800     /* seconds */
#define BANNER_MS 3000      /* for the first knock; a builder at work may be slow, but start has looked at it then */
#define AGAIN_MS  30000     /* for the second */
#define REST_MS   1000      /* after a start that failed */

enum stage { HELD, KNOCKING, OPEN };

struct caller {
	enum stage  stage;
	int         fd, behind;
	int         knocks;
	long long   until;       /* of KNOCKING */
	struct pump pump;        /* of OPEN: it has both */
};

static struct {
	const struct want *want;
	struct builder     b;
	char              *self;       /* our own program */
	int                door;       /* the socket that listens */
	bool               is_lent;    /* by systemd or launchd, who keep it */
	struct caller      callers[MOST];
	size_t             n;
	struct child       child;      /* start, or stop; pid 0: none */
	bool               is_stop, is_up;
	long long          rested;     /* not to start again before that */
	long long          used;       /* when somebody was there last */
} s;

static volatile sig_atomic_t is_over;

static void
on_end(int sig)
{
	(void)sig;
	is_over = 1;
}

/* --- the door */

static bool
is_listening(int fd)
{
	struct sockaddr_in at = { 0 };
	socklen_t len = sizeof(at), one = sizeof(int);
	int yes = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &one) == 0 && yes &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.sin_family == AF_INET;
}

/* sd_listen_fds(3): the first from 3 on, if it is meant for us; or launchd.plist(5)'s inetdCompatibility with Wait. */
static int
lent(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	if (pid != NULL && fds != NULL && strtol(pid, NULL, 10) == (long)getpid() && strtol(fds, NULL, 10) >= 1 && is_listening(3))
		return 3;
	return is_listening(STDIN_FILENO) ? STDIN_FILENO : -1;
}

static int
own_door(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	at.sin_port = htons((uint16_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1)
		err(WX_TEMP, "cannot make a socket");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 || listen(fd, MOST) == -1) {
		if (errno == EADDRINUSE)
			errx(WX_FAIL, "cannot listen on port %d: another has it; if that is the builder itself, mend it with: "
			    "wx-builder stop%s", port, builder_option(&s.b));
		err(WX_FAIL, "cannot listen on port %d", port);
	}
	return fd;
}

/* Only where the builder is to be found: a unit may say what it likes. */
static void
check_door(void)
{
	struct sockaddr_in at = { 0 };
	socklen_t len = sizeof(at);

	if (getsockname(s.door, (struct sockaddr *)&at, &len) == -1 || at.sin_addr.s_addr != htonl(INADDR_LOOPBACK))
		errx(WX_FAIL, "refusing the socket that we were given: it does not listen on 127.0.0.1");
	behind_keep(&s.b, ntohs(at.sin_port));
}

static void
open_door(const struct want *w)
{
	s.door = lent();
	s.is_lent = s.door != -1;
	if (!s.is_lent)
		s.door = own_door(w->port > 0 ? w->port : s.b.port > 0 ? s.b.port : DEFAULT_PORT);
	check_door();
	if (fcntl(s.door, F_SETFD, FD_CLOEXEC) == -1 || fcntl(s.door, F_SETFL, O_NONBLOCK) == -1)
		err(WX_TEMP, "cannot set up the socket");
}

/* --- start and stop, by ourselves in another process */

static void
begin(bool is_stop)
{
	struct strv argv = { 0 };

	strv_add(&argv, s.self);
	strv_add(&argv, is_stop ? "stop" : "start");
	strv_addf(&argv, "--name=%s", s.b.name);
	if (is_stop)
		strv_add(&argv, "--background");
	if (!is_stop && s.want->image != NULL)
		strv_addf(&argv, "--image=%s", s.want->image);
	if (!is_stop && s.want->cpus > 0)
		strv_addf(&argv, "--cpus=%ld", s.want->cpus);
	if (!is_stop && s.want->memory > 0)
		strv_addf(&argv, "--memory=%llu", (unsigned long long)s.want->memory);
	if (!is_stop)
		strv_addf(&argv, "--timeout=%ld", want_seconds(s.want));
	s.is_stop = is_stop;
	child_start(&s.child, (const char *const *)argv.v, -1);
	strv_free(&argv);
}

/* Has it ended? Then what it said is said, and those who wait knock, or go. */
static void
look_after_child(void)
{
	siginfo_t info = { 0 };
	char said[512];
	size_t i;
	int rc;

	if (s.child.pid <= 0 || waitid(P_PID, (id_t)s.child.pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == 0)
		return;
	rc = child_finish(&s.child, NULL, 0, said, sizeof(said));
	s.child.pid = 0;
	s.used = wx_clock_ms();
	if (*said != '\0')
		warnx("%s", strncmp(said, "wx-builder: ", 12) == 0 ? said + 12 : said);
	s.is_up = !s.is_stop && rc == 0;
	if (s.is_stop || rc == 0)
		return;
	s.rested = s.used + REST_MS;
	for (i = 0; i < s.n; i++)
		if (s.callers[i].stage == HELD)
			s.callers[i].knocks = 2;
}

/* --- callers */

static void
quick(int fd)
{
	int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void
welcome(void)
{
	int fd;

	while (s.n < MOST) {
		fd = accept(s.door, NULL, NULL);
		if (fd == -1)
			return;
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || fcntl(fd, F_SETFL, O_NONBLOCK) == -1) {
			(void)close(fd);
			continue;
		}
		quick(fd);
		s.callers[s.n++] = (struct caller){ .fd = fd, .behind = -1 };
	}
}

static void
dismiss(size_t i)
{
	struct caller *c = &s.callers[i];

	if (c->stage == OPEN) {
		pump_close(&c->pump);
	} else {
		(void)close(c->fd);
		if (c->behind != -1)
			(void)close(c->behind);
	}
	s.used = wx_clock_ms();
	s.callers[i] = s.callers[--s.n];
}

/* Connect to the container; what comes of it is seen when it is there. */
static void
knock(struct caller *c)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	to.sin_port = htons((uint16_t)behind_port(&s.b));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->behind = socket(AF_INET, SOCK_STREAM, 0);
	if (c->behind == -1 || fcntl(c->behind, F_SETFD, FD_CLOEXEC) == -1 || fcntl(c->behind, F_SETFL, O_NONBLOCK) == -1)
		return;
	quick(c->behind);
	(void)connect(c->behind, (struct sockaddr *)&to, sizeof(to));
	c->stage = KNOCKING;
	c->until = wx_clock_ms() + (c->knocks++ == 0 ? BANNER_MS : AGAIN_MS);
}

/* Nobody is there. */
static void
hold(struct caller *c)
{
	if (c->behind != -1)
		(void)close(c->behind);
	c->behind = -1;
	c->stage = HELD;
	s.is_up = false;
}

/* A caller whose knock is to be answered: by the banner, which stays to be read. False: dismiss it. */
static bool
attend_knock(struct caller *c)
{
	char banner[8];
	ssize_t n = recv(c->behind, banner, sizeof(banner), MSG_PEEK | MSG_DONTWAIT);

	if (n == (ssize_t)sizeof(banner) && memcmp(banner, "SSH-2.0-", sizeof(banner)) == 0) {
		if (!pump_open(&c->pump, c->fd, c->behind))
			return false;
		c->stage = OPEN;
		return true;
	}
	if (n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)))
		if (wx_clock_ms() < c->until)
			return true;
	hold(c);
	return true;
}

/* False: dismiss it. */
static bool
attend(struct caller *c)
{
	char one;

	if (c->stage == OPEN)
		return pump_turn(&c->pump);
	/* Who hung up, or was in vain: there is nothing to be sent before the banner but the caller's own. */
	if (recv(c->fd, &one, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		return false;
	if (c->stage == KNOCKING)
		return attend_knock(c);
	if (c->knocks >= 2)
		return false;
	if (s.is_up && s.child.pid == 0)
		knock(c);
	return true;
}

static bool
is_wanted(void)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.callers[i].stage == HELD)
			return true;
	return false;
}

/* --- the loop */

/* How long to wait for something: 20 ms where what is awaited may wake nobody, as the end of a process. */
static int
patience(void)
{
	long long left = s.used + s.want->idle * 1000 - wx_clock_ms();
	bool is_waited = s.child.pid > 0;
	size_t i;

	for (i = 0; i < s.n; i++)
		is_waited |= s.callers[i].stage != OPEN;
	if (is_waited)
		return 20;
	return s.n > 0 || !s.is_up ? -1 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static void
wait_for_something(void)
{
	static struct pollfd p[1 + 2 * MOST];
	nfds_t n = 0;
	size_t i;

	p[n++] = (struct pollfd){ .fd = s.n < MOST ? s.door : -1, .events = POLLIN };
	for (i = 0; i < s.n; i++)
		if (s.callers[i].stage == OPEN) {
			pump_wants(&s.callers[i].pump, &p[n]);
			n += 2;
		} else if (s.callers[i].stage == KNOCKING) {
			p[n++] = (struct pollfd){ .fd = s.callers[i].behind, .events = POLLIN };
		}
	(void)poll(p, n, patience());
}

static void
turn(void)
{
	size_t i;

	wait_for_something();
	welcome();
	look_after_child();
	for (i = 0; i < s.n;)
		if (attend(&s.callers[i]))
			i++;
		else
			dismiss(i);
	if (s.n > 0)
		s.used = wx_clock_ms();
	if (s.child.pid == 0 && !s.is_up && is_wanted() && wx_clock_ms() >= s.rested)
		begin(false);
	else if (s.child.pid == 0 && s.is_up && s.n == 0 && wx_clock_ms() >= s.used + s.want->idle * 1000)
		begin(true);
}

/* The door is open: what the caller wanted is done. What we say from here on is in the file LOG, whose lock is ours. */
static void
go_to_background(int log)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = fork();

	if (pid == -1 || null == -1)
		err(WX_TEMP, "cannot go to the background");
	if (pid > 0)
		_exit(WX_OK);
	if (setsid() == -1 || ftruncate(log, 0) == -1 || dprintf(log, "%ld\n", (long)getpid()) < 0 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(null, STDOUT_FILENO) == -1 || dup2(log, STDERR_FILENO) == -1 || chdir("/") == -1)
		_exit(WX_FAIL);
	(void)close(null);
}

int
listen_run(const struct want *w)
{
	struct sigaction act = { .sa_handler = on_end };
	struct want mine = *w;
	int log = -1;

	builder_find(&s.b, w->name, NULL);
	if (*s.b.far != '\0')
		errx(WX_FAIL, "refusing to listen for builder '%s': it is on another host", s.b.name);
	builder_make(&s.b);
	mine.idle = w->idle > 0 ? w->idle : IDLE;
	s.want = &mine;
	s.self = builder_which("wx-builder");
	if (s.self == NULL)
		errx(WX_FAIL, "cannot find wx-builder on PATH");
	(void)sigaction(SIGTERM, &act, NULL);
	(void)sigaction(SIGINT, &act, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (w->background && (log = behind_take(&s.b)) == -1)
		return WX_OK;
	open_door(w);
	if (w->background)
		go_to_background(log);
	/* Whether it runs is not known: the first knock tells. */
	s.is_up = true;
	s.used = wx_clock_ms();
	while (!is_over) {
		turn();
		/* Who lent the socket wakes us again. */
		if (s.is_lent && s.is_stop && s.child.pid == 0 && s.n == 0)
			break;
	}
	return WX_OK;
}
