/* SPDX-License-Identifier: MIT */
#include "ending.h"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "jobs.h"
#include "libcommon/exitcode.h"
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
	service_kill(&s->net);
	service_kill(&s->broker);
	while (s->engine != -1 && waitpid(s->engine, NULL, WNOHANG) == 0 && sandbox_now() < end)
		(void)nanosleep(&pause, NULL);
}

void
ending_processes(struct sandbox *s)
{
	if (s->plan->engine->detached)
		end_container(s);
	else
		end_all();
}

/* The command was killed, and not by us. */
static bool
killed(const struct sandbox *s, int status)
{
	if (s->ended)
		status = s->status;
	else if (s->words != -1)
		return false;
	return s->let_go && !s->timed_out && !s->stopped && s->lost == NULL &&
	    (WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : !s->ended && WEXITSTATUS(status) == 128 + SIGKILL);
}

/* Processes that were killed for memory, by the kernel or by the first process. */
static unsigned long
memory_kills(const struct sandbox *s)
{
	return s->usage.kills + s->ended_for_memory;
}

struct end
ending_facts(const struct sandbox *s, int status)
{
	struct end e = { .kills = memory_kills(s), .peak = s->usage.bytes != 0 ? s->usage.bytes : s->largest,
	    .whole = s->usage.bytes != 0 };

	if (s->ended)
		e.signal = WIFSIGNALED(s->status) ? WTERMSIG(s->status) : 0;
	else if (s->let_go)
		e.signal = SIGKILL;
	if (s->timed_out)
		e.limit = "time";
	else if (memory_kills(s) > 0 && killed(s, status))
		e.limit = "memory";
	if (s->let_go)
		e.seconds = (s->over == 0 ? sandbox_now() : s->over) - s->started;
	return e;
}

static void
say_memory(const struct sandbox *s, int status)
{
	bool own = s->plan->limits.cgroup || s->ended_for_memory > 0;
	const char *more = own ? "; -M gives more" : "", *by = s->ended_for_memory > 0 ? "" : " by the kernel";
	unsigned long n = memory_kills(s);

	if (n > 0 && killed(s, status))
		warnx("the command was killed%s: its memory ran out%s", by, more);
	else if (n > 0 && own)
		warnx("%lu of the processes inside were killed%s: their memory ran out%s", n, by, more);
}

int
ending_status(struct sandbox *s, int status)
{
	if (s->exec_error != 0) {
		errno = s->exec_error;
		warn("cannot run '%s'", s->plan->command.v[0]);
		return s->exec_error == ENOENT ? WX_NOCMD : WX_NOEXEC;
	}
	if (s->killed_by != 0)
		return 128 + s->killed_by;
	if (!s->let_go) {
		if (!s->failed)
			warnx(s->words == -1 ? "cannot start the sandbox; wx-run --check says what is missing" :
			    "cannot start the command: the run has ended");
		return WX_CHAIN;
	}
	say_memory(s, status);
	if (s->lost != NULL)
		service_lost(s->lost);
	if (s->timed_out)
		return WX_TIMEOUT;
	if (s->stopped && !s->ended)   /* it took no notice of SIGTERM */
		return 128 + SIGKILL;
	if (s->words != -1 && !s->ended) {
		warnx("the run has ended, and the command with it");
		return 128 + SIGKILL;
	}
	if (s->ended)
		status = s->status;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
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
