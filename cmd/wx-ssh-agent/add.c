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

/*
 * By its name and from its folder: ssh-add(1) calls a key that has no comment by what it was
 * given, and whoever uses the agent can see that.
 */
static _Noreturn void
become(const struct key *k, const char *known_hosts, unsigned seconds)
{
	const char *argv[12], *slash = strrchr(k->file, '/');
	int n = 0, dir, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char parent[4096] = ".", time[16];

	if (slash != NULL && (size_t)(slash - k->file) < sizeof(parent) - 1) {
		memcpy(parent, k->file, (size_t)(slash - k->file) + 1);
		parent[slash - k->file + 1] = '\0';
	}
	dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1 || fchdir(dir) == -1 || null == -1 || dup2(null, STDIN_FILENO) == -1) {
		warn("cannot open folder '%s'", parent);
		_exit(WX_CHAIN);
	}
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
	argv[n++] = "--";
	argv[n++] = slash == NULL ? k->file : slash + 1;
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
		errx(WX_CHAIN, "cannot give key '%s' to the agent", k->file);
}
