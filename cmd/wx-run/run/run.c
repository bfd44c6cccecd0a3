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
#include "inside/init.h"
#include "lean.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "mountns.h"
#include "net.h"
#include "relay.h"
#include "engine/spawn.h"
#include "terminal.h"

#define GRACE_SECONDS 2.0    /* from SIGTERM at the time limit to SIGKILL */
#define READY_SECONDS 10.0   /* for the network to come up */
#define DRAIN_SECONDS 2.0    /* for a terminal to show more, where time is over */
#define CLEAN_SECONDS 10.0   /* for podman to take a container away */
#define LEAN_MS 100          /* what lasts so long may last for hours */

/*
 * Those that wx-run hands to the command: what a process sent to us to it alone,
 * what the terminal sent to our process group to its group.
 */
static const int forwarded[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2,
	SIGTSTP, SIGCONT, SIGWINCH };
#define NFORWARDED (sizeof(forwarded) / sizeof(*forwarded))

struct sandbox {
	const struct plan *plan;
	struct secrets *secrets;  /* variables; or NULL */
	struct secrets *files;    /* the same as files */
	struct terminal terminal;
	struct relay relay; /* to the command's */
	bool  front;        /* which has its foreground from the start */
	pid_t engine;       /* our child: bwrap, or podman and then its monitor */
	bool  monitored;    /* it is the monitor */
	int   init;         /* the first process as pidfd, or -1 */
	struct network net;
	pid_t group;        /* the command's pid, and its process group's */
	int   command;      /* the same as pidfd, or -1 */
	int   sock;         /* our end, or -1 */
	int   signals;      /* signalfd */
	bool  failed;       /* we gave it up, and said why */
	bool  let_go;       /* the command runs, */
	bool  lean;         /* and we have let go of what we did not need since */
	struct timespec began;   /* since then at the earliest */
	bool  ended;        /* it has ended, with */
	int   status;       /* this wait status */
	int   exec_error;   /* errno of its exec, or 0 */
	int   killed_by;    /* a signal that ended us before the command ran */
	bool  interrupted;  /* SIGINT came from our terminal */
	bool  stop_asked;   /* ^Z came from it, and nothing has stopped since */
	bool  lost_network; /* the helper died under the command */
	double deadline;    /* monotonic seconds; 0: none */
	bool  timed_out;
	bool  ending;       /* it is to end by itself, until the deadline */
};

static unsigned long ignored_at_start;
static pid_t supervisor;   /* who started us, and whom we do not outlive; 0: nobody */

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
run_note_signals(void)
{
	struct sigaction sa;
	int sig;

	for (sig = 1; sig < 32; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			ignored_at_start |= 1UL << sig;
	/* Ignored, SIGCHLD would reap for us (waitpid(2)). tmux starts a pane's command with these
	 * two ignored: a command that wants the terminal would not be stopped for it, but fail. */
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGTTIN, SIG_DFL);
	(void)signal(SIGTTOU, SIG_DFL);
	ignored_at_start &= ~(1UL << SIGTTIN | 1UL << SIGTTOU);
}

/* A shell lets its background jobs ignore SIGINT and SIGQUIT (POSIX, 2.11), and nobody
 * can take that back but the job. */
void
run_supervised(pid_t parent)
{
	supervisor = parent;
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGQUIT, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1)
		err(WX_CHAIN, "cannot watch the process that started this one");
	if (getppid() != supervisor)
		errx(WX_CHAIN, "the process that started this one is gone");
}

