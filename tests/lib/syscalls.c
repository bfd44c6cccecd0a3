/* SPDX-License-Identifier: MIT */
/*
 * syscalls: for the tests, make one system call, or the few below, inside the
 * sandbox and print what came of it: "NAME ok" or "NAME ERRNO-NAME".
 *
 *   syscalls tty       what acts on a terminal as a whole, also with more than 32 bits
 *   syscalls sockets   socket(2) and socketpair(2) of each family
 *   syscalls i386      a call by the table of another architecture; dies
 *   syscalls x32       the same, x86_64's own second table
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/kd.h>
#include <linux/vt.h>

static void
say(const char *name, long arg, long rc)
{
	(void)printf("%s %ld %s\n", name, arg, rc == -1 ? strerrorname_np(errno) : "ok");
	if (rc > 2)
		(void)close((int)rc);
}

static void
tty(void)
{
	static const unsigned long high[] = { 0, 1UL << 32, 1UL << 63, 0xffffffffUL << 32 };
	static const unsigned long requests[] = { TIOCSTI, TIOCLINUX, TIOCSETD, TIOCCONS,
	    TIOCSLCKTRMIOS, TIOCVHANGUP, TIOCSSERIAL, KDSKBMODE, VT_ACTIVATE };
	int fd = open("/dev/tty", O_RDWR), arg;
	size_t i, j;

	say("tty", 0, fd);
	fd = open("/dev/tty", O_RDWR);
	for (j = 0; j < sizeof(requests) / sizeof(*requests); j++)
		for (i = 0; i < sizeof(high) / sizeof(*high); i++) {
			arg = requests[j] == TIOCLINUX ? 12 : 'X';
			say("ioctl", (long)requests[j], syscall(SYS_ioctl, fd, requests[j] | high[i], &arg));
		}
}

static void
sockets(void)
{
	int f, pair[2];

	for (f = 0; f < 64; f++) {
		say("socket", f, syscall(SYS_socket, f, SOCK_DGRAM, 0));
		say("high", f, syscall(SYS_socket, (1UL << 32) | (unsigned long)f, SOCK_DGRAM, 0));
		if (syscall(SYS_socketpair, f, SOCK_DGRAM, 0, pair) == 0)
			say("pair", f, 0);
		else
			say("pair", f, -1);
	}
	for (f = 0; f < 23; f++)
		say("netlink", f, syscall(SYS_socket, AF_NETLINK, SOCK_RAW, f));
}

#ifdef __x86_64__
/* getpid(2) is 20 there; a 32-bit pointer is not needed. */
static void
foreign(void)
{
	long rc;

	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
	say("i386", rc, 0);
}

static void
x32(void)
{
	say("x32", 0, syscall(0x40000000L | SYS_getpid));
}
#endif

int
main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "tty") == 0)
		tty();
	else if (strcmp(what, "sockets") == 0)
		sockets();
#ifdef __x86_64__
	else if (strcmp(what, "i386") == 0)
		foreign();
	else if (strcmp(what, "x32") == 0)
		x32();
#endif
	else
		return 2;
	return fflush(stdout) == EOF;
}
