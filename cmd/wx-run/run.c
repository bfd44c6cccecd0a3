/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "bwrap.h"
#include "init.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "net.h"
#include "seccomp.h"

#define GRACE_SECONDS 2.0   /* from SIGTERM at the time limit to SIGKILL */
#define FDS_MAX 256

/*
 * Those that wx-run hands to the command. On a terminal the command has INT and
 * QUIT already, by the kernel: only what another process sent is handed on.
 */
static const int forwarded[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2 };
#define NFORWARDED (sizeof(forwarded) / sizeof(*forwarded))

struct sandbox {
	const struct plan *plan;
	const struct secrets *secrets;  /* variables; or NULL */
	pid_t bwrap;        /* our child */
	pid_t helper;       /* the network's, or -1 */
	int   command;      /* pidfd of the first process inside, or -1 */
	int   sock;         /* our end */
	int   signals;      /* signalfd */
	bool  let_go;       /* the command runs */
	int   exec_error;   /* errno of its exec, or 0 */
	int   killed_by;    /* a signal that ended us before the command ran */
	double deadline;    /* monotonic seconds; 0: none */
	bool  timed_out;
};

static unsigned long ignored_at_start;

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
run_block_signals(void)
{
	struct sigaction sa;
	sigset_t set;
	int sig;
	size_t i;

	for (sig = 1; sig < 32; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			ignored_at_start |= 1UL << sig;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (i = 0; i < NFORWARDED; i++)
		(void)sigaddset(&set, forwarded[i]);
	/* Ignored, SIGCHLD would reap for us (waitpid(2)). */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

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
args_fd(const struct words *w)
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

/* Our own program, as a file of the sandbox's: it may lie where the sandbox, or
 * the user that we became, cannot look. */
static int
own_program(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		err(WX_CHAIN, "cannot open our own program");
	return fd;
}

/* The numbers of bwrap.h, as an array by number; -1 where there is none. */
static void
collect_fds(const struct plan *p, const struct secrets *files, int sock,
    int fds[static FDS_MAX])
{
	struct words names = { 0 }, options = { 0 };
	char *eq;
	size_t i;
	int n = FD_FILES;

	for (i = 0; i < FDS_MAX; i++)
		fds[i] = -1;
	fds[FD_SOCKET] = sock;
	fds[FD_INIT] = own_program();
	fds[FD_FILTER] = seccomp_filter_fd();
	if (fds[FD_FILTER] == -1)
		err(WX_CHAIN, "cannot make the system call filter");
	for (i = 0; i < p->mounts.n && n < FDS_MAX; i++)
		if (p->mounts.v[i].kind == MOUNT_FILE)
			fds[n++] = data_fd(p->mounts.v[i].content, p->mounts.v[i].len);
	for (i = 0; files != NULL && i < files->n && n < FDS_MAX; i++) {
		eq = strchr(files->line[i], '=');
		words_addf(&names, "%.*s", (int)(eq - files->line[i]), files->line[i]);
		fds[n++] = data_fd(eq + 1, strlen(eq + 1));
	}
	if (n == FDS_MAX)
		errx(WX_CHAIN, "more than %d made files", FDS_MAX - FD_FILES - 1);
	bwrap_options(p, &names, &options);
	fds[FD_ARGS] = args_fd(&options);
}

/*
 * The child. INT, QUIT, HUP and the like are not for bwrap, which would end the
 * sandbox by them, but for the command, where init.c gives them back.
 */
static _Noreturn void
become_bwrap(const struct plan *p, const int fds[static FDS_MAX], pid_t parent)
{
	static const char *const none[] = { NULL };
	extern char **environ;
	struct words argv = { 0 };
	sigset_t mask;
	int high[FDS_MAX], i;
	size_t s;

	bwrap_argv(p, NULL, ignored_at_start, &argv);
	for (s = 0; s < NFORWARDED; s++)
		(void)signal(forwarded[s], SIG_IGN);
	for (i = 0; i < FDS_MAX; i++) {
		high[i] = fds[i] == -1 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, FDS_MAX);
		if (fds[i] != -1 && high[i] == -1)
			err(WX_CHAIN, "cannot pass descriptors on");
	}
	for (i = 0; i < FDS_MAX; i++)
		if (high[i] != -1 && dup2(high[i], i) == -1)
			err(WX_CHAIN, "cannot pass descriptors on");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(WX_CHAIN);
	(void)sigemptyset(&mask);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)execvpe(argv.v[0], argv.v, p->limits.cgroup ? environ : (char *const *)none);
	err(WX_CHAIN, "cannot run '%s'", argv.v[0]);
}

