/* SPDX-License-Identifier: MIT */
#include "libcommon/confine.h"

#ifdef __linux__
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* Of the first version of Landlock; later ones know REFER (13) and TRUNCATE (14). */
#define ACCESS_1 ((UINT64_C(1) << 13) - 1)
#define REFER    (UINT64_C(1) << 13)
#define TRUNCATE (UINT64_C(1) << 14)

static void
confine_files(int dir)
{
	struct landlock_ruleset_attr all = { .handled_access_fs = ACCESS_1 };
	struct landlock_path_beneath_attr beneath = { .parent_fd = dir };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int set;

	if (abi < 1)
		return;
	/* REFER, a move between folders, is denied by every ruleset that does not name it. */
	if (abi >= 2)
		all.handled_access_fs |= REFER;
	if (abi >= 3)
		all.handled_access_fs |= TRUNCATE;
	set = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (set == -1)
		return;
	beneath.allowed_access = all.handled_access_fs;
	if (dir == -1 || syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0)
		(void)syscall(SYS_landlock_restrict_self, set, 0);
	(void)close(set);
}

#ifdef ARCH
#define DENY(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */)

/*
 * A list of what is denied and not of what is allowed: the libraries' next version
 * makes calls that this one does not.
 */
static void
confine_calls(void)
{
	static struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef __x86_64__
		/* The x32 numbers of the same calls. */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
#endif
		DENY(SYS_execve),
		DENY(SYS_execveat),
		DENY(SYS_ptrace),
		DENY(SYS_process_vm_readv),
		DENY(SYS_process_vm_writev),
		DENY(SYS_socket),
		DENY(SYS_io_uring_setup),
		DENY(SYS_bpf),
		DENY(SYS_keyctl),
		DENY(SYS_add_key),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(filter) / sizeof(filter[0]), filter };

	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
#else
static void
confine_calls(void)
{
}
#endif

void
wx_confine(int dir)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	confine_files(dir);
	confine_calls();
}
#else
void
wx_confine(int dir)
{
	(void)dir;
}
#endif
