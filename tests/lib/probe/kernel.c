/* SPDX-License-Identifier: MIT */
/*
 * The kernel's surface: calls that an agent has no use for. Each is made so
 * that it changes nothing where it is allowed: on itself, on a name that is not
 * there, or with an argument that is checked after the permission.
 */

/* fsopen(2) and its like are younger than some C libraries. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#define SYS_fspick 433
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

#define NOWHERE "/wx-probe-nowhere"

/* TYPE on a folder made for it in the project, and off again. */
static void mount_and_undo(const char *source, const char *type, unsigned long flags)
{
	static const char dir[] = ".wx-probe-mnt";
	int               r, e;

	mkdir(dir, 0700);
	r = mount(source, dir, type, flags, NULL);
	e = errno;
	if (r == 0)
		umount2(dir, MNT_DETACH);
	rmdir(dir);
	errno = e;
	refused(r);
}

static void k_mount(const char *arg)
{
	mount_and_undo("none", arg, 0);
}

static void k_bind(const char *arg)
{
	mount_and_undo(arg, NULL, MS_BIND);
}

/* Of a folder that is no mount point: the permission is asked first. */
static void k_remount(const char *arg)
{
	refused(mount("none", arg, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
}

static void k_umount(const char *arg)
{
	(void)arg;
	refused(umount2("/usr/bin", MNT_DETACH));
}

static void k_pivot_root(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_pivot_root, NOWHERE, NOWHERE));
}

static void k_chroot(const char *arg)
{
	(void)arg;
	refused(chroot("."));
}

static void k_fsopen(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_fsopen, "tmpfs", 1));
}

static void k_fspick(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_fspick, AT_FDCWD, "/", 1));
}

static void k_fsmount(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_fsmount, -1, 0, 0));
}

static void k_open_tree(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_open_tree, AT_FDCWD, ".", OPEN_TREE_CLONE | O_CLOEXEC));
}

static void k_move_mount(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_move_mount, AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE, 0));
}

static void k_mount_setattr(const char *arg)
{
	/* struct mount_attr: set, clear, propagation, user namespace. */
	uint64_t attr[4] = { 0, 1, 0, 0 };

	(void)arg;
	refused(syscall(SYS_mount_setattr, AT_FDCWD, NOWHERE, 0, attr, sizeof attr));
}

static void k_bpf(const char *arg)
{
	union bpf_attr a;

	(void)arg;
	memset(&a, 0, sizeof a);
	a.map_type = BPF_MAP_TYPE_ARRAY;
	a.key_size = 4;
	a.value_size = 4;
	a.max_entries = 1;
	refused(syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof a));
}

static void k_perf(const char *arg)
{
	struct perf_event_attr a;

	(void)arg;
	memset(&a, 0, sizeof a);
	a.type = PERF_TYPE_SOFTWARE;
	a.size = sizeof a;
	a.config = PERF_COUNT_SW_TASK_CLOCK;
	a.exclude_kernel = 1;
	a.exclude_hv = 1;
	refused(syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
}

static void k_userfaultfd(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* of user mode only */));
}

static void k_io_uring(const char *arg)
{
	/* struct io_uring_params, which old headers do not know. */
	uint32_t params[30] = { 0 };

	(void)arg;
	refused(syscall(SYS_io_uring_setup, 1, params));
}

static void k_io_uring_register(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_io_uring_register, -1, 0, NULL, 0));
}

static void k_keyctl(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* the session's */, 0));
}

static void k_add_key(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_add_key, "user", "wx-probe", "x", 1, -2 /* the process's keyring */));
}

static void k_request_key(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_request_key, "user", "wx-probe-none", NULL, 0));
}

static void k_kexec(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_kexec_load, 0, 0, NULL, 0xffff));
}

static void k_init_module(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_init_module, "not a module", 12, ""));
}

static void k_finit_module(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_finit_module, -1, "", 0));
}

static void k_delete_module(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_delete_module, "wx_probe_none", O_NONBLOCK));
}

static void k_open_by_handle(const char *arg)
{
	struct {
		struct file_handle h;
		unsigned char      room[128];
	} f = { .h = { .handle_bytes = 128 } };
	int id;

	(void)arg;
	if (name_to_handle_at(AT_FDCWD, "/", &f.h, &id, 0) == -1)
		f.h.handle_bytes = 8;
	refused(open_by_handle_at(AT_FDCWD, &f.h, O_RDONLY | O_CLOEXEC));
}

