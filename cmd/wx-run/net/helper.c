/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "libcommon/exitcode.h"

_Noreturn void
helper_become(const char *program, const struct strv *argv, const int fds[], const int number[],
    int n, pid_t parent, const char *const *envp)
{
	static const char *const path[] = { HELPER_PATH, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), high[HELPER_FDS], i, sig;
	sigset_t mask;

	/* Above all the numbers, so that none is written over. */
	for (i = 0; i < n; i++) {
		high[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, HELPER_FDS);
		if (high[i] == -1)
			_exit(WX_CHAIN);
	}
	if (null == -1 || dup2(null, STDOUT_FILENO) == -1)
		_exit(WX_CHAIN);
	for (i = 0; i < n; i++)
		if (dup2(high[i], number[i]) == -1)
			_exit(WX_CHAIN);
	/* pasta refuses to start where its caller ignores SIGPIPE, as Python does. */
	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
	(void)sigemptyset(&mask);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(WX_CHAIN);
	(void)execvpe(program, argv->v, (char *const *)(envp != NULL ? envp : path));
	warn("cannot run '%s'", program);
	_exit(WX_NOCMD);
}

void
helper_close(const int fds[], int n)
{
	for (; n > 0; n--)
		if (fds[n - 1] != -1)
			(void)close(fds[n - 1]);
}

int
helper_owner(int netns)
{
	return ioctl(netns, NS_GET_USERNS);
}
