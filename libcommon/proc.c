/* SPDX-License-Identifier: MIT */
#include "libcommon/proc.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 4096 /* of a script without an interpreter of its own */
#define ASK_STEP 200 /* ms, where an end can only be asked for */

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>

/*
 * The call and not libc's wrapper: musl has none, and kernels before 5.9 lack
 * it, and before 5.11 the flag (close_range(2)).
 */
static int
cloexec_from(int low)
{
	int fd, max;

#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)low, ~0U, 4U) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return -1;
#endif
	max = (int)sysconf(_SC_OPEN_MAX);
	for (fd = low; fd < max; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

static bool
close_range_from(int low)
{
#ifdef SYS_close_range
	return syscall(SYS_close_range, (unsigned)low, ~0U, 0U) == 0;
#else
	(void)low;
	return false;
#endif
}

int
wx_proc_self_fd(void)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, getpid(), 0);   /* close-on-exec (pidfd_open(2)) */
#else
	return -1;
#endif
}

int
wx_proc_fd(pid_t pid)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, pid, 0);
#else
	(void)pid;
	errno = ENOSYS;
	return -1;
#endif
}

int
wx_proc_signal(int fd, pid_t pid, int sig, int value)
{
#ifdef SYS_pidfd_send_signal
	siginfo_t info = { .si_signo = sig, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	if (fd != -1)
		return (int)syscall(SYS_pidfd_send_signal, fd, sig, &info, 0);
#endif
	return sigqueue(pid, sig, (union sigval){ .sival_int = value });
}

static int
undumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int
undumpable_until_exec(void)
{
	return undumpable();
}
#else
#include <sys/resource.h>

static int
cloexec_from(int low)
{
	int fd, max = (int)sysconf(_SC_OPEN_MAX);

	for (fd = low; fd < max; fd++)
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

/* The limit is inherited by what is exec'd; elsewhere there is nothing finer. */
static int
undumpable(void)
{
	struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none);
}

static int
undumpable_until_exec(void)
{
	return 0;
}

static bool
close_range_from(int low)
{
	(void)low;
	return false;
}

int
wx_proc_self_fd(void)
{
	return -1;
}

int
wx_proc_fd(pid_t pid)
{
	(void)pid;
	errno = ENOSYS;
	return -1;
}

int
wx_proc_signal(int fd, pid_t pid, int sig, int value)
{
	(void)fd;
	(void)value;
	return kill(pid, sig);
}
#endif

static int
open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd != -1 && fd <= STDERR_FILENO && fcntl(fd, F_SETFD, 0) == 0);
	if (fd == -1)
		return -1;
	(void)close(fd);
	return 0;
}

int
wx_proc_harden(void)
{
	if (open_standard() == -1)
		return -1;
	if (cloexec_from(STDERR_FILENO + 1) == -1)
		return -1;
	return undumpable();
}

int
wx_proc_harden_chain(void)
{
	return open_standard() == -1 ? -1 : undumpable_until_exec();
}

/* What the kernel does not know is a script of the shell's (execvp(3); musl has it not). */
static void
exec_file(const char *file, char *const argv[], char *const envp[])
{
	/* No memory is asked for: a limit of it may be in force. */
	char *words[WORDS_MAX];
	size_t n;

	(void)execve(file, argv, envp);
	if (errno != ENOEXEC || argv[0] == NULL)
		return;
	words[0] = (char *)(uintptr_t)"/bin/sh";
	words[1] = (char *)(uintptr_t)file;
	for (n = 1; argv[n] != NULL; n++) {
		if (n + 2 == WORDS_MAX) {
			errno = E2BIG;
			return;
		}
		words[n + 1] = argv[n];
	}
	words[n + 1] = NULL;
	(void)execve(words[0], words, envp);
}

void
wx_proc_exec(const char *file, char *const argv[], char *const envp[])
{
	const char *path = getenv("PATH"), *end;
	char full[PATH_MAX];
	int n, why = ENOENT;

	if (path == NULL)
		path = "/bin:/usr/bin";
	if (strchr(file, '/') != NULL) {
		exec_file(file, argv, envp);
		return;
	}
	for (;; path = end + 1) {
		end = path + strcspn(path, ":");
		n = snprintf(full, sizeof(full), "%.*s%s%s", (int)(end - path), path,
		    end == path ? "" : "/", file);
		errno = ENAMETOOLONG;
		if (*file != '\0' && n > 0 && (size_t)n < sizeof(full))
			exec_file(full, argv, envp);
		else if (*file == '\0')
			errno = ENOENT;
		/* Of one that may not be run the reason counts, if none comes after it. */
		if (errno == EACCES)
			why = errno;
		else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
			return;
		if (*end == '\0')
			break;
	}
	errno = why;
}

void
wx_proc_close_from(int low)
{
	int fd, max;

	if (close_range_from(low))
		return;
	max = (int)sysconf(_SC_OPEN_MAX);
	for (fd = low; fd < max; fd++)
		(void)close(fd);
}

void
wx_proc_keep(const int keep[], size_t n)
{
	int fd, most = STDERR_FILENO;
	size_t i;

	for (i = 0; i < n; i++)
		most = keep[i] > most ? keep[i] : most;
	for (fd = STDERR_FILENO + 1; fd < most; fd++) {
		for (i = 0; i < n && keep[i] != fd; i++)
			;
		if (i == n)
			(void)close(fd);
	}
	wx_proc_close_from(most + 1);
}

void
wx_proc_await(int fd, pid_t pid)
{
	const struct timespec step = { 0, ASK_STEP * 1000000L };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd == -1)
		while (kill(pid, 0) == 0 || errno == EPERM)
			(void)nanosleep(&step, NULL);
	else
		while (poll(&p, 1, -1) == -1 && errno == EINTR)
			;
}

void
wx_proc_die_with_parent(int sig)
{
#ifdef __linux__
	(void)prctl(PR_SET_PDEATHSIG, sig);
#else
	(void)sig;
#endif
}

bool
wx_proc_alongside(pid_t pid)
{
	bool there = pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
#ifdef __linux__
	struct stat ours, its;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%ld/ns/pid", (long)pid);
	/* Whose namespace we may not see is no sandbox of ours. */
	if (there && stat("/proc/self/ns/pid", &ours) == 0 && stat(path, &its) == 0)
		return ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
#endif
	return there;
}

unsigned long long
wx_proc_pid_namespace(void)
{
#ifdef __linux__
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) == 0)
		return (unsigned long long)st.st_ino;
#endif
	return 0;
}

bool
wx_proc_peer_is_own(int fd)
{
	uid_t uid;
#ifdef __linux__
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == -1)
		return false;
	uid = who.uid;
#else
	gid_t gid;

	if (getpeereid(fd, &uid, &gid) == -1)
		return false;
#endif
	return uid == 0 || uid == geteuid();
}

char *
wx_proc_program(void)
{
#ifdef __linux__
	return realpath("/proc/self/exe", NULL);
#else
	return NULL;
#endif
}

void
wx_wipe(void *p, size_t len)
{
	volatile unsigned char *v = p;

	while (len-- > 0)
		*v++ = 0;
}
