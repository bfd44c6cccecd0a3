/* SPDX-License-Identifier: MIT */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <stddef.h>

#include "libcommon/confine.h"
#include "publish.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#if defined(ARCH) && !defined(__SANITIZE_ADDRESS__)
#define ALLOW(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))

/*
 * Here what is allowed can be listed: nothing is called but libc, and of that little. A connection of the host's could be
 * taken down and led elsewhere by connect(2), and the same by sendto(2) with MSG_FASTOPEN: the one is for the sockets of
 * the namespace alone, the other not there. No other descriptor gets the number of one of those: none is closed, and
 * there is no dup(2), fcntl(2) or recvmsg(2).
 */
static void
filter_calls(unsigned first, unsigned end)
{
	struct sock_filter filter[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_ppoll), ALLOW(SYS_accept4), ALLOW(SYS_shutdown),
		ALLOW(SYS_getsockopt), ALLOW(SYS_setsockopt), ALLOW(SYS_getsockname), ALLOW(SYS_clock_gettime),
		ALLOW(SYS_rt_sigreturn), ALLOW(SYS_restart_syscall), ALLOW(SYS_exit_group),
#ifdef SYS_poll
		ALLOW(SYS_poll),
#endif
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 0, 5),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		REFUSE,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close, 0, 3),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, end, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		REFUSE,
	};
	struct sock_fprog prog = { sizeof(filter) / sizeof(*filter), filter };

	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
#else
static void
filter_calls(unsigned first, unsigned end)
{
	(void)first;
	(void)end;
}
#endif

void
publish_confine(int first, int end)
{
	wx_confine(-1);
	filter_calls((unsigned)first, (unsigned)end);
}