static void
spawn(struct sandbox *s, const struct secrets *files)
{
	int pair[2], fds[FDS_MAX], on = 1, i;
	pid_t self = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1)
		err(WX_CHAIN, "cannot make a socket pair");
	collect_fds(s->plan, files, pair[1], fds);
	s->sock = pair[0];
	s->bwrap = fork();
	if (s->bwrap == -1)
		err(WX_CHAIN, "cannot fork");
	if (s->bwrap == 0)
		become_bwrap(s->plan, fds, self);
	for (i = 0; i < FDS_MAX; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
}

/* One message of the first process. Its pid, as we see it, or 0: no more to come. */
static pid_t
hear(int sock, struct hello *h)
{
	union {
		char           buf[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = h, .iov_len = sizeof(*h) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred cred = { 0 };

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*h))
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (c == NULL || c->cmsg_type != SCM_CREDENTIALS)
		return 0;
	memcpy(&cred, CMSG_DATA(c), sizeof(cred));
	return cred.pid;
}

/*
 * Is at every guarded place what the plan put there? Looked at from outside,
 * through the first process's root, before the command starts: whatever was
 * renamed or linked between our look and bwrap's mount does not match.
 */
static bool
verify_mounts(const struct plan *p, pid_t pid)
{
	const struct mount *m;
	struct stat st;
	size_t i;
	char *path;
	bool ok = true;

	for (i = 0; ok && i < p->mounts.n; i++) {
		m = &p->mounts.v[i];
		if (m->ino == 0)
			continue;
		path = xprintf("/proc/%d/root%s", (int)pid, m->dest);
		ok = lstat(path, &st) == 0 && st.st_dev == m->dev && st.st_ino == m->ino;
		if (!ok)
			warnx("refused to start: '%s' inside is not '%s'; was it changed just "
			    "now? try again", m->dest, m->src);
		free(path);
	}
	return ok;
}

/* "Go", and the secrets: one message (SOCK_SEQPACKET). */
static bool
send_word(const struct sandbox *s)
{
	static char buf[WX_SECRET_MAX + 2];
	size_t len = 1, n, i;
	ssize_t sent;

	buf[0] = 'G';
	for (i = 0; s->secrets != NULL && i < s->secrets->n; i++) {
		n = strlen(s->secrets->line[i]) + 1;
		memcpy(buf + len, s->secrets->line[i], n);
		len += n;
	}
	sent = send(s->sock, buf, len, MSG_NOSIGNAL);
	wx_wipe(buf, len);
	return sent == (ssize_t)len;
}

/* The sandbox stands: look at it, give it a network, let the command go. */
static bool
let_go(struct sandbox *s, pid_t pid)
{
	s->command = (int)syscall(SYS_pidfd_open, pid, 0);
	if (s->command == -1) {
		warn("cannot hold on to the sandbox's first process");
		return false;
	}
	if (!verify_mounts(s->plan, pid))
		return false;
	if (s->plan->net == NET_OPEN) {
		s->helper = net_start(s->plan, pid);
		if (s->helper == -1)
			return false;
	}
	if (s->plan->limits.seconds > 0)
		s->deadline = now() + s->plan->limits.seconds;
	s->let_go = send_word(s);
	return s->let_go;
}

static void
kill_sandbox(const struct sandbox *s)
{
	(void)kill(s->bwrap, SIGKILL);
}

static void
on_socket(struct sandbox *s)
{
	struct hello h;
	pid_t pid = hear(s->sock, &h);

	if (pid == 0 || h.what == 'E') {
		if (pid != 0)
			s->exec_error = h.error;
		(void)close(s->sock);
		s->sock = -1;
	} else if (h.what == 'H' && !s->let_go && !let_go(s, pid)) {
		kill_sandbox(s);
	}
}

