/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
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

#include "audit/audit.h"
#include "ending.h"
#include "engine/spawn.h"
#include "inside/init.h"
#include "jobs.h"
#include "lean.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "mountns.h"
#include "net.h"
#include "relay.h"
#include "sandbox.h"
#include "terminal.h"

#define READY_SECONDS 10.0   /* for the network to come up */
#define LEAN_MS 100          /* what lasts so long may last for hours */

/*
 * Those that wx-run hands to the command: what a process sent to us to it alone,
 * what the terminal sent to our process group to its group.
 */
static const int forwarded[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2,
	SIGTSTP, SIGCONT, SIGWINCH };
#define NFORWARDED (sizeof(forwarded) / sizeof(*forwarded))

unsigned long run_ignored;
pid_t run_supervisor;   /* who started us, and whom we do not outlive; 0: nobody */

void
run_note_signals(void)
{
	struct sigaction sa;
	int sig;

	for (sig = 1; sig < 32; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			run_ignored |= 1UL << sig;
	/* Ignored, SIGCHLD would reap for us (waitpid(2)). tmux starts a pane's command with these
	 * two ignored: a command that wants the terminal would not be stopped for it, but fail. */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGTTIN, SIG_DFL);
	(void)signal(SIGTTOU, SIG_DFL);
	run_ignored &= ~(1UL << SIGTTIN | 1UL << SIGTTOU);
}

/* A shell lets its background jobs ignore SIGINT and SIGQUIT (POSIX, 2.11), and nobody
 * can take that back but the job. */
void
run_supervised(pid_t parent)
{
	run_supervisor = parent;
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGQUIT, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		err(WX_CHAIN, "cannot watch the process that started this one");
	if (getppid() != run_supervisor)
		errx(WX_CHAIN, "the process that started this one is gone");
}

static void
signal_set(sigset_t *set)
{
	size_t i;

	(void)sigemptyset(set);
	(void)sigaddset(set, SIGCHLD);
	for (i = 0; i < NFORWARDED; i++)
		(void)sigaddset(set, forwarded[i]);
}

void
run_block_signals(void)
{
	sigset_t set;

	signal_set(&set);
	/* What else our caller blocked, by mistake, is not: SIGTTIN and the like. */
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
}

/* One message from inside, and who sent it: his pid, as we see it. 0: no more will
 * come; -1: not now. FDS: the descriptors that came with it, or -1. */
static pid_t
hear(int sock, struct hello *h, int fds[static 2])
{
	union {
		char           buf[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = h, .iov_len = sizeof(*h) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
	    .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred cred = { 0 };
	ssize_t n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

	fds[0] = fds[1] = -1;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return -1;
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type == SCM_CREDENTIALS)
			memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		else if (c->cmsg_type == SCM_RIGHTS)
			memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	}
	return n == (ssize_t)sizeof(*h) ? cred.pid : 0;
}

/* "Go", and the secrets: one message (SOCK_SEQPACKET). We then know them no more. */
static bool
send_word(const struct sandbox *s)
{
	static char buf[WORD_MAX];
	size_t len = 1, n, i;
	ssize_t sent;

	buf[0] = WORD_GO;
	for (i = 0; s->secrets != NULL && i < s->secrets->n; i++) {
		n = strlen(s->secrets->line[i]) + 1;
		memcpy(buf + len, s->secrets->line[i], n);
		len += n;
	}
	sent = send(s->sock, buf, len, MSG_NOSIGNAL);
	wx_wipe(buf, len);
	if (s->secrets != NULL)
		wx_wipe(s->secrets, sizeof(*s->secrets));
	return sent == (ssize_t)len;
}

static void
wipe_files(struct sandbox *s)
{
	if (s->files != NULL)
		wx_wipe(s->files, sizeof(*s->files));
	s->files = NULL;
}

/*
 * The time limit. Whoever stops us, a shell for ^Z or for a command that stopped itself: at
 * the limit, and at the end of what comes after it, the kernel lets us go on.
 */
static void
set_limit(struct sandbox *s)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT };
	double seconds = s->plan->limits.seconds;
	struct itimerspec when = { .it_interval = { .tv_sec = (time_t)GRACE_SECONDS },
	    .it_value = { .tv_sec = (time_t)seconds,
	    .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) + 1 } };
	timer_t timer;

	s->deadline = sandbox_now() + seconds;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1 ||
	    timer_settime(timer, 0, &when, NULL) == -1)
		warn("the time limit does not count while the run is stopped");
}

/* All that was looked at by the command's number was the command's if that is
 * still there. */
static void
let_go(struct sandbox *s)
{
	s->deadline = 0;   /* that of the network, which has come up */
	if (s->plan->limits.seconds > 0)
		set_limit(s);
	s->began = audit_clock();
	relay_begin(&s->relay, s->front);
	s->let_go = sandbox_signal(s, 0) && spawn_prepare(s->plan, s->files, s->sock) && send_word(s);
	wipe_files(s);
	if (!s->let_go) {
		warnx("cannot start the command: the sandbox is gone");
		sandbox_give_up(s);
	}
}

