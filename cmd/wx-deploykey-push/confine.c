/* SPDX-License-Identifier: MIT */
#include "confine.h"

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <seccomp.h>
#include <stdint.h>
#include <unistd.h>

/*
 * Landlock's interface as of its ABI 6 (Linux 6.12): the kernel's header of
 * Debian 12 ends at ABI 2. The kernel takes a shorter struct from older callers.
 */
#define LL_EXECUTE    (UINT64_C(1) << 0)
#define LL_READ_FILE  (UINT64_C(1) << 2)
#define LL_READ_DIR   (UINT64_C(1) << 3)
#define LL_FS_ABI1    ((UINT64_C(1) << 13) - 1)
#define LL_REFER      (UINT64_C(1) << 13) /* ABI 2 */
#define LL_TRUNCATE   (UINT64_C(1) << 14) /* ABI 3 */
#define LL_IOCTL_DEV  (UINT64_C(1) << 15) /* ABI 5 */
#define LL_BIND       (UINT64_C(1) << 0)  /* ABI 4 */
#define LL_CONNECT    (UINT64_C(1) << 1)
#define LL_SCOPES     UINT64_C(3)         /* ABI 6: abstract sockets, signals */
#define LL_RULE_PATH  1
#define LL_RULE_PORT  2

struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct path_rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

struct port_rule {
	uint64_t allowed;
	uint64_t port;
};

/* What libc's resolver, TLS and the loader of their plug-ins read. */
static const char *const readable_always[] = {
	"/etc", "/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/run/systemd/resolve", "/run/resolvconf",
	"/run/NetworkManager/resolv.conf", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu",
};

static void
allow_path(int rules, const char *path)
{
	struct path_rule r = { .allowed = LL_READ_FILE | LL_READ_DIR };

	r.parent = open(path, O_PATH | O_CLOEXEC);
	if (r.parent == -1)
		return;
	if (syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH, &r, 0) == -1 && errno == EINVAL) {
		/* A file takes no right of a folder. */
		r.allowed = LL_READ_FILE;
		(void)syscall(SYS_landlock_add_rule, rules, LL_RULE_PATH, &r, 0);
	}
	(void)close(r.parent);
}

static void
allow_port(int rules, unsigned port)
{
	struct port_rule r = { .allowed = LL_CONNECT, .port = port };

	(void)syscall(SYS_landlock_add_rule, rules, LL_RULE_PORT, &r, 0);
}

static void
landlock(const char *readable, const unsigned ports[], size_t n)
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
		all.net = n > 0 ? LL_BIND | LL_CONNECT : LL_BIND;
		size += sizeof(all.net);
	}
	if (abi >= 6) {
		all.scoped = LL_SCOPES;
		size += sizeof(all.scoped);
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (rules == -1)
		return;
	for (i = 0; i < sizeof(readable_always) / sizeof(readable_always[0]); i++)
		allow_path(rules, readable_always[i]);
	if (realpath("/etc/resolv.conf", real) != NULL)
		allow_path(rules, real);
	if (readable != NULL)
		allow_path(rules, readable);
	for (i = 0; abi >= 4 && i < n; i++)
		allow_port(rules, ports[i]);
	if (abi >= 4 && n > 0)
		allow_port(rules, 53);
	(void)syscall(SYS_landlock_restrict_self, rules, 0);
	(void)close(rules);
}

/*
 * A list of what is denied: one of what is allowed would rot with each release of
 * libcurl and its thirty libraries.
 */
static void
filter_calls(void)
{
	static const char *const denied[] = {
		"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd",
		"kcmp", "unshare", "setns", "mount", "umount2", "move_mount", "fsopen", "open_tree", "pivot_root",
		"chroot", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
		"io_uring_register", "add_key", "keyctl", "request_key", "open_by_handle_at", "kexec_load",
		"init_module", "finit_module", "delete_module", "modify_ldt",
	};
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;
	int nr, rc = 0;

	if (ctx == NULL)
		return;
	for (i = 0; i < sizeof(denied) / sizeof(denied[0]) && rc == 0; i++) {
		nr = seccomp_syscall_resolve_name(denied[i]);
		if (nr >= 0)
			rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), nr, 0);
	}
	if (rc == 0)
		(void)seccomp_load(ctx);
	seccomp_release(ctx);
}

void
confine(const char *readable, const unsigned ports[], size_t n)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return;
	landlock(readable, ports, n);
	filter_calls();
}
#else
void
confine(const char *readable, const unsigned ports[], size_t n)
{
	(void)readable;
	(void)ports;
	(void)n;
}
#endif
