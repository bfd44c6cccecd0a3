/* SPDX-License-Identifier: MIT */
/* PKGS: libseccomp */
/* What is closed after confine(), and what is still open. */
#include "cmd/wx-deploykey-push/confine.c"

#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <stdbool.h>

static int n, bad;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static int
listener(unsigned short *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&a, len) == -1 || listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) == -1)
		exit(1);
	*port = ntohs(a.sin_port);
	return fd;
}

static bool
connects(unsigned short port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), rc = connect(fd, (struct sockaddr *)&a, sizeof(a));

	(void)close(fd);
	return rc == 0;
}

static bool
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

static void
test_calls(void)
{
	char *const argv[] = { (char[]){ "true" }, NULL };

	ok(execv("/bin/true", argv) == -1, "no exec");
	ok(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 && errno == EPERM, "no ptrace");
	ok(syscall(SYS_process_vm_readv, getpid(), NULL, 0UL, NULL, 0UL, 0UL) == -1 && errno == EPERM, "no memory of others");
	ok(syscall(SYS_unshare, 0) == -1 && errno == EPERM, "no namespace");
}

int
main(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	unsigned short mine = 0, other = 0;
	unsigned port;
	char dir[] = "/tmp/wx-confine.XXXXXX", ca[64], secret[64], made[64];

	(void)listener(&mine);
	(void)listener(&other);
	port = mine;
	if (mkdtemp(dir) == NULL)
		return 1;
	(void)snprintf(ca, sizeof(ca), "%s/ca", dir);
	(void)snprintf(secret, sizeof(secret), "%s/secret", dir);
	(void)snprintf(made, sizeof(made), "%s/made", dir);
	ok(opens(ca, O_WRONLY | O_CREAT) && opens(secret, O_WRONLY | O_CREAT), "before");
	(void)fflush(stdout);
	if (fork() == 0) {
		confine(ca, &port, 1);
		test_calls();
		if (abi >= 1) {
			ok(opens(ca, O_RDONLY), "its own file");
			ok(opens("/etc/passwd", O_RDONLY) && opens("/usr/bin/env", O_RDONLY), "what libc reads");
			ok(!opens(secret, O_RDONLY) && !opens(dir, O_RDONLY), "no other file or folder");
			ok(!opens(made, O_WRONLY | O_CREAT) && !opens(ca, O_WRONLY) && unlink(ca) == -1, "no write");
		}
		if (abi >= 4)
			ok(connects(mine) && !connects(other), "its own port, no other");
		printf("1..%d\n", n);
		(void)fflush(stdout);
		_exit(bad);
	}
	(void)wait(&bad);
	(void)unlink(ca);
	(void)unlink(secret);
	(void)rmdir(dir);
	return bad != 0;
}
