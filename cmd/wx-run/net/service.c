/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "libcommon/clock.h"

#define END_MS 500   /* between one line and the next, */
#define END_SECONDS 3.0   /* and in all: the sandbox has a hand in what is said */

void
service_environment(struct strv *out)
{
	static const char *const names[] = { "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE",
	    "NIX_SSL_CERT_FILE" };
	const char *value;
	size_t i;

	strv_add(out, HELPER_PATH);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		value = getenv(names[i]);
		if (value != NULL)
			strv_addf(out, "%s=%s", names[i], value);
	}
}

/* The child's descriptors: 0 input, 1 log, 2 words, 3 ready, then the sockets. */
static pid_t
start(const struct service *s, const struct service_start *how, const int std[static SERVICE_FIRST])
{
	int fds[HELPER_FDS], number[HELPER_FDS], n = SERVICE_FIRST + (int)how->nplaces, i;
	pid_t self = getpid(), pid;

	for (i = 0; i < n; i++) {
		fds[i] = i < SERVICE_FIRST ? std[i] : how->places[i - SERVICE_FIRST].fd;
		number[i] = i;
	}
	pid = fork();
	if (pid == 0)
		helper_become(how->program, how->argv, fds, number, n, self, how->envp);
	if (pid == -1)
		warn("cannot start %s", s->name);
	return pid;
}

bool
service_start(struct service *s, const struct plan *p, const struct service_start *how)
{
	int log[2] = { -1, -1 }, said[2] = { -1, -1 }, ready[2] = { -1, -1 };
	size_t i;

	if (pipe2(log, O_CLOEXEC) == -1 || pipe2(said, O_CLOEXEC) == -1 || pipe2(ready, O_CLOEXEC) == -1 ||
	    fcntl(log[0], F_SETFL, O_NONBLOCK) == -1 || fcntl(said[0], F_SETFL, O_NONBLOCK) == -1)
		warn("cannot make a pipe for %s", s->name);
	else
		s->pid = start(s, how, (const int[]){ how->in, log[1], said[1], ready[1] });
	for (i = 0; i < how->nplaces; i++)
		helper_close(&how->places[i].fd, 1);
	helper_close(&how->in, 1);
	helper_close(log + 1, 1);
	helper_close(said + 1, 1);
	helper_close(ready + 1, 1);
	if (s->pid == -1) {
		helper_close(log, 1);
		helper_close(said, 1);
		helper_close(ready, 1);
		return false;
	}
	decisions_open(&s->log, p, how->log, log[0]);
	s->words = said[0];
	s->ready = ready[0];
	return true;
}

void
service_poll(const struct service *s, struct pollfd pfd[static SERVICE_NFDS])
{
	pfd[0] = (struct pollfd){ .fd = s->ready, .events = POLLIN };
	pfd[1] = (struct pollfd){ .fd = s->words, .events = POLLIN };
	pfd[2] = (struct pollfd){ .fd = s->log.in, .events = POLLIN };
}

bool
service_ready(struct service *s)
{
	char buf[32];
	ssize_t got;

	do
		got = read(s->ready, buf, sizeof(buf));
	while (got == -1 && errno == EINTR);
	(void)close(s->ready);
	s->ready = -1;
	return got > 0;
}

void
service_listen(struct service *s)
{
	char buf[512];
	ssize_t got = read(s->words, buf, sizeof(buf));
	size_t room = sizeof(s->said) - 1 - s->len;

	if (got == 0 || (got == -1 && errno != EINTR && errno != EAGAIN)) {
		(void)close(s->words);
		s->words = -1;
	}
	if (got > 0) {
		room = (size_t)got < room ? (size_t)got : room;
		memcpy(s->said + s->len, buf, room);
		s->len += room;
	}
}

void
service_say(struct service *s)
{
	char *line, *next, *text;
	size_t before;

	/* What it said with its last breath is in the pipe. */
	do {
		before = s->len;
		if (s->words != -1)
			service_listen(s);
	} while (s->len != before);
	s->said[s->len] = '\0';
	for (line = s->said; *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next != '\0')
			*next++ = '\0';
		text = escaped(line);
		(void)fprintf(stderr, "%s\n", text);
		free(text);
	}
	s->len = 0;
}

bool
service_died(struct service *s)
{
	if (s->pid == -1 || waitpid(s->pid, NULL, WNOHANG) != s->pid)
		return false;
	s->pid = -1;
	return true;
}

void
service_kill(struct service *s)
{
	if (s->pid == -1)
		return;
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	s->pid = -1;
}

void
service_lost(struct service *s)
{
	if (!s->talks)
		service_say(s);
	warnx("%s was lost before the end: %s died", s->what, s->name);
}

void
service_failed(struct service *s)
{
	service_say(s);
	warnx("cannot bring up %s with %s; nothing was reached", s->what, s->name);
}

void
service_end(struct service *s)
{
	struct pollfd pfd = { .fd = s->log.in, .events = POLLIN };
	double until = wx_clock_seconds() + END_SECONDS;

	control_remove(s->control);
	s->control = NULL;
	if (s->pid == -1 || s->log.in == -1)
		return;
	(void)kill(s->pid, SIGTERM);
	/* The end of the pipe is its own, and its children's. */
	while (s->log.in != -1 && wx_clock_seconds() < until && poll(&pfd, 1, END_MS) > 0)
		(void)decisions_read(&s->log);
}