/* The sandbox stands: finish and look at it, give it a network, let the command go. */
static void
begin(struct sandbox *s, pid_t pid)
{
	s->group = pid;
	s->command = (int)syscall(SYS_pidfd_open, pid, 0);
	if (s->command == -1)
		warn("cannot hold on to the command");
	if (s->command == -1 || !mountns_finish(s->plan, pid)) {
		sandbox_give_up(s);
	} else if (s->plan->net != NET_OPEN) {
		let_go(s);
	} else {
		s->deadline = sandbox_now() + READY_SECONDS;
		if (!net_start(&s->net, s->plan, pid))
			sandbox_give_up(s);
	}
}

static void
on_ready(struct sandbox *s)
{
	if (net_ready(&s->net)) {
		let_go(s);
	} else {
		net_failed(&s->net, s->plan);
		sandbox_give_up(s);
	}
}

/* The command is over: what is typed from here on is not for it. */
static void
on_end(struct sandbox *s)
{
	relay_end(&s->relay);
	if (s->plan->engine != ENGINE_PODMAN)
		return;
	s->ending = true;
	s->deadline = sandbox_now() + CLEAN_SECONDS;
}

static void
on_socket(struct sandbox *s)
{
	struct hello h;
	pid_t pid;
	int fds[2], i;

	while (s->sock != -1 && (pid = hear(s->sock, &h, fds)) != -1) {
		if (fds[1] != -1 && h.what == HELLO_PTY && s->relay.terminal == NULL)
			relay_open(&s->relay, &s->terminal, fds[0], fds[1]);
		else
			for (i = 0; i < 2; i++)
				if (fds[i] != -1)
					(void)close(fds[i]);
		if (pid == 0) {
			(void)close(s->sock);
			s->sock = -1;
		} else if (h.what == HELLO_INIT && s->init == -1) {
			s->init = (int)syscall(SYS_pidfd_open, pid, 0);
		} else if (h.what == HELLO_READY && s->command == -1) {
			begin(s, pid);
		} else if (h.what == HELLO_ERROR) {
			s->exec_error = h.value;
		} else if (h.what == HELLO_DONE) {
			relay_sent(&s->relay);
		} else if (h.what == HELLO_STOP) {
			jobs_on_stop(s, h.value);
		} else if (h.what == HELLO_END) {
			s->ended = true;
			s->status = h.value;
			on_end(s);
		}
	}
}

/* Milliseconds to the deadline, for poll; -1 where there is none. */
static int
wait_ms(const struct sandbox *s)
{
	double left = s->deadline == 0 ? -1 : (s->deadline - sandbox_now()) * 1000;

	if (s->let_go && !s->lean && (left < 0 || left > LEAN_MS))
		return LEAN_MS;
	if (s->deadline == 0)
		return -1;
	return left <= 0 ? 0 : left > INT_MAX - 1 ? INT_MAX - 1 : (int)left + 1;
}

static void
on_deadline(struct sandbox *s)
{
	sigset_t set;

	if (s->let_go && !s->lean)
		lean();
	s->lean = s->let_go;
	if (s->deadline == 0 || sandbox_now() < s->deadline)
		return;
	s->deadline = 0;
	if (s->ending) {
		if (s->plan->engine == ENGINE_PODMAN)
			warnx("podman did not take its container away within %.0f seconds; the next "
			    "run will", CLEAN_SECONDS);
		(void)kill(s->engine, SIGKILL);
	} else if (!s->let_go) {
		net_failed(&s->net, s->plan);
		sandbox_give_up(s);
	} else if (s->timed_out) {
		sandbox_kill(s);
	} else {
		s->timed_out = true;
		s->deadline = sandbox_now() + GRACE_SECONDS;
		(void)sandbox_signal(s, SIGTERM);
		sandbox_signal_group(s, SIGCONT);
		/* What we show from the background does not stop us any more (stty tostop). */
		(void)sigemptyset(&set);
		(void)sigaddset(&set, SIGTTOU);
		(void)sigprocmask(SIG_BLOCK, &set, NULL);
	}
}

/* Has the helper died while the command ran? Its end, or ours, comes first where
 * the network ended with the sandbox. */
static void
look_at_helper(struct sandbox *s)
{
	if (s->net.pid == -1 || waitpid(s->net.pid, NULL, WNOHANG) != s->net.pid)
		return;
	s->net.pid = -1;
	on_socket(s);
	s->lost_network = s->let_go && !s->ended && s->sock != -1;
}

/*
 * Is the sandbox over, with *STATUS? podman starts the container and leaves; then it
 * is over with the container's monitor, which has cleaned up before: that became
 * our child (PR_SET_CHILD_SUBREAPER).
 */
