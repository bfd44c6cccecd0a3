/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <sys/prctl.h>
#include <sys/resource.h>
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
#include "inside/inside.h"
#include "jobs.h"
#include "join.h"
#include "launch/launch.h"
#include "lean.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "mountns/mountns.h"
#include "net/net.h"
#include "publish/publish.h"
#include "sandbox.h"
#include "tty/tty.h"

#define READY_SECONDS 10.0   /* for the network to come up */
#define LEAN_MS 100          /* what lasts so long may last for hours */
#define FIRST_SERVICE 3
#define NPOLLED (FIRST_SERVICE + 2 * SERVICE_NFDS)

/* One message from inside, and who sent it: his pid, as we see it. 0: no more will
 * come; -1: not now. FD: the descriptor that came with it, or -1. */
static pid_t
hear(int sock, struct hello *h, int *fd)
{
	pid_t pid;
	ssize_t n = fdpass_receive(sock, h, sizeof(*h), fd, 1, &pid, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return -1;
	return n == (ssize_t)sizeof(*h) ? pid : 0;
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
	s->started = sandbox_now();
	usage_begin(&s->usage, s->group, s->plan->limits.cgroup);
	relay_begin(&s->relay, s->front);
	s->let_go = sandbox_signal(s, 0) && (s->words != -1 ? join_words(s->plan, s->words, s->sock) :
	    launch_prepare(s->plan, s->files, s->sock)) && send_word(s);
	wipe_files(s);
	if (!s->let_go) {
		warnx("cannot start the command: the sandbox is gone");
		sandbox_give_up(s);
	} else if (s->words == -1 && s->plan->run != NULL) {
		s->door = door_open(s->plan);
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
	if (s->command == -1 || (s->words == -1 && !(mountns_finish(s->plan, &s->late, pid) &&
	    publish_start(s->plan, pid)))) {
		sandbox_give_up(s);
	} else if (s->plan->helper == HELPER_NONE && s->plan->brokered.n == 0) {
		let_go(s);
	} else {
		s->deadline = sandbox_now() + READY_SECONDS;
		if ((s->plan->brokered.n > 0 && !brokered_start(&s->broker, s->plan, pid)) ||
		    (s->plan->helper != HELPER_NONE && !net_start(&s->net, s->plan, pid)))
			sandbox_give_up(s);
	}
}

static void
cannot_serve(struct sandbox *s, struct service *failed)
{
	if (failed == &s->net)
		net_failed(failed, s->plan);
	else
		service_failed(failed);
	sandbox_give_up(s);
}

/* One of them stands, or fell; the command waits for both. */
static void
on_ready(struct sandbox *s, struct service *which)
{
	if (!service_ready(which))
		cannot_serve(s, which);
	else if (s->net.ready == -1 && s->broker.ready == -1)
		let_go(s);
}

/* The command is over: what is typed from here on is not for it. */
static void
on_end(struct sandbox *s)
{
	relay_end(&s->relay);
	s->over = sandbox_now();
	usage_look(&s->usage);
	if (!s->plan->engine->detached)
		return;
	s->ending = true;
	s->deadline = sandbox_now() + CLEAN_SECONDS;
}

static void
on_socket(struct sandbox *s)
{
	struct hello h;
	pid_t pid;
	int fd;

	while (s->sock != -1 && (pid = hear(s->sock, &h, &fd)) != -1) {
		if (fd != -1 && h.what == HELLO_PTY && s->relay.terminal == NULL && s->control != -1)
			relay_open(&s->relay, &s->terminal, fd, s->control);
		else if (fd != -1 && (h.what != HELLO_INIT || s->control != -1))
			(void)close(fd);
		else if (fd != -1)
			s->control = fd;
		if (pid == 0) {
			(void)close(s->sock);
			s->sock = -1;
		} else if (h.what == HELLO_INIT && s->init == -1) {
			s->init = (int)syscall(SYS_pidfd_open, pid, 0);
		} else if (h.what == HELLO_READY && s->command == -1) {
			begin(s, pid);
		} else if (h.what == HELLO_ERROR) {
			s->exec_error = h.value;
		} else if (h.what == HELLO_MEMORY) {
			s->ended_for_memory += (unsigned long)h.value;
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
		if (s->plan->engine->detached)
			warnx("podman did not take its container away within %.0f seconds; the next "
			    "run will", CLEAN_SECONDS);
		(void)kill(s->engine, SIGKILL);
	} else if (!s->let_go) {
		cannot_serve(s, s->broker.ready != -1 ? &s->broker : &s->net);
	} else if (s->timed_out || s->stopped) {
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

/* Has it died while the command ran? Its end, or ours, comes first where it ended with the sandbox. */
static void
look_at(struct sandbox *s, struct service *which)
{
	if (!service_died(which))
		return;
	on_socket(s);
	if (s->let_go && !s->ended && s->sock != -1)
		s->lost = which;
}

static void
attend(struct sandbox *s, struct service *which, const struct pollfd pfd[static SERVICE_NFDS])
{
	if (pfd[0].revents != 0 && which->ready != -1)
		on_ready(s, which);
	if (pfd[1].revents != 0 && which->words != -1)
		service_listen(which);
	if (pfd[2].revents != 0 && which->log.in != -1)
		(void)decisions_read(&which->log);
}

/* Did any of the N have something? */
static bool
any(const struct pollfd pfd[], int n)
{
	for (; n > 0; n--)
		if (pfd[n - 1].revents != 0)
			return true;
	return false;
}

/*
 * Is the sandbox over, with *STATUS? podman starts the container and leaves; then it
 * is over with the container's monitor, which has cleaned up before: that became
 * our child (PR_SET_CHILD_SUBREAPER).
 */
static bool
over(struct sandbox *s, int *status)
{
	struct rusage ru;
	pid_t pid;

	*status = 0;
	if (s->words != -1)   /* of a command that joins a run there is none */
		return s->ended || s->sock == -1;
	pid = wait4(s->engine, status, WNOHANG, &ru);
	if (pid == -1 && errno == ECHILD)
		errx(WX_CHAIN, "the monitor of podman's container is not to be found");
	if (pid != s->engine)
		return false;
	s->largest = (uint64_t)ru.ru_maxrss << 10;   /* KiB; of all that it waited for, and these did */
	s->engine = -1;
	if (!s->plan->engine->detached || s->monitored)
		return true;
	if (*status == 0)
		s->engine = podman_monitor();
	else if (s->killed_by == 0)
		podman_said();
	s->monitored = true;
	return s->engine == -1 || over(s, status);
}

/* Until the engine is gone: its wait status. */
static int
supervise(struct sandbox *s)
{
	struct pollfd pfd[NPOLLED + RELAY_NFDS];
	int status, rc;
	bool relayed = false;

	/* A child's end is a signal: where only the relay has work there is none to look for. */
	while (relayed || !over(s, &status)) {
		if (!relayed) {
			look_at(s, &s->net);
			look_at(s, &s->broker);
		}
		pfd[0] = (struct pollfd){ .fd = s->signals, .events = POLLIN };
		pfd[1] = (struct pollfd){ .fd = s->sock, .events = POLLIN };
		pfd[2] = (struct pollfd){ .fd = s->door, .events = POLLIN };
		service_poll(&s->net, pfd + FIRST_SERVICE);
		service_poll(&s->broker, pfd + FIRST_SERVICE + SERVICE_NFDS);
		relay_poll(&s->relay, pfd + NPOLLED);
		rc = poll(pfd, NPOLLED + RELAY_NFDS, wait_ms(s));
		relayed = rc > 0 && !any(pfd, NPOLLED);
		if (rc == -1 && errno != EINTR)
			err(WX_CHAIN, "cannot wait for the sandbox");
		/* Not only where nothing else happens: output can come all the time. */
		if (rc == 0 || (s->deadline != 0 && sandbox_now() >= s->deadline))
			on_deadline(s);
		if (rc > 0 && pfd[1].revents != 0)
			on_socket(s);
		if (rc > 0 && pfd[2].revents != 0)
			door_answer(s);
		if (rc > 0) {
			attend(s, &s->net, pfd + FIRST_SERVICE);
			attend(s, &s->broker, pfd + FIRST_SERVICE + SERVICE_NFDS);
		}
		if (rc > 0)
			relay_carry(&s->relay, pfd + NPOLLED);
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
	podman_clean();
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

static struct outcome
run(struct sandbox *s, void (*meanwhile)(void *, struct mounts *late), void *arg)
{
	struct outcome o;
	bool typed;
	int status;

	begun = s;
	meanwhile(arg, &s->late);
	status = supervise(s);
	close_fd(&s->door);
	usage_end(&s->usage);
	/* A last word may have come with the end. */
	on_socket(s);
	typed = s->relay.interrupted;
	service_end(&s->net);
	service_end(&s->broker);
	publish_end();
	if (s->relay.terminal != NULL) {
		ending_processes(s);
		ending_show(s);
	}
	run_abandon();
	wipe_files(s);
	close_fd(&s->control);
	terminal_close(&s->terminal);
	decisions_end(&s->net.log);
	decisions_end(&s->broker.log);
	o.log = &s->net.log;
	o.status = ending_status(s, status);
	o.started = s->let_go;
	o.began = s->began;
	o.interrupted = (s->interrupted || typed) && s->ended && WIFSIGNALED(s->status) &&
	    WTERMSIG(s->status) == SIGINT;
	o.relayed = !s->interrupted;
	o.end = ending_facts(s, status);
	return o;
}

/* Of a sandbox that is to be, and its standard streams as the first process is to have them. */
static const char *
prepare(struct sandbox *s, char word[static TERMINAL_WORD])
{
	const char *pty;
	sigset_t set;

	signals_forwarded(&set);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (s->signals == -1 || prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		err(WX_CHAIN, "cannot watch signals");
	terminal_open(&s->terminal);
	pty = terminal_word(&s->terminal, word);
	s->front = pty != NULL && strchr(pty, STDIO_FRONT) != NULL;
	return pty;
}

/* run_abandon may need it later than the function that fills it. */
static struct sandbox sandbox;
static const struct sandbox nothing = { .relay = { .master = -1 }, .engine = -1, .init = -1, .command = -1,
	.sock = -1, .control = -1, .door = -1, .words = -1, .usage = { .events = -1, .peak = -1 },
	.net = SERVICE_NONE, .broker = SERVICE_NONE };

struct outcome
run_plan(const struct plan *p, struct secrets *env, struct secrets *files,
    void (*meanwhile)(void *, struct mounts *late), void *arg)
{
	struct sandbox *s = &sandbox;
	char word[TERMINAL_WORD];
	const char *pty;

	*s = nothing;
	s->plan = p;
	s->secrets = env;
	s->files = files;
	pty = prepare(s, word);
	s->engine = launch(p, files, run_ignored, pty, &s->sock);
	return run(s, meanwhile, arg);
}

static void
nothing_meanwhile(void *arg, struct mounts *late)
{
	(void)arg;
	(void)late;
}

struct outcome
run_joined(const struct plan *p, int sock, int words)
{
	struct sandbox *s = &sandbox;
	char word[TERMINAL_WORD];
	const char *pty;

	*s = nothing;
	s->plan = p;
	s->sock = sock;
	s->words = words;
	pty = prepare(s, word);
	launch_streams(sock, pty);
	if (!join_command(p, sock, words, run_ignored, pty == NULL ? "sent" : pty))
		sandbox_kill(s);
	return run(s, nothing_meanwhile, NULL);
}