/* Its end is ours: as at the time limit. */
static bool
orphaned(struct sandbox *s)
{
	if (supervisor == 0 || getppid() == supervisor || s->timed_out)
		return false;
	s->timed_out = true;
	s->deadline = now() + GRACE_SECONDS;
	return true;
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

static bool
to_command(const struct sandbox *s, int sig)
{
	return syscall(SYS_pidfd_send_signal, s->command, sig, NULL, 0) == 0;
}

/* Only while the command is there its number is its group's. */
static void
to_group(const struct sandbox *s, int sig)
{
	if (to_command(s, 0))
		(void)kill(-s->group, sig);
}

/* The end of the socket is the sandbox's (init.c); bwrap, if it is not so far, and
 * what it leaves, end_all ends. */
static void
kill_sandbox(struct sandbox *s)
{
	if (s->sock != -1)
		(void)close(s->sock);
	if (s->net.ready != -1)
		(void)close(s->net.ready);
	s->sock = s->net.ready = -1;
	s->deadline = 0;
	/* podman is let finish; its monitor sees the end of the sandbox, and cleans up. */
	if (s->plan->engine == ENGINE_PODMAN)
		s->deadline = now() + CLEAN_SECONDS;
	else
		(void)kill(s->engine, SIGKILL);
	s->ending = true;
}

static void
give_up(struct sandbox *s)
{
	s->failed = true;
	kill_sandbox(s);
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

	s->deadline = now() + seconds;
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
	s->let_go = to_command(s, 0) && spawn_prepare(s->plan, s->files, s->sock) && send_word(s);
	wipe_files(s);
	if (!s->let_go) {
		warnx("cannot start the command: the sandbox is gone");
		give_up(s);
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
		give_up(s);
	} else if (s->plan->net != NET_OPEN) {
		let_go(s);
	} else {
		s->deadline = now() + READY_SECONDS;
		if (!net_start(&s->net, s->plan, pid))
			give_up(s);
	}
}

static void
on_ready(struct sandbox *s)
{
	if (net_ready(&s->net)) {
		let_go(s);
	} else {
		net_failed(&s->net, s->plan);
		give_up(s);
	}
}

/* Were we stopped, and let go on? Not if our process group is orphaned: then the
 * kernel ignores it, for no shell is there that would (setpgid(2)). */
static bool
stop_ourselves(pid_t whom, int sig)
{
	sigset_t set, old, pending;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, sig);
	(void)kill(whom, sig);
	(void)sigprocmask(SIG_UNBLOCK, &set, &old);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)sigpending(&pending);
	return sigismember(&pending, SIGCONT) == 1;
}

static void
resume(struct sandbox *s)
{
	s->stop_asked = false;
	if (!relay_resume(&s->relay, SIGCONT) && !relay_signal(&s->relay, SIGCONT))
		to_group(s, SIGCONT);
}

/* Did ^Z come, for our process group? A shell then sees who else is in that stop. */
static bool
stop_comes(const struct sandbox *s)
{
	sigset_t pending;

	return s->stop_asked || (sigpending(&pending) == 0 && sigismember(&pending, SIGTSTP) == 1);
}

/*
 * The command was stopped. If it wants the terminal, and may have it, it goes on. Else we stop
 * as it did, as the shell that started us expects it of a job; SIGCONT then finds us by the
 * signalfd. But not once its time is over.
 */
static void
on_stop(struct sandbox *s, int sig)
{
	bool wants = sig == SIGTTIN || sig == SIGTTOU;

	if (!s->terminal.job || s->timed_out || s->ending)
		return;
	if (wants && !stop_comes(s) && relay_want(&s->relay))
		return;
	/* Where both came the command is stopped, and asks again as it goes on. */
	if (stop_comes(s))
		sig = SIGTSTP;
	s->stop_asked = false;
	relay_leave(&s->relay);
	if (sig == SIGSTOP ? stop_ourselves(getpid(), SIGTSTP) : stop_ourselves(0, sig))
		return;
	/* Nobody will ever give it the terminal: as the kernel does to such a group. */
	if (wants)
		to_group(s, SIGHUP);
	resume(s);
}

/* The command is over: what is typed from here on is not for it. */
static void
on_end(struct sandbox *s)
{
	relay_end(&s->relay);
	if (s->plan->engine != ENGINE_PODMAN)
		return;
	s->ending = true;
	s->deadline = now() + CLEAN_SECONDS;
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
			on_stop(s, h.value);
		} else if (h.what == HELLO_END) {
			s->ended = true;
			s->status = h.value;
			on_end(s);
		}
	}
}

/* Before the command runs a signal is for us. */
static void
on_early_signal(struct sandbox *s, int sig)
{
	if (sig == SIGTSTP) {
		(void)stop_ourselves(getpid(), SIGTSTP);
	} else if (sig != SIGWINCH) {
		s->killed_by = sig;
		kill_sandbox(s);
	}
}

static void
on_signal(struct sandbox *s)
{
	struct signalfd_siginfo si;
	int sig;

	if (read(s->signals, &si, sizeof(si)) != (ssize_t)sizeof(si) ||
	    si.ssi_signo == SIGCHLD)
		return;
	sig = (int)si.ssi_signo;
	if (sig == SIGCONT) {
		/* The clock's is for us alone. */
		if (s->let_go && si.ssi_code != SI_TIMER)
			resume(s);
	} else if (ignored_at_start >> sig & 1) { /* NOLINT(bugprone-branch-clone) */
		return;
	} else if (!s->let_go) {
		on_early_signal(s, sig);
	} else if (sig == SIGTERM && orphaned(s)) {
		(void)to_command(s, SIGTERM);
		to_group(s, SIGCONT);
	} else if (sig == SIGWINCH && relay_resize(&s->relay)) {
		return;
	} else if (si.ssi_code == SI_KERNEL || sig == SIGTSTP || sig == SIGWINCH) {
		s->interrupted |= sig == SIGINT;
		s->stop_asked |= sig == SIGTSTP;
		if (!relay_signal(&s->relay, sig))
			to_group(s, sig);
	} else {
		(void)to_command(s, sig);
	}
}

