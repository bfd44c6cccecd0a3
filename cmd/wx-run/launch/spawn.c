/* SPDX-License-Identifier: MIT */
#include "spawn.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "bwrap.h"
#include "inside/fdpass.h"
#include "inside/init.h"
#include "inside/seccomp.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/program.h"
#include "podman.h"
#include "state/stage.h"

#define FDS_MAX 256

static char *none[] = { NULL };

/* A memfd with LEN bytes of DATA, at its start. */
static int
data_fd(const void *data, size_t len)
{
	int fd = memfd_create("wx-run", MFD_CLOEXEC);

	if (fd == -1 || wx_write_all(fd, data, len) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		err(WX_CHAIN, "cannot make a memory file");
	return fd;
}

static int
args_fd(const struct strv *w)
{
	char *buf = NULL;
	size_t len = 0, i;
	FILE *fp = open_memstream(&buf, &len);
	int fd;

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; i < w->n; i++)
		(void)fwrite(w->v[i], 1, strlen(w->v[i]) + 1, fp);
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	fd = data_fd(buf, len);
	free(buf);
	return fd;
}

/* Made at build time of init.small.c, and a 0, or that alone. */
static const unsigned char init_small[] = {
#include "init.small.h"
};

/* The first process, as a file of the sandbox's. If we are it ourselves, as a
 * descriptor: we may lie where the sandbox, or the user that we became, cannot look. */
static int
first_program(void)
{
	int fd;

	if (sizeof(init_small) > 1)
		return data_fd(init_small, sizeof(init_small) - 1);
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		err(WX_CHAIN, "cannot open our own program");
	return fd;
}

/* The numbers of bwrap.h, as an array by number; -1 where there is none. */
static void
collect_fds(const struct plan *p, const struct secrets *files, int sock,
    int fds[static FDS_MAX])
{
	struct strv names = { 0 }, options = { 0 };
	char *eq;
	size_t i;
	int n = FD_FILES;

	for (i = 0; i < FDS_MAX; i++)
		fds[i] = -1;
	fds[FD_SOCKET] = sock;
	fds[FD_INIT] = first_program();
	fds[FD_FILTER] = seccomp_filter_fd();
	if (fds[FD_FILTER] == -1)
		err(WX_CHAIN, "cannot make the system call filter");
	for (i = 0; i < p->mounts.n && n < FDS_MAX; i++)
		if (p->mounts.v[i].kind == MOUNT_FILE && !p->mounts.v[i].late)
			fds[n++] = data_fd(p->mounts.v[i].content, p->mounts.v[i].len);
	for (i = 0; files != NULL && i < files->n && n < FDS_MAX; i++) {
		eq = strchr(files->line[i], '=');
		strv_addf(&names, "%.*s", (int)(eq - files->line[i]), files->line[i]);
		fds[n++] = data_fd(eq + 1, strlen(eq + 1));
	}
	if (n == FDS_MAX)
		errx(WX_CHAIN, "more than %d made files", FDS_MAX - FD_FILES - 1);
	bwrap_options(p, &names, &options);
	fds[FD_ARGS] = args_fd(&options);
}

struct launch {
	enum engine engine;
	char      **argv, **envp;
	const int  *fds;     /* FDS_MAX of them */
	int         error;   /* errno of what kept the child from it */
};

