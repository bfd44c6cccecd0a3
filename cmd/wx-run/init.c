/* SPDX-License-Identifier: MIT */
#include "init.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bwrap.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

/* At the most, as ulimit(1) of wx-run's caller may allow less. */
static void
limit(int what, unsigned long long n)
{
	struct rlimit l;

	if (getrlimit(what, &l) == 0 && (l.rlim_max == RLIM_INFINITY || n < l.rlim_max))
		l.rlim_max = n;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(what, &l) == -1)
		err(WX_CHAIN, "cannot set a limit inside the sandbox");
}

/*
 * Set here, inside the user namespace, the limit counts this sandbox alone
 * (setrlimit(2); one more for the first process).
 */
static void
set_limits(unsigned long long pids, unsigned long long data)
{
	limit(RLIMIT_CORE, 0);
	if (pids > 0)
		limit(RLIMIT_NPROC, pids + 1);
	if (data > 0)
		limit(RLIMIT_DATA, data);
}

/*
 * Wait for wx-run's word. None comes where wx-run is gone, or found a mount that
 * is not what it asked for.
 */
static void
wait_for_word(void)
{
	static char buf[WX_SECRET_MAX + 2];
	ssize_t n;
	char *p;

	do
		n = recv(FD_SOCKET, buf, sizeof(buf) - 1, 0);
	while (n == -1 && errno == EINTR);
	if (n < 1)
		_exit(WX_CHAIN);
	for (p = buf + 1; p < buf + n; p += strlen(p) + 1)
		if (putenv(p) != 0)
			err(WX_CHAIN, "cannot set a secret inside the sandbox");
}

/* All signals wait, none is lost: one that comes before the exec ends the command
 * as soon as default_signals lets it through. */
static void
hold_signals(void)
{
	sigset_t all;
	int sig;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
}

static void
default_signals(unsigned long ignored)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < 32; sig++)
		if (ignored >> sig & 1)
			(void)signal(sig, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
say(char what, int value)
{
	struct hello h = { .what = what, .value = value };

	(void)send(FD_SOCKET, &h, sizeof(h), MSG_NOSIGNAL);
}

/* In a group of its own: from that of wx-run, kill(0, SIGKILL) would reach past
 * the pid namespace, to wx-run and to whatever started it. */
static _Noreturn void
become_command(char *argv[])
{
	int error;

	if (setpgid(0, 0) == -1)
		err(WX_CHAIN, "cannot make a process group inside the sandbox");
	say(HELLO_READY, 0);
	wait_for_word();
	set_limits(strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));
	default_signals(strtoul(argv[3], NULL, 16));
	if (*argv[4] != '\0')
		(void)execv(argv[4], argv + 5);
	else
		(void)execvp(argv[5], argv + 5);
	error = errno;
	say(HELLO_ERROR, error);
	_exit(error == ENOENT ? WX_NOCMD : WX_NOEXEC);
}

/* What has become of the children: those that died are buried. */
static void
look(pid_t command)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != command)
			continue;
		if (WIFSTOPPED(status)) {
			say(HELLO_STOP, WSTOPSIG(status));
			continue;
		}
		say(HELLO_END, status);
		_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
}

_Noreturn void
init_main(int argc, char *argv[])
{
	struct pollfd pfd[2] = { { .events = POLLIN }, { .fd = FD_SOCKET } };
	struct signalfd_siginfo si;
	sigset_t child;
	pid_t command;

	if (argc < 6)
		errx(WX_CHAIN, "'%s' is a part of wx-run, and runs only in its sandbox", argv[0]);
	/* All of ours is close-on-exec from here on: bwrap passed it to us. Nor can
	 * the command look into us, by ptrace or /proc. */
	if (wx_proc_harden() == -1)
		err(WX_CHAIN, "cannot harden process");
	(void)prctl(PR_SET_NAME, "wx-run");   /* not "init", for ps(1) */
	hold_signals();
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	pfd[0].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	command = fork();
	if (pfd[0].fd == -1 || command == -1)
		err(WX_CHAIN, "cannot start a process inside the sandbox");
	if (command == 0)
		become_command(argv);
	for (;;) {
		look(command);
		(void)poll(pfd, 2, -1);
		if (pfd[1].revents != 0)
			_exit(WX_CHAIN);   /* wx-run is gone, or wants an end */
		(void)!read(pfd[0].fd, &si, sizeof(si));
	}
}