/* A signal to us. SI_KERNEL: the terminal's, which the command has as well. */
static void
on_signal(struct sandbox *s)
{
	struct signalfd_siginfo si;

	if (read(s->signals, &si, sizeof(si)) != (ssize_t)sizeof(si) ||
	    si.ssi_signo == SIGCHLD)
		return;
	if (ignored_at_start >> si.ssi_signo & 1)
		return;
	if (!s->let_go) {
		s->killed_by = (int)si.ssi_signo;
		kill_sandbox(s);
	} else if (si.ssi_code != SI_KERNEL) {
		(void)syscall(SYS_pidfd_send_signal, s->command, (int)si.ssi_signo, NULL, 0);
	}
}

/* Milliseconds to the deadline, for poll; -1 where there is none. */
static int
wait_ms(const struct sandbox *s)
{
	double left;

	if (s->deadline == 0)
		return -1;
	left = (s->deadline - now()) * 1000;
	return left <= 0 ? 0 : left > INT_MAX - 1 ? INT_MAX - 1 : (int)left + 1;
}

static void
on_deadline(struct sandbox *s)
{
	if (s->timed_out) {
		kill_sandbox(s);
		s->deadline = 0;
		return;
	}
	s->timed_out = true;
	s->deadline = now() + GRACE_SECONDS;
	(void)syscall(SYS_pidfd_send_signal, s->command, SIGTERM, NULL, 0);
}

/* Until bwrap, and so all of the sandbox, is gone: its wait status. */
static int
supervise(struct sandbox *s)
{
	struct pollfd pfd[2];
	int status, rc;

	for (;;) {
		rc = (int)waitpid(s->bwrap, &status, WNOHANG);
		if (rc == s->bwrap)
			return status;
		pfd[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		pfd[1] = (struct pollfd){ .fd = s->sock, .events = POLLIN };
		rc = poll(pfd, 2, wait_ms(s));
		if (rc == -1 && errno != EINTR)
			err(WX_CHAIN, "cannot wait for the sandbox");
		if (rc == 0)
			on_deadline(s);
		if (rc > 0 && pfd[1].revents != 0)
			on_socket(s);
		if (rc > 0 && pfd[0].revents != 0)
			on_signal(s);
	}
}

static int
exit_status(const struct sandbox *s, int status)
{
	if (s->exec_error != 0) {
		errno = s->exec_error;
		warn("cannot run '%s'", s->plan->command.v[0]);
		return s->exec_error == ENOENT ? WX_NOCMD : WX_NOEXEC;
	}
	if (s->killed_by != 0)
		return 128 + s->killed_by;
	if (!s->let_go) {
		if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
			warnx("cannot start the sandbox; wx-run --check says what is missing");
		return WX_CHAIN;
	}
	if (s->timed_out)
		return WX_TIMEOUT;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * A shell inside made its own process group the terminal's, and its last act, to
 * give it back, fails: it cannot name a group outside.
 */
static void
take_back_terminal(void)
{
	sigset_t out, old;

	if (tcgetpgrp(STDIN_FILENO) == -1 || tcgetpgrp(STDIN_FILENO) == getpgrp())
		return;
	(void)sigemptyset(&out);
	(void)sigaddset(&out, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &out, &old);
	(void)tcsetpgrp(STDIN_FILENO, getpgrp());
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
}

struct outcome
run_bwrap(const struct plan *p, const struct secrets *env, const struct secrets *files)
{
	struct sandbox s = { .plan = p, .secrets = env, .helper = -1, .command = -1, .sock = -1 };
	pid_t foreground = tcgetpgrp(STDIN_FILENO);
	sigset_t set;
	int status;
	size_t i;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (i = 0; i < NFORWARDED; i++)
		(void)sigaddset(&set, forwarded[i]);
	s.signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (s.signals == -1)
		err(WX_CHAIN, "cannot watch signals");
	spawn(&s, files);
	status = supervise(&s);
	/* A last word may have come with the end. */
	if (s.sock != -1 && s.let_go)
		on_socket(&s);
	net_stop(s.helper);
	if (foreground == getpgrp())
		take_back_terminal();
	return (struct outcome){ .status = exit_status(&s, status), .started = s.let_go };
}