/* The descriptors to their numbers; where there is none ours stays. */
static bool
pass_on(const int fds[static FDS_MAX])
{
	int high[FDS_MAX], i, top = FDS_MAX;

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
	struct launch *l = arg;
	sigset_t mask;
	size_t s;

	for (s = 0; s < sizeof(ours) / sizeof(*ours); s++)
		(void)signal(ours[s], l->engine == ENGINE_BWRAP ? SIG_IGN : SIG_DFL);
	if (l->engine != ENGINE_BWRAP)
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
launch(struct launch *l)
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

static char *stage;
static int said = -1;   /* what podman wrote on standard error */

void
spawn_clean(void)
{
	if (stage != NULL)
		stage_remove(stage);
	stage = NULL;
}

pid_t
spawn_monitor(void)
{
	char *path = xprintf("%s/" STAGE_MONITOR, stage), buf[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long pid;

	if (fd != -1 && wx_read_all(fd, buf, sizeof(buf) - 1) == -1)
		*buf = '\0';
	if (fd != -1)
		(void)close(fd);
	pid = strtol(buf, NULL, 10);
	if (pid <= 0)
		warnx("podman left no '%s'", path);
	free(path);
	return pid > 0 ? (pid_t)pid : -1;
}

void
spawn_said(void)
{
	char buf[4096];
	ssize_t n;

	if (said == -1 || lseek(said, 0, SEEK_SET) == -1)
		return;
	while ((n = read(said, buf, sizeof(buf))) > 0)
		(void)!write(STDERR_FILENO, buf, (size_t)n);
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
spawn_prepare(const struct plan *p, const struct secrets *files, int sock)
{
	const struct mount *m;
	const void *filter;
	const char *eq;
	char *path;
	size_t len, i;
	bool ok = true;

	if (p->engine != ENGINE_PODMAN)
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

static int
open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (fd == -1)
		err(WX_CHAIN, "cannot open '/dev/null'");
	return fd;
}

void
spawn_streams(int sock, const char *pty)
{
	int null = open_null(), fds[3], i;
	char word = WORD_STREAMS;

	for (i = 0; i < 3; i++)
		fds[i] = pty != NULL && strchr(pty, '0' + i) != NULL ? null : i;
	if (!fdpass_send(sock, &word, 1, fds, 3, 0))
		err(WX_CHAIN, "cannot pass descriptors on");
	(void)close(null);
}

/*
 * podman's descriptors: none of ours but the socket, for it leaves processes that
 * would hold them: whoever waits for the end of our output would wait for those.
 */
static void
podman_fds(int sock, int fds[static FDS_MAX])
{
	int i;

	for (i = 0; i < FDS_MAX; i++)
		fds[i] = -1;
	fds[STDIN_FILENO] = open_null();
	fds[STDOUT_FILENO] = open_null();
	fds[STDERR_FILENO] = said = data_fd("", 0);
	fds[FD_SOCKET] = sock;
}

pid_t
spawn_engine(const struct plan *p, const struct secrets *files, unsigned long ignored,
    const char *pty, int *sock)
{
	char **envp = p->limits.cgroup ? environ : none;
	struct strv argv = { 0 }, env = { 0 };
	int pair[2], fds[FDS_MAX], on = 1, i;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1)
		err(WX_CHAIN, "cannot make a socket pair");
	if (pty != NULL || p->engine == ENGINE_PODMAN)
		spawn_streams(pair[0], pty);
	if (p->engine == ENGINE_PODMAN) {
		podman_fds(pair[1], fds);
		stage = podman_stage(p);
		podman_argv(p, stage, ignored, pty == NULL ? "sent" : pty, &argv);
		program_podman_environment(&env);
		if (getenv("TMPDIR") != NULL)
			strv_addf(&env, "TMPDIR=%s", getenv("TMPDIR"));
		envp = env.v;
	} else {
		collect_fds(p, files, pair[1], fds);
		/* bwrap shows a terminal that it has as /dev/console inside. */
		if (pty != NULL) {
			fds[STDIN_FILENO] = open_null();
			fds[STDOUT_FILENO] = open_null();
		}
		bwrap_argv(p, NULL, ignored, pty == NULL ? "own" : pty, &argv);
	}
	pid = launch(&(struct launch){ .engine = p->engine, .argv = argv.v, .envp = envp, .fds = fds });
	for (i = 0; i < FDS_MAX; i++)
		if (fds[i] != -1 && fds[i] != said)
			(void)close(fds[i]);
	*sock = pair[0];
	return pid;
}
