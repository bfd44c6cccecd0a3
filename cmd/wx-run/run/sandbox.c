/* SPDX-License-Identifier: MIT */
#include "sandbox.h"
#include "libcommon/clock.h"

#include <sys/syscall.h>

#include <signal.h>
#include <unistd.h>

double
sandbox_now(void)
{
	return wx_clock_seconds();
}

bool
sandbox_signal(const struct sandbox *s, int sig)
{
	return syscall(SYS_pidfd_send_signal, s->command, sig, NULL, 0) == 0;
}

/* Only while the command is there its number is its group's. */
void
sandbox_signal_group(const struct sandbox *s, int sig)
{
	if (sandbox_signal(s, 0))
		(void)kill(-s->group, sig);
}

/* The end of the socket is the sandbox's (init.c); bwrap, if it is not so far, and
 * what it leaves, end_all ends. */
void
sandbox_kill(struct sandbox *s)
{
	if (s->sock != -1)
		(void)close(s->sock);
	if (s->net.ready != -1)
		(void)close(s->net.ready);
	if (s->broker.ready != -1)
		(void)close(s->broker.ready);
	s->sock = s->net.ready = s->broker.ready = -1;
	s->deadline = 0;
	/* podman is let finish; its monitor sees the end of the sandbox, and cleans up. */
	if (s->plan->engine->detached)
		s->deadline = sandbox_now() + CLEAN_SECONDS;
	else if (s->engine > 0)   /* -1 would be all processes of the user */
		(void)kill(s->engine, SIGKILL);
	s->ending = true;
}

void
sandbox_give_up(struct sandbox *s)
{
	s->failed = true;
	sandbox_kill(s);
}
