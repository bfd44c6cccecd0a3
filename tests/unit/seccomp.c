/* SPDX-License-Identifier: MIT */
/* PKGS: libseccomp */
/*
 * The filter, run by a small interpreter of classic BPF as the kernel would, for
 * each call by name, argument and architecture; then in the kernel itself.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kd.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <linux/vt.h>

static const struct sock_filter filter[] = {
#include "seccomp.gen.h"
};
#define LEN (sizeof(filter) / sizeof(*filter))
#define ALLOW SECCOMP_RET_ALLOW
#define ERR(e) (SECCOMP_RET_ERRNO | (unsigned)(e))
#define HIGH 0x100000000ULL

#ifdef __x86_64__
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

static int failed;

/* The instructions that libseccomp makes; another is an error. */
static unsigned
evaluate(const struct seccomp_data *data)
{
	const struct sock_filter *f;
	unsigned a = 0;
	size_t pc;
	int yes;

	for (pc = 0; pc < LEN; pc++) {
		f = &filter[pc];
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			continue;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_JMP | BPF_JA:
			pc += f->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K: yes = a == f->k; break;
		case BPF_JMP | BPF_JGT | BPF_K: yes = a > f->k; break;
		case BPF_JMP | BPF_JGE | BPF_K: yes = a >= f->k; break;
		case BPF_JMP | BPF_JSET | BPF_K: yes = (a & f->k) != 0; break;
		default: errx(1, "instruction %zu has the unknown code 0x%x", pc, f->code);
		}
		pc += yes ? f->jt : f->jf;
	}
	errx(1, "the filter runs off its end");
}

static void
expect(const char *name, unsigned want, unsigned arch, int nr, unsigned long long a0,
    unsigned long long a1, unsigned long long a2)
{
	struct seccomp_data d = { .nr = nr, .arch = arch, .args = { a0, a1, a2 } };
	unsigned got = evaluate(&d);

	if (got == want)
		return;
	failed = 1;
	(void)printf("%s(%llx, %llx, %llx): 0x%x, not 0x%x\n", name, a0, a1, a2, got, want);
}

static void
call(const char *name, unsigned want, unsigned long long a0, unsigned long long a1,
    unsigned long long a2)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr < 0) {
		failed = 1;
		(void)printf("%s: no such call here\n", name);
	} else {
		expect(name, want, ARCH, nr, a0, a1, a2);
	}
}

