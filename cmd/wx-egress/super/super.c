/* SPDX-License-Identifier: MIT */
#include "super.h"

#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"
#include "log.h"
#include "run.h"
#include "words.h"

#define DEATHS        64   /* of dialers, in DEATH_SECONDS: then something is broken */
#define DEATH_SECONDS 10
#define STOP_MS       3000 /* a second more than the front leaves its connections */
#define EVENTS        64   /* of dialers in a turn: then signals and the control socket have theirs */

/* In a child: it keeps its three descriptors, and standard error. */
static _Noreturn void
become_dialer(const struct run *r, size_t slot, const sigset_t *mask, pid_t parent)
{
	struct dialer d = { .policy = &r->s->policy, .shared = r->shared, .slot = slot };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	wx_proc_die_with_parent(SIGKILL);
	if (getppid() != parent)
		_exit(WX_FAIL);
	if (null != -1) {
		(void)dup2(null, STDIN_FILENO);
		(void)dup2(null, STDOUT_FILENO);
	}
	/* By way of numbers that are above all that is in use. */
	d.requests = fcntl(r->requests[1], F_DUPFD_CLOEXEC, 64);
	d.life = fcntl(r->life[0], F_DUPFD_CLOEXEC, 64);
	d.events = fcntl(r->events[1], F_DUPFD_CLOEXEC, 64);
	if (dup2(d.requests, 3) == -1 || dup2(d.life, 4) == -1 || dup2(d.events, 5) == -1)
		_exit(WX_FAIL);
	wx_proc_close_from(6);
	d.requests = 3;
	d.life = 4;
	d.events = 5;
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	dial_confine_more();
	dialer_serve(&d);
}

static void
start_dialer(struct run *r, size_t i)
{
	sigset_t none;
	pid_t parent = getpid();

	(void)sigemptyset(&none);
	r->dialers[i] = fork();
	if (r->dialers[i] == -1)
		err(WX_TEMP, "cannot start a process");
	if (r->dialers[i] == 0)
		become_dialer(r, i, &none, parent);
}

void
run_order(const struct run *r, struct link_order *o, int pass)
{
	if (link_send(r->s->orders, o, offsetof(struct link_order, text) + o->len, pass, true) == -1)
		err(WX_FAIL, "cannot tell the front");
}

static void
order_text(const struct run *r, enum order_kind kind, const char *text)
{
	static struct link_order o;
	size_t left = strlen(text);

	do {
		o = (struct link_order){ .kind = (uint8_t)kind };
		o.len = (uint32_t)(left < LINK_TEXT ? left : LINK_TEXT);
		memcpy(o.text, text, o.len);
		text += o.len;
		left -= o.len;
		o.last = left == 0;
		run_order(r, &o, -1);
	} while (left > 0);
}

