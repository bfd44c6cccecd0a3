/* SPDX-License-Identifier: MIT */
#include "inside.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "libcommon/envline.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "memory.h"

/* At the most, as ulimit(1) of wx-run's caller may allow less. */
static void
limit(int what, unsigned long long n)
{
	struct rlimit l;

	if (getrlimit(what, &l) == 0 && (l.rlim_max == RLIM_INFINITY || n < l.rlim_max))
		l.rlim_max = n;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(what, &l) == -1)
		err(WX_CHAIN, "cannot set a limit inside the sandbox");
}

/*
 * Set here, inside the user namespace, the limit counts this sandbox alone
 * (setrlimit(2); one more for the first process).
 */
static void
set_limits(unsigned long long pids)
{
	limit(RLIMIT_CORE, 0);
	if (pids > 0)
		limit(RLIMIT_NPROC, pids + 1);
}

static void
make_file(const char *word, const char *end)
{
	const char *path = word + 5, *data = path + strlen(path) + 1;
	char mode[5] = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	memcpy(mode, word + 1, 4);
	if (fd == -1 || wx_write_all(fd, data, (size_t)(end - data)) == -1 ||
	    fchmod(fd, (mode_t)strtoul(mode, NULL, 8)) == -1 || close(fd) == -1)
		err(WX_CHAIN, "cannot make '%s' inside the sandbox", path);
}

/* NAME=value and NUL each. */
static void
set_variables(char *p, const char *end)
{
	char *next, *value;

	for (; p < end; p = next) {
		next = p + strlen(p) + 1;
		value = p + strcspn(p, "=");
		*value++ = '\0';
		if (setenv(p, value, 1) == -1)
			err(WX_CHAIN, "cannot set a variable inside the sandbox");
	}
}

/*
 * Do what wx-run says, up to its GO. None comes where wx-run is gone, or found a mount
 * that is not what it asked for. FILTER becomes the seccomp program, LEN bytes of it.
 */
static void
wait_for_word(char filter[static WORD_MAX], size_t *len)
{
	static char buf[WORD_MAX + 1];
	ssize_t n;

	*len = 0;
	do {
		do
			n = recv(FD_SOCKET, buf, WORD_MAX, 0);
		while (n == -1 && errno == EINTR);
		if (n < 1)
			_exit(WX_CHAIN);
		buf[n] = '\0';
		if (*buf == WORD_FILTER) {
			*len = (size_t)n - 1;
			memcpy(filter, buf + 1, *len);
		} else if (*buf == WORD_FILE) {
			make_file(buf, buf + n);
		} else {
			set_variables(buf + 1, buf + n);
		}
	} while (*buf != WORD_GO);
}

/*
 * Where memory.h alone holds the memory: what no process shows as its own, a file in memory
 * (memfd_create(2)) and System V's shared memory, is not there. It comes on top of the filter that
 * refuses other architectures (seccomp.gen.c), so the numbers are ours.
 */
static void
refuse_uncounted(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_shmget, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(*code), .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == -1)
		err(WX_CHAIN, "cannot set the system call filter inside the sandbox");
}

/* As bwrap does with what it gets by --seccomp. */
static void
confine(char *filter, size_t len)
{
	struct sock_fprog prog = { .len = (unsigned short)(len / sizeof(struct sock_filter)),
	    .filter = (struct sock_filter *)(void *)filter };

	if (len == 0)
		return;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == -1)
		err(WX_CHAIN, "cannot set the system call filter inside the sandbox");
}

/* All signals wait, none is lost: one that comes before the exec ends the command
 * as soon as default_signals lets it through. */
static void
hold_signals(void)
{
	sigset_t all;
	int sig;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (sig = 1; sig < NSIG; sig++)
		(void)signal(sig, SIG_DFL);
}

