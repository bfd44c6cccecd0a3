/* SPDX-License-Identifier: MIT */
/*
 * killat [-w] [-c FILE] N CMD...
 *
 * Run CMD and end it, and every process that came of it, by SIGKILL at the entry of its
 * N-th system call, which is then not made. Calls are counted from its exec on, those
 * of its children with them. With -w those are not counted that only look: they change nothing
 * that a process leaves behind, so to be killed before one of them is to be killed after the
 * call that was before it. 0: it was killed. 99: it was done before; then FILE has
 * the number of its calls. 98: it was done, and failed. N of 0 kills nothing.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#define OWN_FAILURE 125
#define FAILED      98
#define COMPLETED   99
#define PIDS_MAX    1024

static struct {
	pid_t pid;
	bool fresh; /* its first SIGSTOP is of ptrace's making */
} seen[PIDS_MAX];
static size_t seen_len;

static size_t
find(pid_t pid)
{
	size_t i;

	for (i = 0; i < seen_len && seen[i].pid != pid; i++)
		;
	if (i == PIDS_MAX)
		errx(OWN_FAILURE, "too many processes");
	if (i == seen_len) {
		seen[i].pid = pid;
		seen[i].fresh = true;
		seen_len++;
	}
	return i;
}

static void
forget(pid_t pid)
{
	seen[find(pid)] = seen[seen_len - 1];
	seen_len--;
}

static void
kill_all(void)
{
	pid_t pid;
	int status;
	size_t i;

	for (i = 0; i < seen_len; i++)
		(void)kill(seen[i].pid, SIGKILL);
	/* One that was just born is stopped, and seen here first. */
	while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR)
		if (pid != -1 && WIFSTOPPED(status))
			(void)kill(pid, SIGKILL);
}

static bool changing; /* -w */

/* Calls that look at something, or change but the process itself. What is not here counts. */
static const long looks[] = {
	SYS_brk, SYS_clock_gettime, SYS_close, SYS_dup, SYS_dup3, SYS_epoll_create1,
	SYS_epoll_ctl, SYS_faccessat, SYS_faccessat2, SYS_fadvise64, SYS_fcntl, SYS_fstat,
	SYS_fstatfs, SYS_futex, SYS_getcwd, SYS_getdents64, SYS_getegid, SYS_geteuid,
	SYS_getgid, SYS_getpeername, SYS_getpid, SYS_getppid, SYS_getrandom, SYS_getrlimit,
	SYS_getsockname, SYS_getsockopt, SYS_gettid, SYS_getuid, SYS_ioctl, SYS_lseek,
	SYS_madvise, SYS_mmap, SYS_mprotect, SYS_mremap, SYS_munmap, SYS_newfstatat, SYS_ppoll,
	SYS_prctl, SYS_pread64, SYS_prlimit64, SYS_read, SYS_readlinkat, SYS_recvfrom,
	SYS_rseq, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_set_robust_list,
	SYS_set_tid_address, SYS_setsockopt, SYS_sigaltstack, SYS_socket, SYS_statfs,
	SYS_statx, SYS_sysinfo, SYS_umask, SYS_uname, SYS_wait4,
#ifdef SYS_open   /* those that newer architectures have not */
	SYS_access, SYS_arch_prctl, SYS_dup2, SYS_getpgrp, SYS_lstat, SYS_poll, SYS_readlink,
	SYS_select, SYS_stat,
#endif
};

static bool
only_looks(const struct ptrace_syscall_info *info)
{
	size_t i;

	if (info->entry.nr == SYS_openat)
		return (info->entry.args[2] & (O_CREAT | O_TRUNC)) == 0;
#ifdef SYS_open
	if (info->entry.nr == SYS_open)
		return (info->entry.args[1] & (O_CREAT | O_TRUNC)) == 0;
#endif
	for (i = 0; i < sizeof(looks) / sizeof(*looks); i++)
		if ((long)info->entry.nr == looks[i])
			return true;
	return false;
}

static bool
is_entry(pid_t pid)
{
	struct ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	    info.op == PTRACE_SYSCALL_INFO_ENTRY && !(changing && only_looks(&info));
}

/* The signal to go on with after the stop STATUS of PID; *CALL: it was the entry of a call. */
static int
signal_of(pid_t pid, int status, bool *call, bool *began)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	size_t i = find(pid);

	*call = false;
	if (sig == (SIGTRAP | 0x80)) {
		*call = *began && is_entry(pid);
		return 0;
	}
	if (event == PTRACE_EVENT_EXEC)
		*began = true;
	if (event != 0)
		return 0;
	if (sig == SIGSTOP && seen[i].fresh) {
		seen[i].fresh = false;
		return 0;
	}
	return sig;
}

/* Until it is killed, or all are done: the wait status of FIRST. */
static int
trace(pid_t first, long n, long *calls)
{
	int status, result = 0, sig;
	bool call, began = false;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) != -1 || errno == EINTR) {
		if (pid == -1)
			continue;
		if (!WIFSTOPPED(status)) {
			forget(pid);
			if (pid == first)
				result = status;
			continue;
		}
		sig = signal_of(pid, status, &call, &began);
		if (call && ++*calls == n) {
			kill_all();
			exit(0);
		}
		(void)ptrace(PTRACE_SYSCALL, pid, NULL, sig);
	}
	return result;
}

static pid_t
start(char *argv[])
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
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
	seen[find(pid)].fresh = false;
	(void)ptrace(PTRACE_SYSCALL, pid, NULL, 0);
	return pid;
}

int
main(int argc, char *argv[])
{
	const char *file = NULL;
	long calls = 0;
	int ch, status;
	FILE *fp;

	while ((ch = getopt(argc, argv, "+c:w")) != -1)
		if (ch == 'c')
			file = optarg;
		else
			changing = true;
	if (argc - optind < 2)
		errx(OWN_FAILURE, "usage: killat [-w] [-c file] n command ...");
	status = trace(start(argv + optind + 1), strtol(argv[optind], NULL, 10), &calls);
	if (file != NULL && ((fp = fopen(file, "w")) == NULL || fprintf(fp, "%ld\n", calls) < 0 || fclose(fp) == EOF))
		err(OWN_FAILURE, "cannot write '%s'", file);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return COMPLETED;
	warnx("'%s' failed: wait status %#x", argv[optind + 1], (unsigned)status);
	return FAILED;
}
