/* SPDX-License-Identifier: MIT */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <unistd.h>

#include "dial.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* Landlock's interface as of its ABI 6 (Linux 6.12): the kernel's header of Debian 12 ends at ABI 2. */
#define LL_READ_FILE  (UINT64_C(1) << 2)
#define LL_READ_DIR   (UINT64_C(1) << 3)
#define LL_FS_ABI1    ((UINT64_C(1) << 13) - 1)
#define LL_REFER      (UINT64_C(1) << 13) /* ABI 2 */
#define LL_TRUNCATE   (UINT64_C(1) << 14) /* ABI 3 */
#define LL_IOCTL_DEV  (UINT64_C(1) << 15) /* ABI 5 */
#define LL_BIND       (UINT64_C(1) << 0)  /* ABI 4 */
#define LL_ABSTRACT   (UINT64_C(1) << 0)  /* ABI 6: abstract sockets */
#define LL_SIGNAL     (UINT64_C(1) << 1)  /* ABI 6 */
#define LL_RULE_PATH  1

struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_rule {
	uint64_t allowed;
	int32_t  parent;
} __attribute__((packed));

/* What the resolver of libc reads, and the loader of its modules. */
static const char *const readable[] = {
	"/etc", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/lib", "/lib64", "/nix/store", "/run/current-system", "/run/systemd/resolve",
	"/run/resolvconf", "/run/NetworkManager", "/run/connman", "/run/nscd", "/var/run/nscd", "/dev/null", "/dev/urandom",
};

static void
rule(int rules, int parent, uint64_t allowed)
{
	struct path_rule r = { .allowed = allowed, .parent = parent };

	if (syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH, &r, 0) == -1 && errno == EINVAL) {
		/* A file takes no right of a directory. */
		r.allowed &= LL_READ_FILE;
		(void)syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH, &r, 0);
	}
}

static void
allow_path(int rules, const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return;
	rule(rules, fd, LL_READ_FILE | LL_READ_DIR);
	(void)close(fd);
}

/* The supervisor is to be able to signal the front, which was there before: that is how PR_SET_PDEATHSIG ends it. */
static void
landlock(int control, bool dialer)
{
	struct ruleset all = { .fs = LL_FS_ABI1 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	char real[PATH_MAX];
	size_t i, size = sizeof(all.fs);
	int rules;

	if (abi < 1)
		return;
	all.fs |= abi >= 2 ? LL_REFER : 0;
	all.fs |= abi >= 3 ? LL_TRUNCATE : 0;
	all.fs |= abi >= 5 ? LL_IOCTL_DEV : 0;
	if (abi >= 4) {
		all.net = LL_BIND;
		size += sizeof(all.net);
	}
	if (abi >= 6) {
		all.scoped = LL_ABSTRACT | (dialer ? LL_SIGNAL : 0);
		size += sizeof(all.scoped);
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (rules == -1)
		return;
	for (i = 0; i < sizeof(readable) / sizeof(*readable); i++)
		allow_path(rules, readable[i]);
	if (realpath("/etc/resolv.conf", real) != NULL)
		allow_path(rules, real);
	if (control != -1)
		rule(rules, control, LL_FS_ABI1);
	(void)syscall(SYS_landlock_restrict_self, rules, 0);
	(void)close(rules);
}

#ifdef ARCH
#define DENY(nr) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */)

#define BEGIN \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)), \
	/* The x32 numbers of the same calls. */ \
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

#define END BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What is denied and not what is allowed: the resolver is libc's and its modules', whose next version makes other calls. */
static struct sock_filter filter_all[] = {
	BEGIN,
	DENY(SYS_execve), DENY(SYS_execveat), DENY(SYS_ptrace), DENY(SYS_process_vm_readv), DENY(SYS_process_vm_writev),
	DENY(SYS_unshare), DENY(SYS_setns), DENY(SYS_mount), DENY(SYS_chroot), DENY(SYS_pivot_root),
	DENY(SYS_io_uring_setup), DENY(SYS_bpf), DENY(SYS_perf_event_open), DENY(SYS_keyctl), DENY(SYS_add_key),
	DENY(SYS_request_key), DENY(SYS_userfaultfd),
	END,
};

static struct sock_filter filter_dialer[] = {
	BEGIN,
	DENY(SYS_listen), DENY(SYS_accept), DENY(SYS_accept4), DENY(SYS_kill), DENY(SYS_tkill), DENY(SYS_tgkill), DENY(SYS_pidfd_open),
	DENY(SYS_pidfd_send_signal), DENY(SYS_rt_sigqueueinfo), DENY(SYS_rt_tgsigqueueinfo),
	END,
};

static void
filter(struct sock_filter f[], size_t n)
{
	struct sock_fprog prog = { (unsigned short)n, f };

	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

static void
filter_calls(bool dialer)
{
	if (dialer)
		filter(filter_dialer, sizeof(filter_dialer) / sizeof(*filter_dialer));
	else
		filter(filter_all, sizeof(filter_all) / sizeof(*filter_all));
}
#else
static void
filter_calls(bool dialer)
{
	(void)dialer;
}
#endif

void
dial_confine(int control)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	landlock(control, false);
	filter_calls(false);
}

void
dial_confine_more(void)
{
	landlock(-1, true);
	filter_calls(true);
}