/* Eight that know the policy as it is now; those before them, if any, end after their dial. */
static void
start_dialers(struct run *r)
{
	static struct link_order o = { .kind = ORDER_DIALERS };
	size_t i;

	if (r->life[1] != -1) {
		(void)close(r->life[0]);
		(void)close(r->life[1]);
		(void)shutdown(r->requests[1], SHUT_RD);
		(void)close(r->requests[1]);
	}
	if (link_pair(r->requests) == -1 || wx_pipe(r->life) == -1)
		err(WX_TEMP, "cannot make a socket");
	(void)fcntl(r->life[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(r->life[1], F_SETFD, FD_CLOEXEC);
	for (i = 0; i < DIALERS; i++)
		start_dialer(r, i);
	run_order(r, &o, r->requests[0]);
	(void)close(r->requests[0]);
	r->requests[0] = -1;
}

static void
tell_texts(const struct run *r)
{
	char *text = words_of(&r->s->policy);

	if (text == NULL)
		err(WX_TEMP, "cannot allocate memory");
	order_text(r, ORDER_WORDS, text);
	free(text);
	text = policy_json(&r->s->policy);
	if (text == NULL)
		err(WX_TEMP, "cannot allocate memory");
	order_text(r, ORDER_JSON, text);
	free(text);
}

void
run_changed(struct run *r)
{
	tell_texts(r);
	start_dialers(r);
}

static void
tell_front(const struct run *r)
{
	static struct link_order o;
	const struct policy *p = &r->s->policy;
	size_t i, j;

	o = (struct link_order){ .kind = ORDER_CONFIG, .number = p->connections, .ech_deny = p->ech_deny, .ask = r->s->control != NULL ? p->ask : 0,
		.range_bits = (uint8_t)p->range_bits };
	memcpy(o.range, p->range, sizeof(o.range));
	run_order(r, &o, -1);
	/* An address in advance for each exact name, in the policy's order: who makes sockets counts on it. */
	for (i = 0; i < p->allow.n; i++) {
		for (j = 0; j < i && strcmp(p->allow.e[j].host, p->allow.e[i].host) != 0; j++)
			;
		if (p->allow.e[i].wildcard || p->allow.e[i].family != 0 || (j < i && !p->allow.e[j].wildcard))
			continue;
		order_text(r, ORDER_NAME, p->allow.e[i].host);
	}
	tell_texts(r);
}

static void
share(struct run *r)
{
	r->shared = mmap(NULL, sizeof(*r->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (r->shared == MAP_FAILED || getrandom(r->shared->key, sizeof(r->shared->key), 0) != sizeof(r->shared->key))
		err(WX_TEMP, "cannot allocate memory");
}

static void
start(struct run *r)
{
	struct timeval limit = { .tv_sec = 10 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	(void)setsockopt(r->s->orders, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (r->signals == -1 || link_pair(r->events) == -1)
		err(WX_TEMP, "cannot make a socket");
	share(r);
	dial_confine(r->s->control == NULL ? -1 : control_open(r->s->control));
	tell_front(r);
	start_dialers(r);
}

/* A dialer that ended was silent for too long, or was killed. */
static void
dialer_ended(struct run *r, pid_t pid)
{
	static struct link_order lost = { .kind = ORDER_LOST };
	time_t now = time(NULL);
	size_t i;

	for (i = 0; i < DIALERS && r->dialers[i] != pid; i++)
		;
	if (i == DIALERS || r->stop_at != 0)
		return;
	if (now - r->deaths_since > DEATH_SECONDS) {
		r->deaths = 0;
		r->deaths_since = now;
	}
	/* What it had in hand is answered by nobody else. */
	lost.number = atomic_exchange(&r->shared->working[i], 0);
	if (lost.number != 0)
		run_order(r, &lost, -1);
	if (++r->deaths > DEATHS)
		errx(WX_TEMP, "the dialers end again and again");
	start_dialer(r, i);
}

/* The front has ended, or does not: it ends with us. */
static _Noreturn void
end(const struct run *r)
{
	(void)log_due(true);
	control_close();
	if (r->stop_at == 0)
		errx(WX_FAIL, "the front ended, and with it all connections");
	exit(WX_OK);
}

static void
children(struct run *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == r->s->front)
			end(r);
		dialer_ended(r, pid);
	}
}

static void
on_signal(struct run *r)
{
	static struct link_order stop = { .kind = ORDER_STOP };
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			children(r);
		if ((info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) && r->stop_at == 0) {
			r->stop_at = wx_clock_ms() + STOP_MS;
			run_order(r, &stop, -1);
		}
	}
}

/* Strings of a message are ended, whoever wrote them. */
static void
end_strings(struct link_event *e)
{
	e->host[sizeof(e->host) - 1] = e->rule[sizeof(e->rule) - 1] = e->address[sizeof(e->address) - 1] = '\0';
	e->method[sizeof(e->method) - 1] = e->path[sizeof(e->path) - 1] = e->seen[sizeof(e->seen) - 1] = '\0';
}

static void
say_ready(struct run *r)
{
	if (r->s->ready == -1)
		return;
	if (wx_write_all(r->s->ready, "", 1) == -1)
		err(WX_FAIL, "cannot write to descriptor %d", r->s->ready);
	(void)close(r->s->ready);
	r->s->ready = -1;
}

static void
tell_watchers(void)
{
	const char *line = log_line();

	if (line != NULL)
		control_tell(line);
}

/* Of the front: ends, and refusals that need no policy. It cannot say that something was allowed. */
static void
from_front(struct run *r)
{
	static struct link_event e;
	ssize_t n = link_recv(r->s->orders, &e, sizeof(e), NULL, false);

	if (n != (ssize_t)sizeof(e))
		return;
	end_strings(&e);
	if (e.kind == EVENT_READY) {
		say_ready(r);
	} else if (e.kind == EVENT_END) {
		if (e.entry < SHARED_IDS)
			(void)atomic_fetch_add(&r->shared->spent[e.entry], e.up);
		log_event(&e);
		tell_watchers();
	} else if (e.kind == EVENT_ASK) {
		control_ask(r, &e);
	} else if (e.kind == EVENT_DECISION && e.reason != REASON_ALLOWED) {
		e.rule[0] = '\0';
		log_event(&e);
		tell_watchers();
	}
}

static void
from_dialers(struct run *r)
{
	static struct link_event e;
	int i;

	for (i = 0; i < EVENTS && link_recv(r->events[0], &e, sizeof(e), NULL, false) == (ssize_t)sizeof(e); i++) {
		end_strings(&e);
		log_event(&e);
		tell_watchers();
	}
}

/* The sooner of two times, in ms; -1 is never. */
static int
sooner(int a, int b)
{
	return a == -1 || (b != -1 && b < a) ? b : a;
}

/* ms that may be slept. */
static int
wait_ms(const struct run *r)
{
	int64_t left = r->stop_at - wx_clock_ms();

	if (r->stop_at != 0)
		return sooner(log_due(false), left < 0 ? 0 : (int)left);
	return sooner(log_due(false), control_wait());
}

_Noreturn void
super_run(struct super *s)
{
	static struct run r = { .requests = { -1, -1 }, .life = { -1, -1 } };
	struct pollfd p[3 + CONTROL_POLLS];

	r.s = s;
	log_begin(s->quiet);
	start(&r);
	p[0] = (struct pollfd){ .fd = r.signals, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = r.events[0], .events = POLLIN };
	p[2] = (struct pollfd){ .fd = s->orders, .events = POLLIN };
	for (;;) {
		control_gather(p + 3);
		if (poll(p, r.stop_at == 0 ? 3 + CONTROL_POLLS : 3, wait_ms(&r)) == -1 && errno != EINTR)
			err(WX_FAIL, "cannot wait");
		if (p[1].revents != 0)
			from_dialers(&r);
		if ((p[2].revents & POLLIN) != 0)
			from_front(&r);
		if (r.stop_at == 0)
			control_step(&r, p + 3);
		if (p[0].revents != 0)
			on_signal(&r);
		else if ((p[2].revents & (POLLHUP | POLLERR)) != 0)
			p[2].fd = -1;
		if (r.stop_at != 0 && wx_clock_ms() >= r.stop_at)
			end(&r);
	}
}
