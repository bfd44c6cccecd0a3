/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inside/inside.h"
#include "join.h"
#include "libcommon/proc.h"
#include "state/state.h"
#include "sandbox.h"

#define WAITING 16   /* who asks at the same time */

/* By the directory's descriptor: its own path may be longer than such a name can be (unix(7)). */
static bool
address(int dir, const char *run, struct sockaddr_un *a)
{
	char *name = live_door(run);
	int n;

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/%s", dir, name);
	free(name);
	if (n > 0 && (size_t)n < sizeof(a->sun_path))
		return true;
	errno = ENAMETOOLONG;
	return false;
}

int
door_open(const struct plan *p)
{
	int dir = live_dir(p), fd = -1, saved;
	struct sockaddr_un a;

	if (dir != -1 && address(dir, p->run, &a))
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) == -1 || listen(fd, WAITING) == -1) {
		warn("no command can join this run (--exec): cannot open a socket for it");
		if (fd != -1)
			(void)close(fd);
		fd = -1;
	}
	saved = errno;
	if (dir != -1)
		(void)close(dir);
	errno = saved;
	return fd;
}

/* The end of a new socket that the asker is to have; the other goes inside. -1: it cannot. */
static int
call_first_process(const struct sandbox *s)
{
	struct hello h = { .what = HELLO_JOIN };
	int pair[2], on = 1;
	bool ok;

	if (s->control == -1 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	ok = setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 &&
	    fdpass_send(s->control, &h, sizeof(h), &pair[1], 1, MSG_DONTWAIT);
	(void)close(pair[1]);
	if (ok)
		return pair[0];
	(void)close(pair[0]);
	return -1;
}

void
door_answer(struct sandbox *s)
{
	int fd = accept4(s->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), fds[2] = { -1, -1 }, i;
	char word = HELLO_JOIN;

	if (fd == -1)
		return;
	if (wx_proc_peer_is_own(fd))
		fds[1] = join_offer(s->plan);
	if (fds[1] != -1)
		fds[0] = call_first_process(s);
	if (fds[0] != -1)
		(void)fdpass_send(fd, &word, 1, fds, 2, MSG_DONTWAIT);
	for (i = 0; i < 2; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	(void)close(fd);
}

bool
door_ask(const struct plan *p, const char *run, int *sock, int *words)
{
	int dir = live_dir(p), fd = -1, fds[2] = { -1, -1 }, saved;
	struct sockaddr_un a;
	bool ok;
	char word;

	ok = dir != -1 && address(dir, run, &a) && (fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) != -1 &&
	    connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0 &&
	    fdpass_receive(fd, &word, 1, fds, 2, NULL, 0) != -1;
	saved = errno;
	if (fd != -1)
		(void)close(fd);
	if (dir != -1)
		(void)close(dir);
	*sock = fds[0];
	*words = fds[1];
	errno = ok ? ECONNRESET : saved;
	return ok && fds[1] != -1;
}