/* Milliseconds to the deadline, for poll; -1 where there is none. */
static int
wait_ms(const struct sandbox *s)
{
	double left = s->deadline == 0 ? -1 : (s->deadline - now()) * 1000;

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
	if (s->deadline == 0 || now() < s->deadline)
		return;
	s->deadline = 0;
	if (s->ending) {
		if (s->plan->engine == ENGINE_PODMAN)
			warnx("podman did not take its container away within %.0f seconds; the next "
			    "run will", CLEAN_SECONDS);
		(void)kill(s->engine, SIGKILL);
	} else if (!s->let_go) {
		net_failed(&s->net, s->plan);
		give_up(s);
	} else if (s->timed_out) {
		kill_sandbox(s);
	} else {
		s->timed_out = true;
		s->deadline = now() + GRACE_SECONDS;
		(void)to_command(s, SIGTERM);
		to_group(s, SIGCONT);
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
		if (rc == 0 || (s->deadline != 0 && now() >= s->deadline))
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
			on_signal(s);
	}
	return status;
}

/*
 * All of our children, and theirs, who became ours (PR_SET_CHILD_SUBREAPER): when
 * this returns nothing inside can touch the project any more, and the helper is
 * gone. The file is proc(5)'s list of them.
 */
static void
end_all(void)
{
	char path[64], buf[4096], *p, *end;
	long pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	do {
		(void)wx_read_text(AT_FDCWD, path, 0, buf, sizeof(buf));
		for (p = buf; (pid = strtol(p, &end, 10)) > 0; p = end)
			(void)kill((pid_t)pid, SIGKILL);
	} while (waitpid(-1, NULL, 0) != -1 || errno == EINTR);
}

/*
 * The same of a container. Not all that became ours is to be ended: podman's monitor
 * is to clean up, and the process that holds its user namespace stays for others.
 */
static void
end_container(struct sandbox *s)
{
	static const struct timespec pause = { .tv_nsec = 5000000 };
	struct pollfd pfd = { .fd = s->init, .events = POLLIN };
	double end = now() + CLEAN_SECONDS;

	if (s->sock != -1)
		(void)close(s->sock);
	s->sock = -1;
	if (s->init != -1) {
		(void)syscall(SYS_pidfd_send_signal, s->init, SIGKILL, NULL, 0);
		(void)poll(&pfd, 1, (int)(CLEAN_SECONDS * 1000));
	}
	if (s->net.pid != -1) {
		(void)kill(s->net.pid, SIGKILL);
		(void)waitpid(s->net.pid, NULL, 0);
	}
	while (s->engine != -1 && waitpid(s->engine, NULL, WNOHANG) == 0 && now() < end)
		(void)nanosleep(&pause, NULL);
}

static void
end_processes(struct sandbox *s)
{
	if (s->plan->engine == ENGINE_PODMAN)
		end_container(s);
	else
		end_all();
}

/*
 * What was printed last. The terminal may be stopped (^S), or nobody read it: a signal ends that,
 * and where the time limit was reached we do not wait for long.
 */
static void
show_last(struct sandbox *s)
{
	struct pollfd pfd[1 + RELAY_NFDS];
	struct signalfd_siginfo si;
	int rc = 1, sig = 0;

	while (relay_drain(&s->relay) && rc != 0) {
		pfd[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		relay_poll(&s->relay, pfd + 1);
		rc = poll(pfd, 1 + RELAY_NFDS, s->timed_out ? (int)(DRAIN_SECONDS * 1000) : -1);
		if (rc > 0 && pfd[0].revents != 0 && read(s->signals, &si, sizeof(si)) == (ssize_t)sizeof(si))
			sig = (int)si.ssi_signo;
		if (sig == SIGTSTP)
			(void)stop_ourselves(0, SIGTSTP);
		else if (sig == SIGINT || sig == SIGQUIT || sig == SIGTERM || sig == SIGHUP)
			rc = 0;
		sig = 0;
	}
}

/* Whose processes are to be ended. */
static struct sandbox *begun;

void
run_abandon(void)
{
	if (begun != NULL) {
		end_processes(begun);
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
	s.engine = spawn_engine(p, files, ignored_at_start, pty, &s.sock);
	begun = &s;
	meanwhile(arg);
	status = supervise(&s);
	/* A last word may have come with the end. */
	on_socket(&s);
	typed = s.relay.interrupted;
	if (s.relay.terminal != NULL) {
		end_processes(&s);
		show_last(&s);
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
