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
#include "fdpass.h"
#include "init.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "podman.h"
#include "relay.h"
#include "seccomp.h"
#include "stage.h"

#define FDS_MAX 256
#define EARLY_FILES 16   /* a plan makes a dozen; for more, bwrap is started anew */

static char *none[] = { NULL };

/* LEN bytes of DATA into a memory file. Its offset, which a child has too, stays 0. */
static void
fill(int fd, const void *data, size_t len)
{
	const char *p = data;
	size_t done;
	ssize_t n;

	for (done = 0; done < len; done += (size_t)n) {
		n = pwrite(fd, p + done, len - done, (off_t)done);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n < 1)
			err(WX_CHAIN, "cannot write a memory file");
	}
}

static int
data_fd(const void *data, size_t len)
{
	int fd = memfd_create("wx-run", MFD_CLOEXEC);

	if (fd == -1)
		err(WX_CHAIN, "cannot make a memory file");
	fill(fd, data, len);
	return fd;
}

/* The options, NUL after each. The caller owns them. */
static char *
options_text(const struct plan *p, const struct secrets *files, size_t *len)
{
	struct words names = { 0 }, options = { 0 };
	char *text = NULL;
	size_t i;
	FILE *fp = open_memstream(&text, len);

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; files != NULL && i < files->n; i++)
		words_addf(&names, "%.*s", (int)strcspn(files->line[i], "="), files->line[i]);
	bwrap_options(p, &names, &options);
	for (i = 0; i < options.n; i++)
		(void)fwrite(options.v[i], 1, strlen(options.v[i]) + 1, fp);
	if (fclose(fp) == EOF)
		err(WX_CHAIN, "cannot allocate memory");
	return text;
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

/* How many files the plan makes, by a descriptor each, and of secrets. */
static size_t
made_files(const struct plan *p, const struct secrets *files)
{
	size_t i, n = files == NULL ? 0 : files->n;

	for (i = 0; i < p->mounts.n; i++)
		n += p->mounts.v[i].kind == MOUNT_FILE;
	return n;
}

/* The numbers of bwrap.h, as an array by number; -1 where there is none. Of NFILES made
 * files, which are still empty. */
static void
collect_fds(int sock, int args, size_t nfiles, int fds[static FDS_MAX])
{
	size_t i;

	if (nfiles > FDS_MAX - FD_FILES - 1)
		errx(WX_CHAIN, "more than %d made files", FDS_MAX - FD_FILES - 1);
	for (i = 0; i < FDS_MAX; i++)
		fds[i] = i < FD_FILES || i >= FD_FILES + nfiles ? -1 : data_fd("", 0);
	fds[FD_SOCKET] = sock;
	fds[FD_ARGS] = args;
	fds[FD_INIT] = first_program();
	fds[FD_FILTER] = seccomp_filter_fd();
	if (fds[FD_FILTER] == -1)
		err(WX_CHAIN, "cannot make the system call filter");
}

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

/* What the child becomes. */
struct start {
	enum engine engine;
	char **argv, **envp;
	int    fds[FDS_MAX];
	bool   kept[FDS_MAX];   /* of these, by us too */
};

/*
 * The child. What a terminal or a user sends is for the command, where init.c
 * gives these back; bwrap would end the sandbox by it, or stop and be forgotten.
 * podman does what it does on another side of the terminal: nothing reaches it.
 * No PR_SET_PDEATHSIG, as there is no --die-with-parent: bwrap that is killed just
 * after its clone(2) leaves a child that waits for ever. It is the end of the
 * socket that ends the sandbox (init.c).
 */
static int
become_engine(void *arg)
{
	static const int ours[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1,
	    SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU };
	const struct start *s = arg;
	sigset_t mask;
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		(void)signal(ours[i], s->engine == ENGINE_BWRAP ? SIG_IGN : SIG_DFL);
	if (s->engine != ENGINE_BWRAP)
		(void)setsid();
	if (pass_on(s->fds)) {
		(void)sigemptyset(&mask);
		(void)sigprocmask(SIG_SETMASK, &mask, NULL);
		(void)execvpe(s->argv[0], s->argv, s->envp);
	}
	/* No exit(3): our memory is that of our parent. */
	warn("cannot run '%s'", s->argv[0]);
	_exit(WX_CHAIN);
}

/* A child in our memory, which waits until it has left that by exec (clone(2)): a copy
 * of ours would cost a fifth of a millisecond. */