static void k_syslog(const char *arg)
{
	char buf[64];

	(void)arg;
	refused(syscall(SYS_syslog, 3 /* read all */, buf, sizeof buf));
}

/* The magic numbers are wrong: the most that can come back is EINVAL. */
static void k_reboot(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_reboot, 0, 0, 0, NULL));
}

static void k_swapon(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_swapon, NOWHERE, 0));
}

static void k_swapoff(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_swapoff, NOWHERE));
}

static void k_acct(const char *arg)
{
	(void)arg;
	refused(acct(NOWHERE));
}

/* Neither a time nor a zone: the permission is asked, and nothing is set. */
static void k_settimeofday(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_settimeofday, NULL, NULL));
}

/* The frequency that the clock has. */
static void k_adjtime(const char *arg)
{
	struct timex t = { .modes = 0 };

	(void)arg;
	if (adjtimex(&t) == -1)
		refused(-1);
	t.modes = ADJ_FREQUENCY;
	refused(adjtimex(&t));
}

static void k_iopl(const char *arg)
{
	(void)arg;
#ifdef SYS_iopl
	refused(syscall(SYS_iopl, 3));
#else
	skip("no such call on this machine");
#endif
}

static void k_ioperm(const char *arg)
{
	(void)arg;
#ifdef SYS_ioperm
	refused(syscall(SYS_ioperm, 0x80, 1, 1));
#else
	skip("no such call on this machine");
#endif
}

/* A query of quotas, of a device that is none. */
static void k_quotactl(const char *arg)
{
	(void)arg;
	refused(syscall(SYS_quotactl, 0x80000700 /* Q_GETQUOTA, users' */, NOWHERE, 0, NULL));
}

static void k_lookup_dcookie(const char *arg)
{
	char buf[64];

	(void)arg;
#ifdef SYS_lookup_dcookie
	refused(syscall(SYS_lookup_dcookie, 0ull, buf, sizeof buf));
#else
	(void)buf;
	skip("no such call on this machine");
#endif
}

static void k_mmap_zero(const char *arg)
{
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	(void)arg;
	refused(p == MAP_FAILED ? -1 : 0);
}

static void k_seccomp(const char *arg)
{
	status_is(arg);
}

/* A socket of family ARG. What the kernel has not is closed too. */
static void k_socket(const char *arg)
{
	int af = (int)strtol(arg, NULL, 10);
	int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET };
	int last = 0;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (socket(af, types[i] | SOCK_CLOEXEC, 0) != -1)
			exposed("a socket of family %d", af);
		/* ESOCKTNOSUPPORT: the family is there, this type is not. */
		if (last == 0 || errno == EPERM)
			last = errno;
	}
	closed("%s", strerror(last));
}

/* Every family but UNIX, INET, INET6 and NETLINK. */
static void k_socket_all(const char *arg)
{
	int n = 0;

	(void)arg;
	for (int af = 0; af < 64; af++) {
		if (af == AF_UNIX || af == AF_INET || af == AF_INET6 || af == AF_NETLINK)
			continue;
		for (int type = SOCK_STREAM; type <= SOCK_PACKET; type++)
			if (socket(af, type | SOCK_CLOEXEC, 0) != -1)
				exposed("a socket of family %d, type %d", af, type);
		n++;
	}
	closed("%d families", n);
}

static void k_netlink(const char *arg)
{
	(void)arg;
	for (int proto = 1; proto < 32; proto++)
		if (socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, proto) != -1)
			exposed("netlink protocol %d", proto);
	closed("routes only");
}

static void k_socketpair(const char *arg)
{
	int sv[2];

	(void)arg;
	for (int af = 0; af < 64; af++)
		if (af != AF_UNIX && socketpair(af, SOCK_STREAM, 0, sv) == 0)
			exposed("a pair of family %d", af);
	closed("UNIX only");
}

/* The kernel looks at 32 bits; a filter that compares 64 is passed by. */
static void k_socket_high(const char *arg)
{
	long family = strtol(arg, NULL, 10);

	if (syscall(SYS_socket, 0x100000000l | family, SOCK_STREAM | SOCK_CLOEXEC, 0) != -1)
		exposed("a socket of family %ld", family);
	closed("%s", strerror(errno));
}

