/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

static _Noreturn void
become(const char *const argv[], int out)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* Harden: so that it inherits no descriptor above 2, whoever left it open. */
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 || dup2(out, STDOUT_FILENO) == -1 ||
	    wx_proc_harden() == -1)
		warn("cannot set up '%s'", argv[0]);
	else {
		(void)execv(argv[0], (char *const *)(uintptr_t)argv);
		warn("cannot run '%s'", argv[0]);
	}
	_exit(WX_NOCMD);
}

int
child_capture(const struct want *w, const struct token *t, const char *const argv[],
    char *buf, size_t *len)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, old;
	int p[2], status;
	ssize_t n;
	pid_t pid;

	/* Where our parent ignores SIGCHLD there would be no status to wait for. */
	(void)sigaction(SIGCHLD, &dfl, &old);
	if (pipe(p) == -1 || fcntl(p[0], F_SETFD, FD_CLOEXEC) == -1)
		err(fail_code(w), "cannot run %s", t->where);
	pid = fork();
	if (pid == -1)
		err(fail_code(w), "cannot run %s", t->where);
	if (pid == 0)
		become(argv, p[1]);
	(void)close(p[1]);
	n = wx_read_all(p[0], buf, WX_SECRET_MAX);
	if (n == -1 && errno == EMSGSIZE)
		errx(w->fail, "refusing %s: it prints more than %d bytes", t->where, WX_SECRET_MAX);
	if (n == -1)
		err(fail_code(w), "cannot read from %s", t->where);
	(void)close(p[0]);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			err(w->fail, "cannot wait for %s", t->where);
	(void)sigaction(SIGCHLD, &old, NULL);
	buf[n] = '\0';
	*len = (size_t)n;
	return status;
}