static pid_t
start_child(struct start *s)
{
	const size_t size = 256 << 10;
	char *stack = malloc(size);
	pid_t pid = -1;
	int i;

	if (stack != NULL)
		pid = clone(become_engine, stack + size, CLONE_VM | CLONE_VFORK | SIGCHLD, s);
	if (pid == -1)
		err(WX_CHAIN, "cannot fork");
	free(stack);
	for (i = 0; i < FDS_MAX; i++)
		if (s->fds[i] != -1 && !s->kept[i])
			(void)close(s->fds[i]);
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

	if (p->resolved != NULL)
		ok = send_word(sock, WORD_PROGRAM, p->resolved, strlen(p->resolved) + 1);
	if (p->engine != ENGINE_PODMAN)
		return ok;
	for (i = 0; ok && i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->kind == MOUNT_FILE && path_within(m->dest, p->home))
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

/* Our standard streams, for the first process in a container: they wait there for it. */
static void
send_streams(int sock)
{
	static const int fds[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };
	char word = WORD_STREAMS;

	if (!fdpass_send(sock, &word, 1, fds, 3))
		err(WX_CHAIN, "cannot pass descriptors on");
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
	fds[STDIN_FILENO] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fds[STDOUT_FILENO] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	fds[STDERR_FILENO] = said = data_fd("", 0);
	fds[FD_SOCKET] = sock;
	if (fds[STDIN_FILENO] == -1 || fds[STDOUT_FILENO] == -1)
		err(WX_CHAIN, "cannot open '/dev/null'");
}

/* The socket of init.h. Its end inside is the second. */
static void
make_socket(int pair[static 2])
{
	int on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1)
		err(WX_CHAIN, "cannot make a socket pair");
}

/* A bwrap that waits for its options; PID 0: none. */
static struct {
	pid_t  pid, parent;
	int    args, sock;
	size_t nfiles;
	int    files[FDS_MAX];   /* made files, to be filled */
} early;

static void
close_early(void)
{
	size_t i;

	for (i = 0; i < early.nfiles; i++)
		(void)close(early.files[i]);
	(void)close(early.args);
	early.pid = 0;
}

static void
end_early(void)
{
	pid_t pid = early.pid;

	if (pid == 0 || early.parent != getpid())
		return;
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	(void)close(early.sock);
	close_early();
}

static void
start_early(const struct plan *p, unsigned long ignored, size_t nfiles)
{
	struct start s = { .engine = p->engine, .envp = p->limits.cgroup ? environ : none };
	struct words argv = { 0 };
	int pair[2], args[2];
	size_t i;

	make_socket(pair);
	/* No pipe: a bwrap that is gone must not end us by SIGPIPE. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, args) == -1)
		err(WX_CHAIN, "cannot make a socket pair");
	if (early.parent == 0 && atexit(end_early) != 0)
		errx(WX_CHAIN, "cannot set up an exit");
	collect_fds(pair[1], args[1], nfiles, s.fds);
	bwrap_argv(p, NULL, ignored, &argv);
	s.argv = argv.v;
	early.parent = getpid();
	early.args = args[0];
	early.sock = pair[0];
	early.nfiles = nfiles;
	for (i = 0; i < nfiles; i++) {
		early.files[i] = s.fds[FD_FILES + i];
		s.kept[FD_FILES + i] = true;
	}
	early.pid = start_child(&s);
}

void
spawn_early(const struct plan *p, unsigned long ignored)
{
	if (p->engine == ENGINE_BWRAP && p->bwrap != NULL)
		start_early(p, ignored, EARLY_FILES);
}

static void
fill_files(const struct plan *p, const struct secrets *files)
{
	const char *value;
	size_t i, n = 0;

	for (i = 0; i < p->mounts.n; i++)
		if (p->mounts.v[i].kind == MOUNT_FILE)
			fill(early.files[n++], p->mounts.v[i].content, p->mounts.v[i].len);
	for (i = 0; files != NULL && i < files->n; i++) {
		value = strchr(files->line[i], '=') + 1;
		fill(early.files[n++], value, strlen(value));
	}
}

/* One that is gone says why, and is buried by our caller. */
static void
send_options(const struct plan *p, const struct secrets *files)
{
	size_t len, done = 0;
	char *text = options_text(p, files, &len);
	ssize_t n = 0;

	while (done < len && (n != -1 || errno == EINTR)) {
		n = send(early.args, text + done, len - done, MSG_NOSIGNAL);
		done += n == -1 ? 0 : (size_t)n;
	}
	free(text);
}

static pid_t
spawn_bwrap(const struct plan *p, const struct secrets *files, unsigned long ignored,
    int *sock)
{
	size_t need = made_files(p, files);
	pid_t pid;

	if (early.pid == 0 || need > early.nfiles) {
		end_early();
		start_early(p, ignored, need);
	}
	fill_files(p, files);
	send_options(p, files);
	*sock = early.sock;
	pid = early.pid;
	close_early();
	return pid;
}

static pid_t
spawn_podman(const struct plan *p, unsigned long ignored, int *sock)
{
	struct start s = { .engine = p->engine };
	struct words argv = { 0 }, env = { 0 };
	int pair[2];

	make_socket(pair);
	podman_fds(pair[1], s.fds);
	send_streams(pair[0]);
	stage = podman_stage(p);
	podman_argv(p, stage, ignored, relay_wanted(), &argv);
	podman_environment(&env);
	if (getenv("TMPDIR") != NULL)
		words_addf(&env, "TMPDIR=%s", getenv("TMPDIR"));
	s.argv = argv.v;
	s.envp = env.v;
	*sock = pair[0];
	s.kept[STDERR_FILENO] = true;
	return start_child(&s);
}

pid_t
spawn_engine(const struct plan *p, const struct secrets *files, unsigned long ignored,
    int *sock)
{
	if (p->engine == ENGINE_PODMAN)
		return spawn_podman(p, ignored, sock);
	return spawn_bwrap(p, files, ignored, sock);
}