static void k_raw(const char *arg)
{
	int proto = (int)strtol(arg, NULL, 10);

	if (socket(proto == IPPROTO_ICMPV6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, proto) != -1)
		exposed("a raw socket of protocol %d", proto);
	closed("%s", strerror(errno));
}

/* System call numbers of the x32 ABI: getpid, and keyctl, which a filter may know by one number only. */
static void k_x32(const char *arg)
{
#ifdef __x86_64__
	long nr = strtol(arg, NULL, 10) | 0x40000000;

	errno = 0;
	if (syscall((long)nr, 0, -3, 0) != -1)
		exposed("x32 call %s works", arg);
	if (errno == ENOSYS || errno == EPERM)
		closed("%s", strerror(errno));
	exposed("the kernel was asked: %s", strerror(errno));
#else
	(void)arg;
	skip("no such ABI on this machine");
#endif
}

#ifdef __x86_64__
static void no_int80(int sig)
{
	closed("int 0x80 is a fault, signal %d", sig);
}
#endif

/* System calls of i386 from a 64-bit program: getpid by int 0x80. */
static void k_i386(const char *arg)
{
	(void)arg;
#ifdef __x86_64__
	long r = 20;

	/* Kernels that run no i386 programs. */
	signal(SIGSEGV, no_int80);
	__asm__ volatile("int $0x80" : "+a"(r) : : "r8", "r9", "r10", "r11", "memory");
	if (r == getpid())
		exposed("int 0x80 works");
	closed("%s", strerror((int)-r));
#else
	skip("no such ABI on this machine");
#endif
}

/* May the file be opened for writing? Nothing is written. */
static void k_open_write(const char *arg)
{
	int fd = open(arg, O_WRONLY | O_CLOEXEC);

	if (fd != -1)
		exposed("%s opens for writing", arg);
	closed("%s", strerror(errno));
}

/* Addresses of the kernel. A reader without the right to them sees zeros. */
static void k_kallsyms(const char *arg)
{
	char buf[17];

	if (slurp(arg, buf, sizeof buf) != sizeof buf - 1)
		closed("%s", strerror(errno));
	if (strspn(buf, "0") < 16)
		exposed("%s", buf);
	closed("zeros");
}

