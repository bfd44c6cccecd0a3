/* SPDX-License-Identifier: MIT */
#include "libcommon/confine.h"

#ifdef __linux__
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
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

/* What libc's resolver, TLS and the loader of their plug-ins read. */
static const char *const client_reads[] = {
	"/etc", "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/run/systemd/resolve", "/run/resolvconf", "/run/nscd",
	"/var/lib/ca-certificates", "/run/NetworkManager/resolv.conf", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu",
};

/* All that this kernel can deny; 0: nothing. */
static uint64_t
all_access(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 1)
		return 0;
	/* REFER, a move between folders, is denied by every ruleset that does not name it. */
	return ACCESS_1 | (abi >= 2 ? REFER : 0) | (abi >= 3 ? TRUNCATE : 0);
}

/* Rules that deny all, or -1. */
static int
new_rules(void)
{
	struct landlock_ruleset_attr all = { .handled_access_fs = all_access() };

	return all.handled_access_fs == 0 ? -1 : (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
}

static bool
allow_beneath(int set, int dir, uint64_t access)
{
	struct landlock_path_beneath_attr beneath = { .parent_fd = dir, .allowed_access = access };

	return syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
}

static void
confine_files(int dir)
{
	int set = new_rules();

	if (set == -1)
		return;
	if (dir == -1 || allow_beneath(set, dir, all_access()))
		(void)syscall(SYS_landlock_restrict_self, set, 0);
	(void)close(set);
}

static void
allow_reading(int set, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return;
	/* A file takes no right of a folder. */
	if (!allow_beneath(set, fd, LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
		(void)allow_beneath(set, fd, LANDLOCK_ACCESS_FS_READ_FILE);
	(void)close(fd);
}

static void
confine_reading(const char *also)
{
	int set = new_rules();
	size_t i;

	if (set == -1)
		return;
	for (i = 0; i < sizeof(client_reads) / sizeof(*client_reads); i++)
		allow_reading(set, client_reads[i]);
	if (also != NULL)
		allow_reading(set, also);
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
confine_calls(bool sockets)
{
	struct sock_filter filter[] = {
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
		/* A number that no call has stands for none. */
		DENY(sockets ? UINT32_MAX : SYS_socket),
		DENY(SYS_io_uring_setup),
		DENY(SYS_bpf),
		DENY(SYS_keyctl),
		DENY(SYS_add_key),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(filter) / sizeof(filter[0]), filter };

	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

#define ALLOW(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* send(2) with MSG_FASTOPEN connects, by no name that a filter of connect(2) has: a listener, once it was shut down, to any address. */
#define ALLOW_SEND(nr, flags) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 4), \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[flags])), \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, MSG_FASTOPEN, 1, 0), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */)

/*
 * Here what is allowed can be listed: nothing is called but libc, and of that little. Not in it: connect, bind, listen, kill,
 * fork, open; all else fails with EPERM.
 */
static void
confine_parser_calls(bool pairs)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_read), ALLOW(SYS_write), ALLOW(SYS_readv), ALLOW(SYS_writev), ALLOW(SYS_recvfrom), ALLOW(SYS_recvmsg),
		ALLOW_SEND(SYS_sendto, 3), ALLOW_SEND(SYS_sendmsg, 2),
		ALLOW(SYS_ppoll), ALLOW(SYS_accept), ALLOW(SYS_accept4), ALLOW(SYS_splice), ALLOW(SYS_pipe2),
		ALLOW(pairs ? SYS_socketpair : UINT32_MAX),
		ALLOW(SYS_close), ALLOW(SYS_shutdown), ALLOW(SYS_getsockopt), ALLOW(SYS_setsockopt), ALLOW(SYS_getsockname),
		ALLOW(SYS_fcntl), ALLOW(SYS_brk), ALLOW(SYS_mmap), ALLOW(SYS_munmap), ALLOW(SYS_mremap), ALLOW(SYS_madvise),
		ALLOW(SYS_clock_gettime), ALLOW(SYS_gettimeofday), ALLOW(SYS_getrandom), ALLOW(SYS_futex), ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_rt_sigprocmask), ALLOW(SYS_restart_syscall), ALLOW(SYS_exit), ALLOW(SYS_exit_group), ALLOW(SYS_mprotect),
		ALLOW(SYS_nanosleep), ALLOW(SYS_clock_nanosleep),
#ifdef SYS_poll
		ALLOW(SYS_poll),
#endif
#ifdef SYS_time
		ALLOW(SYS_time),
#endif
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */),
	};
	struct sock_fprog prog = { sizeof(filter) / sizeof(filter[0]), filter };

#ifdef __SANITIZE_ADDRESS__
	/* Its runtime makes calls of its own. */
	return;
#endif
	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
#else
static void
confine_calls(bool sockets)
{
	(void)sockets;
}

static void
confine_parser_calls(bool pairs)
{
	(void)pairs;
}
#endif

void
wx_confine(int dir)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	confine_files(dir);
	confine_calls(false);
}

void
wx_confine_client(const char *also)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	confine_reading(also);
	confine_calls(true);
}

void
wx_confine_parser(bool pairs)
{
	wx_confine(-1);
	confine_parser_calls(pairs);
}
#else
void
wx_confine(int dir)
{
	(void)dir;
}

void
wx_confine_client(const char *also)
{
	(void)also;
}

void
wx_confine_parser(bool pairs)
{
	(void)pairs;
}
#endif
