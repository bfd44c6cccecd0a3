/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/capture.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <unistd.h>

#include "libcommon/clock.h"

/* Not fork(2): all our pages would be copied, one by one as they are written to. */
static int
spawn(pid_t *pid, const char *const argv[], const char *const envp[], int out)
{
	posix_spawn_file_actions_t to;
	int rc = posix_spawn_file_actions_init(&to);

	if (rc != 0)
		return rc;
	rc = posix_spawn_file_actions_adddup2(&to, out, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&to, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&to, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addchdir_np(&to, "/");
	if (rc == 0)
		rc = posix_spawnp(pid, argv[0], &to, NULL, (char *const *)argv, (char *const *)envp);
	(void)posix_spawn_file_actions_destroy(&to);
	return rc;
}

int
capture_start(struct capture *c, const char *const argv[],
    const char *const envp[])
{
	int p[2], rc;

	c->pid = -1;
	if (pipe(p) == -1)
		return -1;
	rc = fcntl(p[0], F_SETFD, FD_CLOEXEC) == -1 || fcntl(p[1], F_SETFD, FD_CLOEXEC) == -1 ? errno :
	    spawn(&c->pid, argv, envp, p[1]);
	(void)close(p[1]);
	c->fd = p[0];
	if (rc == 0)
		return 0;
	(void)close(p[0]);
	c->pid = -1;
	errno = rc;
	return -1;
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