static void k_readable(const char *arg)
{
	int  fd = open(arg, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char c;

	if (fd == -1)
		closed("%s", strerror(errno));
	if (read(fd, &c, 1) == 1)
		exposed("%s is read", arg);
	closed("%s", strerror(errno));
}

static const struct probe kernel_probes[] = {
	{ "kernel.seccomp", k_seccomp, "Seccomp=2", "no filter of system calls" },
	{ "kernel.mount", k_mount, "tmpfs", "mount(2) of a file system" },
	{ "kernel.bind", k_bind, ".", "mount(2) of a folder" },
	{ "kernel.remount", k_remount, "/usr/bin", "mount(2) that changes flags" },
	{ "kernel.umount", k_umount, NULL, "umount(2)" },
	{ "kernel.pivot-root", k_pivot_root, NULL, "pivot_root(2)" },
	{ "kernel.chroot", k_chroot, NULL, "chroot(2), with which folders are left" },
	{ "kernel.fsopen", k_fsopen, NULL, "the newer mount calls" },
	{ "kernel.fspick", k_fspick, NULL, "the newer mount calls" },
	{ "kernel.fsmount", k_fsmount, NULL, "the newer mount calls" },
	{ "kernel.open-tree", k_open_tree, NULL, "the newer mount calls" },
	{ "kernel.move-mount", k_move_mount, NULL, "the newer mount calls" },
	{ "kernel.mount-setattr", k_mount_setattr, NULL, "the newer mount calls" },
	{ "kernel.bpf", k_bpf, NULL, "programs in the kernel" },
	{ "kernel.perf", k_perf, NULL, "performance counters" },
	{ "kernel.userfaultfd", k_userfaultfd, NULL, "page faults in the user's hands" },
	{ "kernel.io-uring", k_io_uring, NULL, "calls that no filter sees" },
	{ "kernel.io-uring-register", k_io_uring_register, NULL, "calls that no filter sees" },
	{ "kernel.keyctl", k_keyctl, NULL, "keyrings, which are not namespaced" },
	{ "kernel.add-key", k_add_key, NULL, "keyrings, which are not namespaced" },
	{ "kernel.request-key", k_request_key, NULL, "keyrings, which are not namespaced" },
	{ "kernel.kexec", k_kexec, NULL, "another kernel" },
	{ "kernel.init-module", k_init_module, NULL, "kernel modules" },
	{ "kernel.finit-module", k_finit_module, NULL, "kernel modules" },
	{ "kernel.delete-module", k_delete_module, NULL, "kernel modules" },
	{ "kernel.open-by-handle", k_open_by_handle, NULL, "files by number, past the mounts" },
	{ "kernel.syslog", k_syslog, NULL, "the kernel's log" },
	{ "kernel.reboot", k_reboot, NULL, "reboot(2)" },
	{ "kernel.swapon", k_swapon, NULL, "swap" },
	{ "kernel.swapoff", k_swapoff, NULL, "swap" },
	{ "kernel.acct", k_acct, NULL, "accounting" },
	{ "kernel.settimeofday", k_settimeofday, NULL, "the host's clock" },
	{ "kernel.adjtime", k_adjtime, NULL, "the host's clock" },
	{ "kernel.iopl", k_iopl, NULL, "I/O ports" },
	{ "kernel.ioperm", k_ioperm, NULL, "I/O ports" },
	{ "kernel.quotactl", k_quotactl, NULL, "quotas" },
	{ "kernel.lookup-dcookie", k_lookup_dcookie, NULL, "names of the profiler" },
	{ "kernel.mmap-zero", k_mmap_zero, NULL, "memory at address 0" },
	{ "kernel.af-vsock", k_socket, "40", "sockets to the hypervisor, not namespaced" },
	{ "kernel.af-packet", k_socket, "17", "all packets" },
	{ "kernel.af-alg", k_socket, "38", "the kernel's ciphers" },
	{ "kernel.af-key", k_socket, "15", "IPsec" },
	{ "kernel.af-bluetooth", k_socket, "31", "Bluetooth" },
	{ "kernel.af-can", k_socket, "29", "CAN" },
	{ "kernel.af-tipc", k_socket, "30", "TIPC" },
	{ "kernel.af-rds", k_socket, "21", "RDS" },
	{ "kernel.af-xdp", k_socket, "44", "packets past the stack" },
	{ "kernel.af-others", k_socket_all, NULL, "any family but UNIX, INET, INET6, NETLINK" },
	{ "kernel.af-netlink", k_netlink, NULL, "netlink but for routes" },
	{ "kernel.af-pairs", k_socketpair, NULL, "socket pairs but UNIX" },
	{ "kernel.af-high", k_socket_high, "40", "a family that a careless filter misses" },
	{ "kernel.raw-icmp", k_raw, "1", "raw packets" },
	{ "kernel.raw-ip", k_raw, "255", "raw packets" },
	{ "kernel.raw-icmp6", k_raw, "58", "raw packets" },
	{ "kernel.x32", k_x32, "39", "the x32 ABI" },
	{ "kernel.x32-keyctl", k_x32, "250", "the x32 ABI past the filter" },
	{ "kernel.i386", k_i386, NULL, "the i386 ABI" },
	{ "kernel.core-pattern", k_open_write, "/proc/sys/kernel/core_pattern", "a program that the host runs" },
	{ "kernel.modprobe", k_open_write, "/proc/sys/kernel/modprobe", "a program that the host runs" },
	{ "kernel.sys-net", k_open_write, "/proc/sys/net/ipv4/ip_forward", "network settings" },
	{ "kernel.sys-vm", k_open_write, "/proc/sys/vm/overcommit_memory", "memory settings" },
	{ "kernel.sysrq", k_open_write, "/proc/sysrq-trigger", "the panic button" },
	{ "kernel.irq", k_open_write, "/proc/irq/default_smp_affinity", "interrupts" },
	{ "kernel.kcore", k_readable, "/proc/kcore", "the kernel's memory" },
	{ "kernel.kmsg", k_readable, "/proc/kmsg", "the kernel's log" },
	{ "kernel.kallsyms", k_kallsyms, "/proc/kallsyms", "the kernel's addresses" },
};
