/* SPDX-License-Identifier: MIT */
#include "libcommon/tool/task.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"
#include "libcommon/tool/exit.h"
#include "libcommon/tool/strv.h"
#include "libcommon/utf8.h"

#define TASKS    2
#define SAID_MAX 65536

static const int deadly[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define NDEADLY (sizeof(deadly) / sizeof(*deadly))

volatile sig_atomic_t task_stopped;
static volatile sig_atomic_t running[TASKS];   /* pids; 0: none */
static struct sigaction before[NDEADLY], before_pipe;

static void
on_deadly(int sig)
{
	int saved = errno, i;

	task_stopped = sig;
	for (i = 0; i < TASKS; i++)
		if (running[i] > 0)
			(void)kill((pid_t)running[i], SIGTERM);
	errno = saved;
}

void
task_begin(void)
{
	struct sigaction sa = { .sa_handler = on_deadly }, ignore = { .sa_handler = SIG_IGN };
	size_t i;

	for (i = 0; i < NDEADLY; i++)
		if (sigaction(deadly[i], NULL, &before[i]) == 0 && before[i].sa_handler != SIG_IGN)
			(void)sigaction(deadly[i], &sa, NULL);
	/* A program that ends before it has read all says why itself. */
	(void)sigaction(SIGPIPE, &ignore, &before_pipe);
}

void
task_end(void)
{
	size_t i;

	for (i = 0; i < NDEADLY; i++)
		(void)sigaction(deadly[i], &before[i], NULL);
	(void)sigaction(SIGPIPE, &before_pipe, NULL);
	if (task_stopped != 0) {
		(void)raise(task_stopped);
		exit(128 + task_stopped);
	}
}

static _Noreturn void
become(const char *const argv[], char *const envp[], const char *cwd, const int fds[static 3])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), high[3], i;

	(void)sigaction(SIGPIPE, &before_pipe, NULL);
	/* With us, however we end. */
	wx_proc_die_with_parent(SIGTERM);
	for (i = 0; i < 3; i++)
		high[i] = fcntl(fds[i] == -1 ? null : fds[i], F_DUPFD_CLOEXEC, 3);
	for (i = 0; i < 3; i++)
		if (high[i] == -1 || dup2(high[i], i) == -1)
			_exit(WX_CHAIN);
	if (chdir(cwd) == 0)
		(void)execve(argv[0], (char *const *)argv, envp);
	warn("cannot run '%s'", argv[0]);
	/* What we do at our end is not the child's to do. */
	_exit(WX_NOEXEC);
}

pid_t
task_start(const char *const argv[], char *const envp[], const char *cwd, int in, int out,
    int err_fd)
{
	int fds[3] = { in, out, err_fd }, i;
	sigset_t all, old;
	pid_t pid;

	/* So that a signal finds its number, or none. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &old);
	pid = task_stopped == 0 ? fork() : -1;
	if (pid == 0) {
		for (i = 0; i < (int)NDEADLY; i++)
			(void)sigaction(deadly[i], &before[i], NULL);
		(void)sigprocmask(SIG_SETMASK, &old, NULL);
		become(argv, envp, cwd, fds);
	}
	for (i = 0; i < TASKS && pid != -1; i++)
		if (running[i] == 0) {
			running[i] = pid;
			break;
		}
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid == -1 && task_stopped == 0)
		err(exit_code(WX_TEMP), "cannot start '%s'", argv[0]);
	return pid;
}

int
task_wait(pid_t pid)
{
	int status = WX_CHAIN << 8, i;

	if (pid == -1)
		return status;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			break;
	for (i = 0; i < TASKS; i++)
		if (running[i] == pid)
			running[i] = 0;
	return status;
}

int
task_file(void)
{
	int fd = wx_file_memory();

	if (fd == -1)
		err(exit_code(WX_TEMP), "cannot make a memory file");
	return fd;
}

/* All of it, till the next call; closes FD. */
static char *
said(int fd)
{
	static char buf[SAID_MAX + 1];
	ssize_t n = lseek(fd, 0, SEEK_SET) == -1 ? -1 : read(fd, buf, SAID_MAX);

	(void)close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return buf;
}

bool
task_say(int fd, const char *name, const char *prefix)
{
	char *line, *save = NULL, *text;
	size_t len = strlen(name);
	bool any = false;

	for (line = strtok_r(said(fd), "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		text = escaped(strncmp(line, name, len) == 0 && strncmp(line + len, ": ", 2) == 0 ? line + len + 2 : line);
		warnx("%s%s", prefix, text);
		free(text);
		any = true;
	}
	return any;
}

char *
task_said(int fd)
{
	char *buf = said(fd), *line = buf, *end, *p;

	for (p = buf; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		end = p + strcspn(p, "\n");
		if (end == p)
			continue;
		line = p;
		if (strncmp(p, "Error: ", 7) == 0) {
			line = p + 7;
			break;
		}
	}
	for (end = line + strcspn(line, "\n"); end > line && end[-1] == ' '; end--)
		;
	*end = '\0';
	return wx_utf8_clean(xstrdup(line));
}
