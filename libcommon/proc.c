/* SPDX-License-Identifier: MIT */
#include "libcommon/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void
wx_proc_exec(const char *file, char *const argv[], char *const envp[])
{
#ifdef __linux__
	(void)execvpe(file, argv, envp);
#else
	const char *path = getenv("PATH"), *end;
	char full[PATH_MAX];
	int n, why = ENOENT;

	if (strchr(file, '/') != NULL || path == NULL) {
		(void)execve(file, argv, envp);
		return;
	}
	for (;; path = end + 1) {
		end = path + strcspn(path, ":");
		n = snprintf(full, sizeof(full), "%.*s%s%s", (int)(end - path), path,
		    end == path ? "" : "/", file);
		if (n > 0 && (size_t)n < sizeof(full))
			(void)execve(full, argv, envp);
		if (errno != ENOENT && errno != ENOTDIR)
			why = errno;
		if (*end == '\0')
			break;
	}
	errno = why;
#endif
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

void
wx_wipe(void *p, size_t len)
{
	volatile unsigned char *v = p;

	while (len-- > 0)
		*v++ = 0;
}
