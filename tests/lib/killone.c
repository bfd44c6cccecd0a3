/* SPDX-License-Identifier: MIT */
/*
 * killone [-c FILE] [-p K] N CMD...
 *
 * Run CMD and end it by SIGKILL at the entry of its N-th system call from its exec on,
 * which is then not made. Only the one process: its children are not counted, not held,
 * not killed. -p: the K-th process that comes of it is counted, from its first call on, and
 * killed, where CMD is the first; the others go on, and this waits until all have ended.
 * 0: it was killed. 99: it was done before; FILE then has the number of its calls, 0 where
 * there was no K-th process. N of 0 kills nothing.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#define OWN_FAILURE 125
#define COMPLETED   99
#define PIDS_MAX    4096

static pid_t
start(char *argv[], long follow)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | follow;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0)
			(void)execvp(argv[0], argv);
		warn("cannot run '%s'", argv[0]);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, options) == -1)
		err(OWN_FAILURE, "cannot trace");
	(void)ptrace(PTRACE_SYSCALL, pid, NULL, 0);
	return pid;
}

static bool
is_entry(pid_t pid)
{
	struct ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	    info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* Until it is done, or killed at its Nth call: true. */
static bool
trace(pid_t pid, long n, long *calls)
{
	bool began = false;
	int status, sig;

	for (;;) {
		if (waitpid(pid, &status, 0) == -1) {
			if (errno == EINTR)
				continue;
			err(OWN_FAILURE, "cannot wait");
		}
		if (!WIFSTOPPED(status))
			return false;
		sig = WSTOPSIG(status);
		if (sig == (SIGTRAP | 0x80)) {
			sig = 0;
			if (began && is_entry(pid) && ++*calls == n) {
				(void)kill(pid, SIGKILL);
				(void)waitpid(pid, &status, 0);
				return true;
			}
		} else if (status >> 16 == PTRACE_EVENT_EXEC) {
			began = true;
			sig = 0;
		}
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, sig);
	}
}

/* Births in their order; the first is CMD. */
static pid_t born[PIDS_MAX];
static size_t born_len;

/* Which birth PID is: one that stops is there, or is new. */
static size_t
birth(pid_t pid)
{
	size_t i;

	for (i = 0; i < born_len && born[i] != pid; i++)
		;
	if (i == PIDS_MAX)
		errx(OWN_FAILURE, "too many processes");
	if (i == born_len)
		born[born_len++] = pid;
	return i;
}

/* The signal that a process that stopped so is to have. */
static int
signal_of(int status, bool first)
{
	int sig = WSTOPSIG(status);

	/* Stops of ptrace's own making: events, system calls, and the first of a process. */
	return status >> 16 != 0 || sig == (SIGTRAP | 0x80) || (first && sig == SIGSTOP) ? 0 : sig;
}

/* Until all are done; true: the Kth was killed at its Nth call. */
static bool
trace_kth(size_t k, long n, long *calls)
{
	bool killed = false, first;
	size_t who, known;
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR) {
		if (pid == -1 || !WIFSTOPPED(status))
			continue;
		known = born_len;
		who = birth(pid);
		first = born_len > known;
		if (who + 1 == k && WSTOPSIG(status) == (SIGTRAP | 0x80) && is_entry(pid) && ++*calls == n) {
			killed = kill(pid, SIGKILL) == 0;
			continue;
		}
		(void)ptrace(who + 1 == k ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, signal_of(status, first));
	}
	return killed;
}

int
main(int argc, char *argv[])
{
	const char *file = NULL;
	long n, calls = 0, k = 0;
	bool killed;
	FILE *fp;
	int ch;

	while ((ch = getopt(argc, argv, "+c:p:")) != -1)
		if (ch == 'c')
			file = optarg;
		else if (ch == 'p')
			k = strtol(optarg, NULL, 10);
	if (argc - optind < 2 || k < 0)
		errx(OWN_FAILURE, "usage: killone [-c file] [-p k] n command ...");
	n = strtol(argv[optind], NULL, 10);
	if (k == 0) {
		killed = trace(start(argv + optind + 1, 0), n, &calls);
	} else {
		(void)birth(start(argv + optind + 1, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE));
		killed = trace_kth((size_t)k, n, &calls);
	}
	if (file != NULL && ((fp = fopen(file, "w")) == NULL || fprintf(fp, "%ld\n", calls) < 0 ||
	    fclose(fp) == EOF))
		err(OWN_FAILURE, "cannot write '%s'", file);
	return killed ? 0 : COMPLETED;
}