static void
default_signals(unsigned long ignored)
{
	sigset_t none;
	int sig;

	for (sig = 1; sig < 32; sig++)
		if (ignored >> sig & 1)
			(void)signal(sig, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
say(char what, int value)
{
	struct hello h = { .what = what, .value = value };

	(void)send(FD_SOCKET, &h, sizeof(h), MSG_NOSIGNAL);
}

/* The standard streams of wx-run, which it sent us before we were there. */
static void
take_streams(void)
{
	char word;
	int fds[3], i;

	if (fdpass_receive(FD_SOCKET, &word, 1, fds, 3, NULL, 0) != 1)
		_exit(WX_CHAIN);   /* wx-run is gone */
	for (i = 0; i < 3; i++)
		if (fds[i] == -1 || dup2(fds[i], i) == -1 || close(fds[i]) == -1)
			_exit(WX_CHAIN);
}

/* The command's terminal, by the word STDIO. */
struct terminal {
	const char *stdio;
	int slave;      /* -1: none */
	int control;    /* what wx-run has to say to this process: who has its foreground, and whom to join */
};

/* Say that we are there, and give wx-run an ear of ours. */
static void
say_hello(struct terminal *t)
{
	struct hello h = { .what = HELLO_INIT };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1 ||
	    !fdpass_send(FD_SOCKET, &h, sizeof(h), &pair[1], 1, 0))
		err(WX_CHAIN, "cannot reach wx-run from inside the sandbox");
	(void)close(pair[1]);
	t->control = pair[0];
}

/* One of the sandbox's own (pts(4)); what is typed comes only where it is ours to control. */
static void
make_terminal(struct terminal *t)
{
	struct hello h = { .what = HELLO_PTY };
	int off = 0, master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master != -1 && ioctl(master, TIOCSPTLCK, &off) == 0)
		t->slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->slave == -1 ||
	    (strchr(t->stdio, STDIO_KEYS) != NULL && ioctl(t->slave, TIOCSCTTY, 0) == -1) ||
	    !fdpass_send(FD_SOCKET, &h, sizeof(h), &master, 1, 0))
		err(WX_CHAIN, "cannot make a terminal inside the sandbox");
	(void)close(master);
}

/* In the place of those streams that are wx-run's terminal. */
static void
use_terminal(const struct terminal *t)
{
	int i;

	if (t->slave == -1)
		return;
	/* From the background it would stop us, but all signals wait. */
	if (strchr(t->stdio, STDIO_FRONT) != NULL && tcsetpgrp(t->slave, getpgrp()) == -1)
		err(WX_CHAIN, "cannot take the terminal inside the sandbox");
	for (i = 0; i < 3; i++)
		if (strchr(t->stdio, '0' + i) != NULL && dup2(t->slave, i) == -1)
			err(WX_CHAIN, "cannot take the terminal inside the sandbox");
}

/* Whose is the foreground? As wx-run says; then the signal that it names, for the command. */
static void
hand_over(const struct terminal *t, pid_t command, const struct hello *h)
{
	pid_t group = tcgetpgrp(t->slave);

	if (h->what == HELLO_GIVE || (h->what == HELLO_BACK && group == getpgrp()))
		(void)tcsetpgrp(t->slave, command);
	else if (h->what == HELLO_TAKE && group == command)
		(void)tcsetpgrp(t->slave, getpgrp());
	if (h->value != 0) {
		(void)kill(-command, h->value);
		say(HELLO_DONE, h->value);
	}
}

/*
 * wx-run has mounted over what was there when our working directory was opened: by its path it
 * is what these mounts show, protected files among them; as it was it is what lies below them.
 */
static void
reenter(void)
{
	char cwd[PATH_MAX];

	if (getcwd(cwd, sizeof(cwd)) == NULL || chdir(cwd) == -1)
		err(WX_CHAIN, "cannot enter the working directory inside the sandbox");
}

/*
 * In a group of its own: from that of wx-run, kill(0, SIGKILL) would reach past
 * the pid namespace, to wx-run and to whatever started it.
 */
static _Noreturn void
become_command(char *argv[], const struct terminal *t)
{
	static _Alignas(struct sock_filter) char filter[WORD_MAX];
	size_t len;
	int error;

	if (setpgid(0, 0) == -1)
		err(WX_CHAIN, "cannot make a process group inside the sandbox");
	use_terminal(t);
	say(HELLO_READY, 0);
	wait_for_word(filter, &len);
	reenter();
	set_limits(strtoull(argv[1], NULL, 10));
	default_signals(strtoul(argv[3], NULL, 16));
	confine(filter, len);
	if (strtoull(argv[2], NULL, 10) > 0)
		refuse_uncounted();
	if (*argv[5] != '\0')
		(void)execv(argv[5], argv + 6);
	else
		wx_proc_exec(argv[6], argv + 6, environ);
	error = errno;
	say(HELLO_ERROR, error);
	_exit(error == ENOENT ? WX_NOCMD : WX_NOEXEC);
}

/* What has become of the children: those that died are buried. */
static void
look(pid_t command)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != command)
			continue;
		if (WIFSTOPPED(status)) {
			say(HELLO_STOP, WSTOPSIG(status));
			continue;
		}
		say(HELLO_END, status);
		_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	}
}

static _Noreturn void join(char *argv[], int sock);

static void
hear_control(const struct terminal *t, char *argv[], pid_t command)
{
	struct hello h = { 0 };
	int sock;

	if (fdpass_receive(t->control, &h, sizeof(h), &sock, 1, NULL, MSG_DONTWAIT) != (ssize_t)sizeof(h))
		h.what = '\0';
	if (h.what == HELLO_JOIN && sock != -1 && fork() == 0)
		join(argv, sock);
	if (sock != -1)
		(void)close(sock);
	if (h.what != HELLO_JOIN && h.what != '\0')
		hand_over(t, command, &h);
}

