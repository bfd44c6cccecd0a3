/* SPDX-License-Identifier: MIT */
#include "add.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"
#include "libcommon/proc.h"

/* In a child: what is to be standard input of ssh-add becomes the reading end of a pipe from wx-keygen. */
static void
make_key(void)
{
	int fds[2];
	pid_t pid;

	if (wx_pipe(fds) == -1 || (pid = fork()) == -1)
		_exit(WX_CHAIN);
	if (pid == 0) {
		/* Descriptor 3, where it has one, gets the public line. */
		if (dup2(fds[1], STDOUT_FILENO) != -1) {
			wx_proc_close_from(STDERR_FILENO + 1);
			(void)execlp("wx-keygen", "wx-keygen", "-o", "-", (char *)NULL);
		}
		warn("cannot run 'wx-keygen'");
		_exit(WX_CHAIN);
	}
	if (dup2(fds[0], STDIN_FILENO) == -1)
		_exit(WX_CHAIN);
}

/*
 * By its name and from its folder: ssh-add(1) calls a key that has no comment by what it was
 * given, and whoever uses the agent can see that.
 */
static _Noreturn void
become(const struct key *k, const char *known_hosts, unsigned seconds)
{
	const char *argv[12], *file = k->file == NULL ? "-" : k->file, *slash = strrchr(file, '/');
	int n = 0, dir, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char parent[4096] = ".", time[16];

	if (slash != NULL && (size_t)(slash - file) < sizeof(parent) - 1) {
		memcpy(parent, file, (size_t)(slash - file) + 1);
		parent[slash - file + 1] = '\0';
	}
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1 || fchdir(dir) == -1 || null == -1 || dup2(null, STDIN_FILENO) == -1) {
		warn("cannot open folder '%s'", parent);
		_exit(WX_CHAIN);
	}
	if (k->file == NULL)
		make_key();
	argv[n++] = "ssh-add";
	argv[n++] = "-q";
	if (k->dest != NULL) {
		argv[n++] = "-H";
		argv[n++] = known_hosts;
		argv[n++] = "-h";
		argv[n++] = k->dest;
	}
	if (seconds != 0) {
		(void)snprintf(time, sizeof(time), "%u", seconds);
		argv[n++] = "-t";
		argv[n++] = time;
	}
	if (k->file != NULL)
		argv[n++] = "--";
	argv[n++] = slash == NULL ? file : slash + 1;
	argv[n] = NULL;
	(void)execvp(argv[0], (char *const *)argv);
	warn("cannot run '%s'", argv[0]);
	_exit(WX_CHAIN);
}

void
add_key(const struct key *k, const char *known_hosts, unsigned seconds)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == -1)
		err(WX_CHAIN, "cannot start a process");
	if (pid == 0)
		become(k, known_hosts, seconds);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			err(WX_CHAIN, "cannot wait for ssh-add");
	if (status != 0)
		errx(WX_CHAIN, "cannot give key '%s' to the agent", k->file == NULL ? "of the session" : k->file);
}
