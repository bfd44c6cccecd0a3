/* SPDX-License-Identifier: MIT */
#include "capture.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
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

ssize_t
capture_finish(struct capture *c, char *buf, size_t cap)
{
	ssize_t n;
	int status;

	if (c->pid == -1)
		return -1;
	n = wx_read_all(c->fd, buf, cap - 1);
	(void)close(c->fd);
	while (waitpid(c->pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	c->pid = -1;
	if (n == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	buf[n] = '\0';
	return n;
}