/* Refused and absent, whatever the arguments. */
static void
calls(void)
{
	static const char *const refused[] = { "mount", "umount2", "pivot_root", "chroot",
	    "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree",
	    "mount_setattr", "swapon", "swapoff", "quotactl", "open_by_handle_at",
	    "unshare", "setns", "add_key", "keyctl", "request_key", "bpf",
	    "perf_event_open", "userfaultfd", "kexec_load", "init_module", "finit_module",
	    "delete_module", "acct", "syslog", "reboot", "settimeofday", "clock_settime",
	    "clock_adjtime", "adjtimex", "vhangup", "move_pages", "migrate_pages", "kcmp" };
	static const char *const absent[] = { "clone3", "io_uring_setup", "io_uring_enter",
	    "io_uring_register" };
	/* What an agent, a build, a debugger does. */
	static const char *const allowed[] = { "read", "write", "openat", "openat2", "execve",
	    "execveat", "mmap", "mprotect", "futex", "ptrace", "process_vm_readv", "personality",
	    "seccomp", "prctl", "memfd_create", "inotify_init1", "fanotify_init", "epoll_pwait2",
	    "landlock_create_ruleset", "pidfd_open", "pidfd_send_signal", "close_range",
	    "rt_sigaction", "setpgid", "setsid", "name_to_handle_at", "getrandom", "rseq",
	    "statx", "setxattr", "fallocate", "splice", "mlock", "sched_setaffinity", "bind",
	    "connect", "accept4", "sendmsg", "recvmsg", "kill", "tgkill", "wait4", "shmget" };
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		call(refused[i], ERR(EPERM), 0, 0, 0);
		call(refused[i], ERR(EPERM), ~0ULL, ~0ULL, ~0ULL);
	}
	for (i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		call(absent[i], ERR(ENOSYS), 0, 0, 0);
	for (i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		call(allowed[i], ALLOW, 0, 0, 0);
}

static void
clones(void)
{
	static const unsigned long long threads = CLONE_VM | CLONE_FS | CLONE_FILES |
	    CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
	    CLONE_CHILD_CLEARTID;
	static const unsigned long long ns[] = { CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS,
	    CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET };
	size_t i;

	call("clone", ALLOW, threads, 0, 0);
	call("clone", ALLOW, SIGCHLD, 0, 0);
	call("clone", ALLOW, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0);
	for (i = 0; i < sizeof(ns) / sizeof(*ns); i++) {
		call("clone", ERR(EPERM), ns[i], 0, 0);
		call("clone", ERR(EPERM), ns[i] | SIGCHLD | CLONE_VM, 0, 0);
		/* clone(2) reads the lower half of its flags. */
		call("clone", ERR(EPERM), HIGH | ns[i], 0, 0);
		call("clone", ERR(EPERM), (~0ULL << 32) | ns[i], 0, 0);
	}
}

/* The kernel reads int arguments: what is above 32 bits must not matter, or be denied. */
static void
sockets(void)
{
	unsigned long long f;
	int good;

	for (f = 0; f < 300; f++) {
		good = f == AF_UNIX || f == AF_INET || f == AF_INET6;
		call("socket", good || f == AF_NETLINK ? ALLOW : ERR(EAFNOSUPPORT), f,
		    SOCK_STREAM, 0);
		call("socket", ERR(EAFNOSUPPORT), HIGH | f, SOCK_STREAM, 0);
		call("socketpair", f == AF_UNIX ? ALLOW : ERR(EAFNOSUPPORT), f, SOCK_STREAM, 0);
		call("socketpair", ERR(EAFNOSUPPORT), HIGH | f, SOCK_STREAM, 0);
		if (f != NETLINK_ROUTE)
			call("socket", ERR(EPROTONOSUPPORT), AF_NETLINK, SOCK_RAW, f);
		call("socket", ERR(EPROTONOSUPPORT), AF_NETLINK, SOCK_RAW, HIGH | f);
	}
	call("socket", ERR(EAFNOSUPPORT), (unsigned)-1, 0, 0);
	call("socket", ERR(EAFNOSUPPORT), ~0ULL, 0, 0);
}

/* What acts on a terminal as a whole, and what a program does with one of its own. */
static void
ioctls(void)
{
	static const unsigned long long high[] = { 0, HIGH, 1ULL << 63, 0xffffffffULL << 32 };
	static const unsigned refused[] = { TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS, TIOCSLCKTRMIOS,
	    TIOCVHANGUP, TIOCSSERIAL, TIOCSERCONFIG, TIOCSERSWILD, TIOCSERSETMULTI, KDSETMODE,
	    KDSKBENT, KDSKBMODE, PIO_FONTX, KDSETLED, VT_SETMODE, VT_ACTIVATE, VT_DISALLOCATE,
	    VT_LOCKSWITCH };
	static const unsigned allowed[] = { TCGETS, TCSETSW, TIOCGWINSZ, TIOCSWINSZ, TIOCSPGRP,
	    TIOCSCTTY, TIOCNOTTY, TIOCGPTN, TIOCSPTLCK, TIOCGPTPEER, TIOCPKT, TIOCGETD, TIOCGSERIAL,
	    FIONREAD, FIONBIO, TCFLSH, TCXONC };
	size_t i, j;

	for (i = 0; i < sizeof(high) / sizeof(*high); i++) {
		for (j = 0; j < sizeof(refused) / sizeof(*refused); j++) {
			call("ioctl", ERR(EPERM), 0, refused[j] | high[i], 0);
			call("ioctl", ERR(EPERM), ~0ULL, refused[j] | high[i], ~0ULL);
		}
		for (j = 0; j < sizeof(allowed) / sizeof(*allowed); j++)
			call("ioctl", ALLOW, TIOCSTI, allowed[j] | high[i], TIOCSTI);
	}
	/* Of other devices, whose numbers have a direction and a size. */
	call("ioctl", ALLOW, 0, _IOR('V', 0, long), 0);
	call("ioctl", ALLOW, 0, _IOW('K', 1, int), 0);
}

/* Each call by another table ends the process, not a thread of it. */
static void
architectures(void)
{
	int nr;

	for (nr = 0; nr < 500; nr++) {
		expect("foreign", SECCOMP_RET_KILL_PROCESS, AUDIT_ARCH_I386, nr, 0, 0, 0);
		expect("foreign", SECCOMP_RET_KILL_PROCESS, AUDIT_ARCH_ARM, nr, 0, 0, 0);
#ifdef __x86_64__
		expect("x32", SECCOMP_RET_KILL_PROCESS, ARCH, 0x40000000 | nr, 0, 0, 0);
#endif
	}
}

/* The same in the kernel: what a child with the filter says. */
static int
child(void)
{
	struct sock_fprog prog = { .len = LEN, .filter = (struct sock_filter *)filter };
	char c = 'x';

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == -1)
		return 2;
	if (syscall(SYS_ioctl, 0, HIGH | TIOCSTI, &c) != -1 || errno != EPERM)
		return 3;
	if (syscall(SYS_unshare, CLONE_NEWUSER) != -1 || errno != EPERM)
		return 4;
	if (syscall(SYS_socket, HIGH | 40, SOCK_STREAM, 0) != -1 || errno != EAFNOSUPPORT)
		return 5;
	if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
		return 6;
	if (socket(AF_INET6, SOCK_STREAM, 0) == -1)
		return 7;
#ifdef __x86_64__
	(void)syscall(0x40000000L | SYS_getpid);
	return 8;
#else
	return 0;
#endif
}

int
main(void)
{
	int status;
	pid_t pid;

	calls();
	clones();
	sockets();
	ioctls();
	architectures();
	pid = fork();
	if (pid == 0)
		_exit(child());
	if (pid == -1 || waitpid(pid, &status, 0) != pid)
		err(1, "fork");
#ifdef __x86_64__
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS) {
#else
	if (status != 0) {
#endif
		failed = 1;
		(void)printf("in the kernel: status 0x%x\n", (unsigned)status);
	}
	return failed;
}
