/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <sys/prctl.h>

#include <err.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "sandbox.h"

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

void
signals_forwarded(sigset_t *set)
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

	signals_forwarded(&set);
	/* What else our caller blocked, by mistake, is not: SIGTTIN and the like. */
	(void)sigprocmask(SIG_SETMASK, &set, NULL);
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
