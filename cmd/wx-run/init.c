/* SPDX-License-Identifier: MIT */
#include "init.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "bwrap.h"
#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

static void
limit(int what, unsigned long long n)
{
	struct rlimit l = { n, n };

	if (setrlimit(what, &l) == -1)
		err(WX_CHAIN, "cannot set a limit inside the sandbox");
}

/*
 * Set here, inside the user namespace, the limit counts this sandbox alone
 * (setrlimit(2); one more for bwrap's own process, pid 1).
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
 * is not what it asked for. The secrets come with it, and not by a descriptor:
 * bwrap's own process, which stays, would hold that open for all to read.
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

static void
default_signals(unsigned long ignored)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < 32; sig++)
		(void)signal(sig, ignored >> sig & 1 ? SIG_IGN : SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
say(char what, int error)
{
	struct hello h = { .what = what, .error = error };

	(void)send(FD_SOCKET, &h, sizeof(h), MSG_NOSIGNAL);
}

_Noreturn void
init_main(int argc, char *argv[])
{
	int error;

	if (argc < 6)
		errx(WX_CHAIN, "'%s' is a part of wx-run, and runs only in its sandbox", argv[0]);
	/* All of ours is close-on-exec from here on: bwrap passed it to us. */
	if (wx_proc_harden() == -1)
		err(WX_CHAIN, "cannot harden process");
	say('H', 0);
	wait_for_word();
	set_limits(strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));
	default_signals(strtoul(argv[3], NULL, 16));
	if (*argv[4] != '\0')
		(void)execv(argv[4], argv + 5);
	else
		(void)execvp(argv[5], argv + 5);
	error = errno;
	say('E', error);
	_exit(error == ENOENT ? WX_NOCMD : WX_NOEXEC);
}
