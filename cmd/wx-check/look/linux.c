/* SPDX-License-Identifier: MIT */
#include "look.h"

#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"

/* A whole number in a file of /proc/sys; -1 if there is none. */
static long
number(const char *file)
{
	char buf[32];

	return wx_read_text(AT_FDCWD, file, 0, buf, sizeof(buf)) <= 0 ? -1 : strtol(buf, NULL, 10);
}

bool
look_settings(void)
{
	bool ok = true;

	if (number("/proc/sys/user/max_user_namespaces") == 0)
		ok &= say(false, "user namespaces", "switched off (user.max_user_namespaces = 0)",
		    "sysctl -w user.max_user_namespaces=15000");
	if (number("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		ok &= say(false, "user namespaces", "for root only (Debian's "
		    "kernel.unprivileged_userns_clone = 0)",
		    "sysctl -w kernel.unprivileged_userns_clone=1");
	return ok;
}

/* What bwrap says of one trial run, with all the namespaces; LEN 0: it worked. */
static ssize_t
trial(char *buf, size_t cap)
{
	static const char *const argv[] = { "bwrap", "--unshare-user", "--unshare-pid",
	    "--unshare-ipc", "--unshare-uts", "--unshare-cgroup", "--unshare-net",
	    "--disable-userns", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--size", "4096",
	    "--tmpfs", "/tmp", "--", "/bin/sh", "-c", ":", NULL };
	int p[2], status;
	pid_t pid;
	ssize_t n;

	if (wx_pipe(p) == -1 || (pid = fork()) == -1)
		err(WX_TEMP, "cannot try bwrap");
	if (pid == 0) {
		(void)dup2(p[1], STDERR_FILENO);
		(void)execvp(argv[0], (char *const *)argv);
		_exit(WX_NOCMD);
	}
	(void)close(p[1]);
	n = wx_read_all(p[0], buf, cap - 1);
	(void)close(p[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	if (n < 0)
		n = 0;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (n == 0)
		(void)snprintf(buf, cap, "failed and said nothing");
	return 1;
}

/*
 * Ubuntu from 23.10 lets only programs with a profile make user namespaces; the
 * two messages below are what bwrap then says.
 */
bool
look_bwrap(char *said, size_t cap, const char **mend)
{
	static const char apparmor[] = "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\n"
	    "profile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n' | "
	    "sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap";

	if (trial(said, cap) == 0)
		return true;
	if (strstr(said, "nknown option") != NULL)
		*mend = "bubblewrap 0.8.0 or newer";
	else if (number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1 ||
	    strstr(said, "setting up uid map") != NULL || strstr(said, "RTM_NEWADDR") != NULL)
		*mend = apparmor;
	else
		*mend = "sysctl -w user.max_user_namespaces=15000";
	return false;
}

bool
look_kernel(void)
{
	int fd = wx_beneath_open(AT_FDCWD, "", O_PATH);
	bool ok = fd != -1 || errno != ENOSYS;

	if (fd != -1)
		(void)close(fd);
	return say(ok, "kernel", ok ? "has openat2" : "has no openat2", "Linux 5.11 or newer");
}
