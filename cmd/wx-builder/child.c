/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/program.h"
#include "libcommon/tool/strv.h"
#include "libcommon/tool/task.h"

/* What podman needs of ours, and the variable MORE, which may be NULL. */
static char **
environment(const char *more)
{
	struct strv env = { 0 };

	program_podman_environment(NULL, &env);
	if (getenv("TMPDIR") != NULL)
		strv_addf(&env, "TMPDIR=%s", getenv("TMPDIR"));
	if (more != NULL && getenv(more) != NULL)
		strv_addf(&env, "%s=%s", more, getenv(more));
	return env.v;
}

/* A file without a name. */
static int
scratch(void)
{
	char path[] = "/tmp/wx-builder.XXXXXX";
	int fd = mkstemp(path);

	if (fd == -1)
		err(exit_code(WX_TEMP), "cannot make a file in /tmp");
	(void)unlink(path);
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

static _Noreturn void
become(const char *const argv[], char **env, int in, int out, int err_fd)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (null == -1 || dup2(in == -1 ? null : in, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    dup2(err_fd, STDERR_FILENO) == -1 || chdir("/") == -1)
		_exit(WX_NOEXEC);
	(void)execve(argv[0], (char *const *)argv, env);
	warn("cannot run '%s'", argv[0]);
	_exit(WX_NOEXEC);
}

void
child_start(struct child *c, const char *const argv[], int in)
{
	char **env = environment(NULL);

	c->out = scratch();
	c->err = scratch();
	c->pid = fork();
	if (c->pid == -1)
		err(exit_code(WX_TEMP), "cannot start '%s'", argv[0]);
	if (c->pid == 0)
		become(argv, env, in, c->out, c->err);
}

/* What FD holds, from its beginning; closes it. */
static void
take(int fd, char *buf, size_t cap)
{
	ssize_t n = pread(fd, buf, cap - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	(void)close(fd);
}

int
child_finish(struct child *c, char *out, size_t out_cap, char *said, size_t said_cap)
{
	int status = WX_NOEXEC << 8;
	char *line;

	while (waitpid(c->pid, &status, 0) == -1)
		if (errno != EINTR)
			break;
	if (out != NULL)
		take(c->out, out, out_cap);
	else
		(void)close(c->out);
	line = task_said(c->err);
	(void)snprintf(said, said_cap, "%s", line);
	free(line);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int
child_run(const char *const argv[], int in, char *out, size_t out_cap, char *said, size_t said_cap)
{
	struct child c;

	child_start(&c, argv, in);
	return child_finish(&c, out, out_cap, said, said_cap);
}

pid_t
child_keep(const char *const argv[], int log)
{
	char **env = environment("SSH_AUTH_SOCK");
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t pid = fork();

	if (pid == -1 || null == -1)
		err(exit_code(WX_TEMP), "cannot start '%s'", argv[0]);
	if (pid == 0) {
		/* Not the terminal's: what is typed there is not for it. */
		if (setsid() == -1 || dprintf(log, "%ld\n", (long)getpid()) < 0)
			_exit(WX_NOEXEC);
		become(argv, env, -1, null, log);
	}
	(void)close(null);
	return pid;
}
