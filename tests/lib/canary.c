/* SPDX-License-Identifier: MIT */
/*
 * canary: what a host offers to itself, for probe to find from a sandbox.
 *
 *     canary FOLDER WORD
 *
 * Listens on TCP and UDP ports of the loopback and of every address, on an
 * abstract socket and on a socket in FOLDER; makes System V objects, a POSIX
 * queue and a file in /dev/shm; holds WORD in its arguments and memory (its
 * caller puts it into its environment). Prints KEY=VALUE lines for probe, ends
 * them with "ready=1", and waits. Every guest is written to FOLDER/guests, a
 * line each. On SIGTERM, or after ten minutes, all of it is taken away.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { TCP4, TCP6, UDP4, ABSTRACT, PATH, N_DOORS };

static const char *const door_names[N_DOORS] = { "tcp4", "tcp6", "udp4", "abstract", "path" };
static char              memory[128];
static volatile sig_atomic_t done;

static void stop(int sig)
{
	(void)sig;
	done = 1;
}

/* A bound socket; -1 where the machine has no such family (no IPv6, say). */
static int door(int family, int type, const void *sa, socklen_t len)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (bind(fd, sa, len) == -1 || (type == SOCK_STREAM && listen(fd, 64) == -1)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The port is in the same place of both kinds of address. */
static int port_of(int fd)
{
	struct sockaddr_in6 sa;
	socklen_t           len = sizeof sa;

	return getsockname(fd, (struct sockaddr *)&sa, &len) == -1 ? -1 : ntohs(sa.sin6_port);
}

static void open_doors(struct pollfd *doors, const char *folder)
{
	struct sockaddr_in  in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_un  un = { .sun_family = AF_UNIX };
	char                name[64];

	/* Any address: the host's own one is looked at too. */
	doors[TCP4].fd = door(AF_INET, SOCK_STREAM, &in4, sizeof in4);
	doors[TCP6].fd = door(AF_INET6, SOCK_STREAM, &in6, sizeof in6);
	in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	doors[UDP4].fd = door(AF_INET, SOCK_DGRAM, &in4, sizeof in4);
	snprintf(name, sizeof name, "wx-canary-%d", (int)getpid());
	memcpy(un.sun_path + 1, name, strlen(name));
	doors[ABSTRACT].fd = door(AF_UNIX, SOCK_STREAM, &un,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
	memset(un.sun_path, 0, sizeof un.sun_path);
	if (snprintf(un.sun_path, sizeof un.sun_path, "%s/sock", folder) >= (int)sizeof un.sun_path)
		errx(1, "'%s' is too long for a socket", folder);
	doors[PATH].fd = door(AF_UNIX, SOCK_STREAM, &un, sizeof un);
	if (doors[TCP4].fd == -1 || doors[UDP4].fd == -1 || doors[ABSTRACT].fd == -1 || doors[PATH].fd == -1)
		err(1, "cannot listen");
	printf("tcp4_port=%d\nudp4_port=%d\nabstract=%s\nsocket_path=%s/sock\n", port_of(doors[TCP4].fd),
	    port_of(doors[UDP4].fd), name, folder);
	if (doors[TCP6].fd != -1)
		printf("tcp6_port=%d\n", port_of(doors[TCP6].fd));
	for (int i = 0; i < N_DOORS; i++)
		doors[i].events = POLLIN;
}

/* A guest: the door is written down, a datagram goes back. */
static void meet(int fd, int which, int log)
{
	struct sockaddr_storage from;
	socklen_t               len = sizeof from;
	char                    c;

	if (which == UDP4) {
		if (recvfrom(fd, &c, 1, 0, (struct sockaddr *)&from, &len) == 1 &&
		    sendto(fd, &c, 1, 0, (struct sockaddr *)&from, len) == -1)
			warn("cannot answer");
	} else {
		int guest = accept(fd, NULL, NULL);

		if (guest != -1)
			close(guest);
	}
	dprintf(log, "%s\n", door_names[which]);
}

int main(int argc, char *argv[])
{
	struct pollfd    doors[N_DOORS] = { 0 };
	struct sigaction sa = { .sa_handler = stop };
	char             path[PATH_MAX], shm_file[64], queue[64];
	key_t            key = 0x7700000 + (getpid() & 0xffff) * 2;
	int              log, shm, sem, msg, fd;

	if (argc != 3)
		errx(2, "usage: canary FOLDER WORD");
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGALRM, &sa, NULL);
	alarm(600);
	snprintf(memory, sizeof memory, "%s", argv[2]);
	open_doors(doors, argv[1]);
	snprintf(path, sizeof path, "%s/guests", argv[1]);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	snprintf(shm_file, sizeof shm_file, "/dev/shm/wx-canary-%d", (int)getpid());
	fd = open(shm_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (log == -1 || fd == -1 || dprintf(fd, "%s\n", argv[2]) < 0)
		err(1, "cannot write");
	shm = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
	sem = semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);
	msg = msgget(key, IPC_CREAT | IPC_EXCL | 0600);
	snprintf(queue, sizeof queue, "/wx-canary-%d", (int)getpid());
	/* Queues are a choice of the kernel's. */
	if (syscall(SYS_mq_open, queue + 1, O_RDWR | O_CREAT | O_EXCL, 0600, NULL) != -1)
		printf("mqueue=%s\n", queue);
	printf("host_pid=%d\nhost_address=%jx\nsysv_key=%ld\nshm_file=%s\nready=1\n", (int)getpid(),
	    (uintmax_t)(uintptr_t)memory, (long)key, shm_file);
	if (fflush(stdout) == EOF)
		err(1, "cannot write");
	while (!done) {
		if (poll(doors, N_DOORS, -1) < 1)
			continue;
		for (int i = 0; i < N_DOORS; i++)
			if (doors[i].revents & POLLIN)
				meet(doors[i].fd, i, log);
	}
	shmctl(shm, IPC_RMID, NULL);
	semctl(sem, 0, IPC_RMID);
	msgctl(msg, IPC_RMID, NULL);
	syscall(SYS_mq_unlink, queue + 1);
	unlink(shm_file);
	return 0;
}
