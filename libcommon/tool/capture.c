/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/capture.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "libcommon/clock.h"
#include "libcommon/exitcode.h"
#include "libcommon/proc.h"

static _Noreturn void
become(const char *const argv[], const char *const envp[], int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(out, STDOUT_FILENO) == -1 || dup2(null, STDERR_FILENO) == -1 ||
	    chdir("/") == -1)
		_exit(WX_NOEXEC);
	wx_proc_exec(argv[0], (char *const *)argv, (char *const *)envp);
	_exit(WX_NOCMD);
}

int
capture_start(struct capture *c, const char *const argv[],
    const char *const envp[])
{
	int p[2], saved;

	c->pid = -1;
	if (pipe(p) == -1 || fcntl(p[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(p[1], F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	c->pid = fork();
	if (c->pid == 0)
		become(argv, envp, p[1]);
	saved = errno;
	(void)close(p[1]);
	c->fd = p[0];
	if (c->pid == -1)
		(void)close(p[0]);
	errno = saved;
	return c->pid == -1 ? -1 : 0;
}

/* Wait until there is something to read, until END. */
static bool
in_time(int fd, double end)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	double left;

	do {
		left = end - wx_clock_seconds();
		if (left <= 0) {
			errno = ETIMEDOUT;
			return false;
		}
	} while (poll(&p, 1, (int)(left * 1000) + 1) <= 0);
	return true;
}

/* Less than CAP bytes, to the end. */
static ssize_t
read_all(int fd, char *buf, size_t cap, int seconds)
{
	double end = wx_clock_seconds() + seconds;
	size_t len = 0;
	ssize_t n = 1;

	while (n != 0 && len < cap) {
		if (seconds > 0 && !in_time(fd, end))
			return -1;
		n = read(fd, buf + len, cap - len);
		if (n == -1 && errno != EINTR)
			return -1;
		len += n > 0 ? (size_t)n : 0;
	}
	errno = EFBIG;
	return len == cap ? -1 : (ssize_t)len;
}

ssize_t
capture_finish(struct capture *c, char *buf, size_t cap, int seconds)
{
	int status, saved;
	ssize_t n;

	if (c->pid == -1)
		return -1;
	n = read_all(c->fd, buf, cap, seconds);
	saved = errno;
	if (n == -1)
		(void)kill(c->pid, SIGKILL);
	(void)close(c->fd);
	while (waitpid(c->pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	c->pid = -1;
	errno = n == -1 ? saved : ECHILD;
	if (n == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	buf[n] = '\0';
	return n;
}
