/* SPDX-License-Identifier: MIT */
#include "ending.h"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "jobs.h"
#include "libcommon/fileio.h"

#define DRAIN_SECONDS 2.0    /* for a terminal to show more, where time is over */

/*
 * All of our children, and theirs, who became ours (PR_SET_CHILD_SUBREAPER): when
 * this returns nothing inside can touch the project any more, and the helper is
 * gone. The file is proc(5)'s list of them.
 */
static void
end_all(void)
{
	char path[64], buf[4096], *p, *end;
	long pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	do {
		(void)wx_read_text(AT_FDCWD, path, 0, buf, sizeof(buf));
		for (p = buf; (pid = strtol(p, &end, 10)) > 0; p = end)
			(void)kill((pid_t)pid, SIGKILL);
	} while (waitpid(-1, NULL, 0) != -1 || errno == EINTR);
}

/*
 * The same of a container. Not all that became ours is to be ended: podman's monitor
 * is to clean up, and the process that holds its user namespace stays for others.
 */
static void
end_container(struct sandbox *s)
{
	static const struct timespec pause = { .tv_nsec = 5000000 };
	struct pollfd pfd = { .fd = s->init, .events = POLLIN };
	double end = sandbox_now() + CLEAN_SECONDS;

	if (s->sock != -1)
		(void)close(s->sock);
	s->sock = -1;
	if (s->init != -1) {
		(void)syscall(SYS_pidfd_send_signal, s->init, SIGKILL, NULL, 0);
		(void)poll(&pfd, 1, (int)(CLEAN_SECONDS * 1000));
	}
	if (s->net.pid != -1) {
		(void)kill(s->net.pid, SIGKILL);
		(void)waitpid(s->net.pid, NULL, 0);
	}
	while (s->engine != -1 && waitpid(s->engine, NULL, WNOHANG) == 0 && sandbox_now() < end)
		(void)nanosleep(&pause, NULL);
}

void
ending_processes(struct sandbox *s)
{
	if (s->plan->engine == ENGINE_PODMAN)
		end_container(s);
	else
		end_all();
}

void
ending_show(struct sandbox *s)
{
	struct pollfd pfd[1 + RELAY_NFDS];
	struct signalfd_siginfo si;
	int rc = 1, sig = 0;

	while (relay_drain(&s->relay) && rc != 0) {
		pfd[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		relay_poll(&s->relay, pfd + 1);
		rc = poll(pfd, 1 + RELAY_NFDS, s->timed_out ? (int)(DRAIN_SECONDS * 1000) : -1);
		if (rc > 0 && pfd[0].revents != 0 && read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
			sig = (int)si.ssi_signo;
		if (sig == SIGTSTP)
			(void)jobs_stop_ourselves(0, SIGTSTP);
		else if (sig == SIGINT || sig == SIGQUIT || sig == SIGTERM || sig == SIGHUP)
			rc = 0;
		sig = 0;
	}
}
