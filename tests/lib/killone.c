/* SPDX-License-Identifier: MIT */
/*
 * killone [-c FILE] N CMD...
 *
 * Run CMD and end it by SIGKILL at the entry of its N-th system call from its exec on,
 * which is then not made. Only the one process: its children are not counted, not held,
 * not killed. 0: it was killed. 99: it was done before; FILE then has the number of
 * its calls. N of 0 kills nothing.
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

static pid_t
start(char *argv[])
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC;
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

int
main(int argc, char *argv[])
{
	const char *file = NULL;
	long calls = 0;
	bool killed;
	FILE *fp;
	int ch;

	while ((ch = getopt(argc, argv, "+c:")) != -1)
		if (ch == 'c')
			file = optarg;
	if (argc - optind < 2)
		errx(OWN_FAILURE, "usage: killone [-c file] n command ...");
	killed = trace(start(argv + optind + 1), strtol(argv[optind], NULL, 10), &calls);
	if (file != NULL && ((fp = fopen(file, "w")) == NULL || fprintf(fp, "%ld\n", calls) < 0 ||
	    fclose(fp) == EOF))
		err(OWN_FAILURE, "cannot write '%s'", file);
	return killed ? 0 : COMPLETED;
}