static bool
over(struct sandbox *s, int *status)
{
	pid_t pid = waitpid(s->engine, status, WNOHANG);

	if (pid == -1 && errno == ECHILD)
		errx(WX_CHAIN, "the monitor of podman's container is not to be found");
	if (pid != s->engine)
		return false;
	s->engine = -1;
	if (s->plan->engine != ENGINE_PODMAN || s->monitored)
		return true;
	if (*status == 0)
		s->engine = spawn_monitor();
	else if (s->killed_by == 0)
		spawn_said();
	s->monitored = true;
	return s->engine == -1 || over(s, status);
}

/* Until the engine is gone: its wait status. */
static int
supervise(struct sandbox *s)
{
	struct pollfd pfd[4 + RELAY_NFDS];
	int status, rc;
	bool relayed = false;

	/* A child's end is a signal: where only the relay has work there is none to look for. */
	while (relayed || !over(s, &status)) {
		if (!relayed)
			look_at_helper(s);
		pfd[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		pfd[1] = (struct pollfd){ .fd = s->sock, .events = POLLIN };
		pfd[2] = (struct pollfd){ .fd = s->net.ready, .events = POLLIN };
		pfd[3] = (struct pollfd){ .fd = s->net.words, .events = POLLIN };
		relay_poll(&s->relay, pfd + 4);
		rc = poll(pfd, 4 + RELAY_NFDS, wait_ms(s));
		relayed = rc > 0 && pfd[0].revents == 0 && pfd[1].revents == 0 && pfd[2].revents == 0 &&
		    pfd[3].revents == 0;
		if (rc == -1 && errno != EINTR)
			err(WX_CHAIN, "cannot wait for the sandbox");
		/* Not only where nothing else happens: output can come all the time. */
		if (rc == 0 || (s->deadline != 0 && sandbox_now() >= s->deadline))
			on_deadline(s);
		if (rc > 0 && pfd[1].revents != 0)
			on_socket(s);
		if (rc > 0 && pfd[2].revents != 0 && s->net.ready != -1)
			on_ready(s);
		if (rc > 0 && pfd[3].revents != 0 && s->net.words != -1)
			net_listen(&s->net);
		if (rc > 0)
			relay_carry(&s->relay, pfd + 4);
		if (rc > 0 && pfd[0].revents != 0)
			jobs_on_signal(s);
	}
	return status;
}

/* Whose processes are to be ended. */
static struct sandbox *begun;

void
run_abandon(void)
{
	if (begun != NULL) {
		ending_processes(begun);
		relay_close(&begun->relay);
	}
	begun = NULL;
	spawn_clean();
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
		if (!s->failed)
			warnx("cannot start the sandbox; wx-run --check says what is missing");
		return WX_CHAIN;
	}
	if (s->lost_network)
		warnx("the network was lost before the end: %s died",
		    helper_name(s->plan->helper));
	if (s->timed_out)
		return WX_TIMEOUT;
	if (s->ended)
		status = s->status;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct outcome
run_plan(const struct plan *p, struct secrets *env, struct secrets *files,
    void (*meanwhile)(void *), void *arg)
{
	static struct sandbox s;   /* run_abandon may need it later than this function */
	char word[TERMINAL_WORD];
	const char *pty;
	struct outcome o;
	sigset_t set;
	bool typed;
	int status;

	s = (struct sandbox){ .plan = p, .secrets = env, .files = files,
	    .relay = { .master = -1 }, .init = -1, .command = -1,
	    .sock = -1, .net = { .pid = -1, .ready = -1, .words = -1 } };
	signal_set(&set);
	s.signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (s.signals == -1 || prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		err(WX_CHAIN, "cannot watch signals");
	terminal_open(&s.terminal);
	pty = terminal_word(&s.terminal, word);
	s.front = pty != NULL && strchr(pty, STDIO_FRONT) != NULL;
	s.engine = spawn_engine(p, files, run_ignored, pty, &s.sock);
	begun = &s;
	meanwhile(arg);
	status = supervise(&s);
	/* A last word may have come with the end. */
	on_socket(&s);
	typed = s.relay.interrupted;
	if (s.relay.terminal != NULL) {
		ending_processes(&s);
		ending_show(&s);
	}
	run_abandon();
	wipe_files(&s);
	terminal_close(&s.terminal);
	o.status = exit_status(&s, status);
	o.started = s.let_go;
	o.began = s.began;
	o.interrupted = (s.interrupted || typed) && s.ended && WIFSIGNALED(s.status) &&
	    WTERMSIG(s.status) == SIGINT;
	o.relayed = !s.interrupted;
	return o;
}

void
run_interrupted(bool relayed)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)signal(SIGINT, SIG_DFL);
	/* From a raw terminal nobody else of our process group got it. */
	if (relayed)
		(void)kill(0, SIGINT);
	else
		(void)raise(SIGINT);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}
