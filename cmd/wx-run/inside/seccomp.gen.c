/* SPDX-License-Identifier: MIT */
/* PKGS: libseccomp */
/*
 * seccomp.gen ARCH: a program of the build. It prints the filter for ARCH (a name
 * of libseccomp's), as numbers for an array of struct sock_filter: libseccomp
 * takes 1 ms to make it and 0.3 MB to be there, at each start, for what is the
 * same each time.
 *
 * The filter: everything is allowed but what reaches past the namespaces, what
 * makes new ones, and old doors of the kernel that a build or an agent never
 * uses. A list of what is allowed would rot with every libc; the rest of the
 * sandbox (no capability, no nested namespace) does not lean on this one.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <seccomp.h>
#include <unistd.h>

#include <linux/filter.h>

#include <linux/netlink.h>
#include <linux/sched.h>

/* Never here: EPERM. */
static const char *const refused[] = {
	/* mounts and roots */
	"mount", "umount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig",
	"fsmount", "fspick", "move_mount", "open_tree", "mount_setattr", "swapon",
	"swapoff", "quotactl", "quotactl_fd", "open_by_handle_at",
	/* namespaces */
	"unshare", "setns",
	/* keys: the kernel's key rings are not namespaced as one would think */
	"add_key", "keyctl", "request_key",
	/* large or old doors of the kernel */
	"bpf", "perf_event_open", "userfaultfd", "kexec_load", "kexec_file_load",
	"init_module", "finit_module", "delete_module", "acct", "syslog", "reboot",
	"settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "stime",
	"iopl", "ioperm", "modify_ldt", "vm86", "vm86old", "uselib", "ustat",
	"sysfs", "_sysctl", "nfsservctl", "lookup_dcookie", "vhangup", "vserver",
	"move_pages", "migrate_pages", "kcmp", NULL
};

/* Missing, so that a program takes its other way: ENOSYS. clone3's flags lie in
 * memory, where no filter can look. */
static const char *const absent[] = {
	"clone3", "io_uring_setup", "io_uring_enter", "io_uring_register", NULL
};

static int
deny(scmp_filter_ctx ctx, const char *const *names, int error)
{
	int nr, rc;

	for (; *names != NULL; names++) {
		nr = seccomp_syscall_resolve_name(*names);
		if (nr == __NR_SCMP_ERROR || nr < 0)
			continue;  /* not a call of this architecture */
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO((unsigned)error), nr, 0);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* clone(2) may make threads and processes, no namespace. */
static int
deny_namespaces(scmp_filter_ctx ctx)
{
	static const unsigned long flags[] = { CLONE_NEWNS, CLONE_NEWCGROUP,
	    CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET };
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(flags) / sizeof(*flags) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
	return rc;
}

/*
 * Sockets of the file system and the internet, and netlink's routes (getifaddrs);
 * no other family: AF_VSOCK, for one, knows no namespace and reaches the
 * hypervisor. The kernel reads 32 bits; what has more is above 45 and denied.
 */
static int
deny_families(scmp_filter_ctx ctx)
{
	int family, rc = 0;

	for (family = 0; family <= 45 && rc == 0; family++) {
		if (family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
		    family == AF_NETLINK)
			continue;
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
	}
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
		    SCMP_A0(SCMP_CMP_GT, 45, 0));
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPROTONOSUPPORT), SCMP_SYS(socket), 2,
		    SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0), SCMP_A2(SCMP_CMP_NE, NETLINK_ROUTE, 0));
	/* Pairs are AF_UNIX's, but AF_TIPC has them too. */
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socketpair), 1,
		    SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
	return rc;
}

/*
 * What acts on a terminal as a whole, and on who else has it (ioctl_tty(2), ioctl_console(2),
 * ioctl_vt(2)): typing into it, another line discipline, which takes its reader from it and gives
 * it to one of many old drivers, the console's output, locks on its modes, its hang-up, a serial
 * line's hardware. The last two are all of the consoles': 'K' and 'V' without a size.
 */
static int
deny_terminal(scmp_filter_ctx ctx)
{
	static const struct {
		scmp_datum_t mask, value;
	} requests[] = {
		{ 0xffffffff, TIOCSTI }, { 0xffffffff, TIOCLINUX }, { 0xffffffff, TIOCSETD },
		{ 0xffffffff, TIOCCONS }, { 0xffffffff, TIOCSLCKTRMIOS }, { 0xffffffff, TIOCVHANGUP },
		{ 0xffffffff, TIOCSSERIAL }, { 0xffffffff, TIOCSERCONFIG }, { 0xffffffff, TIOCSERSWILD },
		{ 0xffffffff, TIOCSERSETMULTI }, { 0xffffff00, 'K' << 8 }, { 0xffffff00, 'V' << 8 },
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(requests) / sizeof(*requests) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, requests[i].mask, requests[i].value));
	return rc;
}

static int
rules(scmp_filter_ctx ctx)
{
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);

	/* A call by a foreign table (i386 or x32 on x86_64): not of one thread the
	 * end, which is the default, but of the process. */
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = deny(ctx, refused, EPERM);
	if (rc == 0)
		rc = deny(ctx, absent, ENOSYS);
	if (rc == 0)
		rc = deny_namespaces(ctx);
	if (rc == 0)
		rc = deny_families(ctx);
	return rc == 0 ? deny_terminal(ctx) : rc;
}

/* A filter for ARCH alone. */
static scmp_filter_ctx
filter_for(const char *arch)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	uint32_t token = seccomp_arch_resolve_name(arch);

	if (ctx == NULL || token == 0)
		errx(1, "libseccomp does not know the architecture '%s'", arch);
	if (token != seccomp_arch_native() && (seccomp_arch_add(ctx, token) != 0 ||
	    seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE) != 0))
		errx(1, "cannot make a filter for '%s'", arch);
	return ctx;
}

int
main(int argc, char *argv[])
{
	scmp_filter_ctx ctx = filter_for(argc > 1 ? argv[1] : "");
	struct sock_filter insn;
	int fd = memfd_create("filter", MFD_CLOEXEC), rc = rules(ctx);

	if (rc == 0)
		rc = seccomp_export_bpf(ctx, fd);
	if (rc != 0 || lseek(fd, 0, SEEK_SET) == -1)
		errx(1, "cannot make the filter: %s", strerror(-rc));
	while (read(fd, &insn, sizeof(insn)) == (ssize_t)sizeof(insn))
		(void)printf("{ 0x%02x, %u, %u, 0x%08" PRIx32 " },\n", (unsigned)insn.code,
		    (unsigned)insn.jt, (unsigned)insn.jf, (uint32_t)insn.k);
	seccomp_release(ctx);
	return fflush(stdout) == EOF || ferror(stdout) ? 1 : 0;
}
