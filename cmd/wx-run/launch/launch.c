/* SPDX-License-Identifier: MIT */
#include "launch.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "inside/inside.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"

struct start {
	bool        detached;
	char      **argv, **envp;
	const int  *fds;
	int         error;   /* errno of what kept the child from it */
};

/* The descriptors to their numbers; where there is none ours stays. */
static bool
pass_on(const int fds[static LAUNCH_FDS])
{
	int high[LAUNCH_FDS], i, top = LAUNCH_FDS;

	while (fds[top - 1] == -1)
		top--;
	for (i = 0; i < top; i++) {
		high[i] = fds[i] == -1 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, top);
		if (fds[i] != -1 && high[i] == -1)
			return false;
	}
	for (i = 0; i < top; i++)
		if (high[i] != -1 && dup2(high[i], i) == -1)
			return false;
	return true;
}

/*
 * The child, in our memory: calls to the kernel and nothing else. What a terminal or a
 * user sends is for the command, where init.c gives these back; bwrap would end the
 * sandbox by it, or stop and be forgotten. podman does what it does on another side of
 * the terminal: nothing reaches it. No PR_SET_PDEATHSIG, as there is no
 * --die-with-parent: bwrap that is killed just after its clone(2) leaves a child that
 * waits for ever. It is the end of the socket that ends the sandbox (init.c).
 */
static int
become_engine(void *arg)
{
	static const int ours[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1,
	    SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU };
	struct start *l = arg;
	sigset_t mask;
	size_t s;

	for (s = 0; s < sizeof(ours) / sizeof(*ours); s++)
		(void)signal(ours[s], l->detached ? SIG_DFL : SIG_IGN);
	if (l->detached)
		(void)setsid();
	(void)sigemptyset(&mask);
	if (pass_on(l->fds) && sigprocmask(SIG_SETMASK, &mask, NULL) == 0)
		(void)execvpe(l->argv[0], l->argv, l->envp);
	l->error = errno;
	_exit(WX_CHAIN);
}

/*
 * Its pid. By fork(2), what we have in memory would be mapped once more for a child that
 * throws it away, and each page of ours that is written after it be copied: a tenth of the start of
 * a sandbox. As posix_spawn(3), which cannot ignore signals.
 */
static pid_t
start(struct start *l)
{
	static _Alignas(16) char stack[64 << 10];
	pid_t pid = clone(become_engine, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, l);

	if (pid == -1)
		err(WX_CHAIN, "cannot start a process");
	if (l->error != 0) {
		(void)waitpid(pid, NULL, 0);
		errno = l->error;
		err(WX_CHAIN, "cannot run '%s'", l->argv[0]);
	}
	return pid;
}

static bool
send_word(int sock, char what, const void *data, size_t len)
{
	static char buf[WORD_MAX];
	bool ok = len < sizeof(buf);

	buf[0] = what;
	if (ok)
		memcpy(buf + 1, data, len);
	ok = ok && send(sock, buf, len + 1, MSG_NOSIGNAL) == (ssize_t)(len + 1);
	wx_wipe(buf, len < sizeof(buf) ? len + 1 : 0);
	return ok;
}

static bool
send_file(int sock, unsigned mode, const char *path, const char *data, size_t len)
{
	size_t head = 4 + strlen(path) + 1;
	char *word = malloc(head + len);
	bool ok;

	if (word == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	(void)snprintf(word, head, "%04o%s", mode & 0777, path);
	memcpy(word + head, data, len);
	ok = send_word(sock, WORD_FILE, word, head + len);
	wx_wipe(word, head + len);
	free(word);
	return ok;
}

static bool
send_variables(const struct plan *p, int sock)
{
	bool ok = true;
	size_t i;
	char *line;

	for (i = 0; ok && i < p->env.n; i++) {
		line = xprintf("%s=%s", p->env.v[i].name, p->env.v[i].value);
		ok = send_word(sock, WORD_VARIABLE, line, strlen(line) + 1);
		free(line);
	}
	return ok;
}

bool
launch_prepare(const struct plan *p, const struct secrets *files, int sock)
{
	const struct mount *m;
	const void *filter;
	const char *eq;
	char *path;
	size_t len, i;
	bool ok = true;

	if (!p->engine->detached)
		return true;
	for (i = 0; ok && i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind == MOUNT_FILE && !m->late && path_within(m->dest, p->home))
			ok = send_file(sock, m->mode, m->dest, m->content, m->len);
	}
	for (i = 0; ok && files != NULL && i < files->n; i++) {
		eq = strchr(files->line[i], '=');
		path = xprintf("%s/%.*s", SECRETS_DIR, (int)(eq - files->line[i]), files->line[i]);
		ok = send_file(sock, 0400, path, eq + 1, strlen(eq + 1));
		free(path);
	}
	filter = seccomp_filter(&len);
	return ok && send_word(sock, WORD_FILTER, filter, len) && send_variables(p, sock);
}

int
launch_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd == -1)
		err(WX_CHAIN, "cannot open '/dev/null'");
	return fd;
}

void
launch_streams(int sock, const char *pty)
{
	int null = launch_null(), fds[3], i;
	char word = WORD_STREAMS;

	for (i = 0; i < 3; i++)
		fds[i] = pty != NULL && strchr(pty, '0' + i) != NULL ? null : i;
	if (!fdpass_send(sock, &word, 1, fds, 3, 0))
		err(WX_CHAIN, "cannot pass descriptors on");
	(void)close(null);
}

pid_t
launch(const struct plan *p, const struct secrets *files, unsigned long ignored, const char *pty, int *sock)
{
	static char *none[] = { NULL };
	struct launch l = { .ignored = ignored, .pty = pty, .by_fd = true, .envp = none };
	struct strv argv = { 0 };
	int pair[2], fds[LAUNCH_FDS], on = 1, i;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1)
		err(WX_CHAIN, "cannot make a socket pair");
	if (pty != NULL || p->engine->detached)
		launch_streams(pair[0], pty);
	for (i = 0; i < LAUNCH_FDS; i++)
		fds[i] = -1;
	fds[FD_SOCKET] = pair[1];
	l.fds = fds;
	p->engine->equip(p, files, &l);
	p->engine->argv(p, &l, &argv);
	pid = start(&(struct start){ .detached = p->engine->detached, .argv = argv.v, .envp = l.envp, .fds = fds });
	for (i = 0; i < LAUNCH_FDS; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	*sock = pair[0];
	return pid;
}