/* Start the command, and be there for it until its end. */
static _Noreturn void
attend(char *argv[], const struct terminal *t)
{
	struct pollfd pfd[3] = { { .events = POLLIN }, { .fd = FD_SOCKET }, { .fd = t->control, .events = POLLIN } };
	/* Of the sandbox as a whole, for which the first process alone looks. */
	struct memory memory = { .limit = getpid() == 1 ? strtoull(argv[2], NULL, 10) : 0 };
	struct signalfd_siginfo si;
	sigset_t child;
	pid_t command;
	int ended;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	pfd[0].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	command = fork();
	if (pfd[0].fd == -1 || command == -1)
		err(WX_CHAIN, "cannot start a process inside the sandbox");
	if (command == 0)
		become_command(argv, t);
	(void)!chdir("/");
	/* The slave stays open: a command that closes its own has not hung up. */
	for (;;) {
		look(command);
		(void)poll(pfd, 3, memory_look(&memory));
		ended = memory_ended(&memory);
		if (ended > 0)
			say(HELLO_MEMORY, ended);
		if (pfd[1].revents != 0) {
			/* wx-run is gone, or wants an end: of all where we are the first process. */
			(void)kill(-command, SIGKILL);
			_exit(WX_CHAIN);
		}
		if (pfd[2].revents != 0)
			hear_control(t, argv, command);
		if (pfd[2].revents & POLLHUP)
			pfd[2].fd = -1;
		(void)!read(pfd[0].fd, &si, sizeof(si));
	}
}

/* What is to be run: words up to END, *N of them, ended by NULL. Never freed. */
static char **
take_words(size_t *n)
{
	static char buf[WORD_MAX + 1];
	char **v = NULL, **more;
	size_t cap = 0;
	ssize_t len;

	for (*n = 0;; (*n)++) {
		do
			len = recv(FD_SOCKET, buf, WORD_MAX, 0);
		while (len == -1 && errno == EINTR);
		if (len < 1)
			_exit(WX_CHAIN);
		buf[len] = '\0';
		if (*n == cap) {
			cap = cap == 0 ? 16 : 2 * cap;
			more = realloc(v, cap * sizeof(*v));
			if (more == NULL)
				err(WX_CHAIN, "cannot allocate memory inside the sandbox");
			v = more;
		}
		v[*n] = *buf == WORD_ARGUMENT ? strdup(buf + 1) : NULL;
		if (v[*n] == NULL)
			return v;
	}
}

/*
 * A child of the first process, for a command that came later, with the socket SOCK of who wants
 * it: all that the first process is it is too, and what that does for the run it does for this one.
 */
static _Noreturn void
join(char *argv[], int sock)
{
	struct terminal t = { .slave = -1, .control = -1 };
	char **words;
	size_t n;

	if (dup3(sock, FD_SOCKET, O_CLOEXEC) == -1)
		_exit(WX_CHAIN);
	wx_proc_close_from(FD_SOCKET + 1);
	(void)setsid();
	take_streams();
	words = take_words(&n);
	if (n < 7)   /* init.h has them */
		_exit(WX_CHAIN);
	if (chdir(words[2]) == -1)
		err(WX_CHAIN, "cannot enter '%s' inside the sandbox", words[2]);
	words[0] = argv[0];
	words[1] = argv[1];
	words[2] = argv[2];
	t.stdio = words[4];
	say_hello(&t);
	if (strncmp(t.stdio, "pty", 3) == 0)
		make_terminal(&t);
	attend(words, &t);
}

_Noreturn void
init_main(int argc, char *argv[])
{
	struct terminal t = { .slave = -1, .control = -1 };

	if (argc < 7)
		errx(WX_CHAIN, "'%s' is a part of wx-run, and runs only in its sandbox", argv[0]);
	/* All of ours is close-on-exec from here on: bwrap passed it to us. Nor can
	 * the command look into us, by ptrace or /proc. */
	if (wx_proc_harden() == -1)
		err(WX_CHAIN, "cannot harden process");
	(void)prctl(PR_SET_NAME, "wx-run");   /* not "init", for ps(1) */
	hold_signals();
	/* From that of wx-run the command would have its terminal as /dev/tty. */
	(void)setsid();
	t.stdio = argv[4];
	say_hello(&t);
	if (strcmp(t.stdio, "own") != 0)
		take_streams();
	if (strncmp(t.stdio, "pty", 3) == 0)
		make_terminal(&t);
	attend(argv, &t);
}
