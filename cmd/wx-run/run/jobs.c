/* SPDX-License-Identifier: MIT */
#include "jobs.h"

#include <sys/signalfd.h>

#include <signal.h>
#include <unistd.h>

#include "state/state.h"

bool
jobs_stop_ourselves(pid_t whom, int sig)
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
		sandbox_signal_group(s, SIGCONT);
}

/* Did ^Z come, for our process group? A shell then sees who else is in that stop. */
static bool
stop_comes(const struct sandbox *s)
{
	sigset_t pending;

	return s->stop_asked || (sigpending(&pending) == 0 && sigismember(&pending, SIGTSTP) == 1);
}

void
jobs_on_stop(struct sandbox *s, int sig)
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
	if (sig == SIGSTOP ? jobs_stop_ourselves(getpid(), SIGTSTP) : jobs_stop_ourselves(0, sig))
		return;
	/* Nobody will ever give it the terminal: as the kernel does to such a group. Where it goes on all the
	 * same and asks again, it is told that there is none. */
	if (wants) {
		relay_hang_up(&s->relay);
		sandbox_signal_group(s, SIGHUP);
	}
	resume(s);
}

/* Its end is ours: as at the time limit. */
static bool
orphaned(struct sandbox *s)
{
	if (run_supervisor == 0 || getppid() == run_supervisor || s->timed_out)
		return false;
	s->timed_out = true;
	s->deadline = sandbox_now() + GRACE_SECONDS;
	return true;
}

/* wx-run --stop: as SIGTERM, but that the end comes in any case. */
static void
stop(struct sandbox *s)
{
	if (s->stopped)
		return;
	s->stopped = true;
	if (!s->timed_out)
		s->deadline = sandbox_now() + STOP_SECONDS;
	(void)sandbox_signal(s, SIGTERM);
	sandbox_signal_group(s, SIGCONT);
}

/* Before the command runs a signal is for us. */
static void
on_early_signal(struct sandbox *s, int sig)
{
	if (sig == SIGTSTP) {
		(void)jobs_stop_ourselves(getpid(), SIGTSTP);
	} else if (sig != SIGWINCH) {
		s->killed_by = sig;
		sandbox_kill(s);
	}
}

void
jobs_on_signal(struct sandbox *s)
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
	} else if (s->let_go && sig == SIGTERM && si.ssi_code == SI_QUEUE && si.ssi_int == LIVE_STOP) {
		stop(s);
	} else if (run_ignored >> sig & 1) { /* NOLINT(bugprone-branch-clone) */
		return;
	} else if (!s->let_go) {
		on_early_signal(s, sig);
	} else if (sig == SIGTERM && orphaned(s)) {
		(void)sandbox_signal(s, SIGTERM);
		sandbox_signal_group(s, SIGCONT);
	} else if (sig == SIGWINCH && relay_resize(&s->relay)) {
		return;
	} else if (si.ssi_code == SI_KERNEL || sig == SIGTSTP || sig == SIGWINCH) {
		s->interrupted |= sig == SIGINT;
		s->stop_asked |= sig == SIGTSTP;
		if (!relay_signal(&s->relay, sig))
			sandbox_signal_group(s, sig);
	} else {
		(void)sandbox_signal(s, sig);
	}
}
