/* SPDX-License-Identifier: MIT */
#include "ghcli.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"

#define VAR_MAX 4096

/* What gh needs to find its settings and the keyring; descriptors were made close-on-exec at the start. */
static const char *const allowed[] = {
	"DBUS_SESSION_BUS_ADDRESS", "GH_CONFIG_DIR", "HOME", "LANG", "LOGNAME", "PATH", "USER",
	"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
};

#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

static _Noreturn void
become(const char *host, int out)
{
	static char vars[ALLOWED][VAR_MAX], prompt[] = "GH_PROMPT_DISABLED=1";
	char *env[ALLOWED + 2];
	const char *const argv[] = { "gh", "auth", "token", "--hostname", host, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), len;
	const char *s;
	size_t i, n = 0;

	for (i = 0; i < ALLOWED; i++) {
		s = getenv(allowed[i]);
		len = s == NULL ? -1 : snprintf(vars[i], VAR_MAX, "%s=%s", allowed[i], s);
		if (len > 0 && len < VAR_MAX)
			env[n++] = vars[i];
	}
	env[n++] = prompt;
	env[n] = NULL;
	if (null != -1 && dup2(null, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1 &&
	    dup2(null, STDERR_FILENO) != -1)
		wx_proc_exec(argv[0], (char *const *)(uintptr_t)argv, env);
	_exit(WX_NOCMD);
}

ssize_t
ghcli_token(const char *host, char *buf, size_t cap)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, old;
	int p[2], status;
	ssize_t n;
	pid_t pid;

	/* Where our parent ignores SIGCHLD there would be no status to wait for. */
	(void)sigaction(SIGCHLD, &dfl, &old);
	if (pipe(p) == -1 || fcntl(p[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(p[1], F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		become(host, p[1]);
	(void)close(p[1]);
	n = pid == -1 ? -1 : wx_read_all(p[0], buf, cap);
	(void)close(p[0]);
	if (pid == -1)
		return -1;
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	(void)sigaction(SIGCHLD, &old, NULL);
	return n > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? n : -1;
}
