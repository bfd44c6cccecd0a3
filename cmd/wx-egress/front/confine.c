/* SPDX-License-Identifier: MIT */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <stddef.h>

#include "conn.h"
#include "libcommon/confine.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#if defined(ARCH) && !defined(__SANITIZE_ADDRESS__)
#define ALLOW(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/*
 * Here what is allowed can be listed: nothing is called but libc, and of that little. Not in it: connect, bind, listen,
 * socketpair, kill, fork, open; all else fails with EPERM.
 */
static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_readv), ALLOW(SYS_writev), ALLOW(SYS_recvfrom), ALLOW(SYS_recvmsg),
	ALLOW(SYS_sendto), ALLOW(SYS_sendmsg), ALLOW(SYS_ppoll), ALLOW(SYS_accept4), ALLOW(SYS_splice), ALLOW(SYS_pipe2),
	ALLOW(SYS_close), ALLOW(SYS_shutdown), ALLOW(SYS_getsockopt), ALLOW(SYS_setsockopt), ALLOW(SYS_getsockname),
	ALLOW(SYS_fcntl), ALLOW(SYS_brk), ALLOW(SYS_mmap), ALLOW(SYS_munmap), ALLOW(SYS_mremap), ALLOW(SYS_madvise),
	ALLOW(SYS_clock_gettime), ALLOW(SYS_gettimeofday), ALLOW(SYS_getrandom), ALLOW(SYS_futex), ALLOW(SYS_rt_sigreturn),
	ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_restart_syscall), ALLOW(SYS_exit), ALLOW(SYS_exit_group), ALLOW(SYS_mprotect),
#ifdef SYS_poll
	ALLOW(SYS_poll),
#endif
#ifdef SYS_time
	ALLOW(SYS_time),
#endif
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */),
};

static void
filter_calls(void)
{
	struct sock_fprog prog = { sizeof(filter) / sizeof(*filter), filter };

	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
#else
static void
filter_calls(void)
{
}
#endif

void
front_confine(void)
{
	wx_confine(-1);
	filter_calls();
}
