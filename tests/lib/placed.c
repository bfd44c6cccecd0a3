/* SPDX-License-Identifier: MIT */
/*
 * placed NETNS SOCKET... -- COMMAND...: make sockets in the network namespace of the file NETNS, and become COMMAND in our own, with
 * "-s KIND=FD" behind it for each. A SOCKET is KIND@ADDRESS:PORT, of TCP, or of UDP where KIND is "udp", which becomes "dns".
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

static char *
place(char *word)
{
	char *at = strchr(word, '@'), *colon = strrchr(word, ':'), *out;
	struct sockaddr_in in = { .sin_family = AF_INET };
	bool udp = strncmp(word, "udp@", 4) == 0;
	int fd, on = 1;

	if (at == NULL || colon == NULL || colon < at)
		errx(2, "no socket: %s", word);
	*at = *colon = '\0';
	if (inet_pton(AF_INET, at + 1, &in.sin_addr) != 1)
		errx(2, "no address: %s", at + 1);
	in.sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10));
	fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd == -1 || bind(fd, (struct sockaddr *)&in, sizeof(in)) == -1 || (!udp && listen(fd, 256) == -1))
		err(1, "cannot listen at %s:%s", at + 1, colon + 1);
	if (asprintf(&out, "%s=%d", udp ? "dns" : word, fd) == -1)
		err(1, "asprintf");
	return out;
}

int
main(int argc, char *argv[])
{
	char *command[512];
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(argc > 1 ? argv[1] : "", O_RDONLY | O_CLOEXEC), i, n = 0, first;
	char *made[64];
	int nmade = 0;

	if (own == -1 || there == -1 || setns(there, CLONE_NEWNET) == -1)
		err(1, "cannot enter the network");
	for (i = 2; i < argc && strcmp(argv[i], "--") != 0 && nmade < 64; i++)
		made[nmade++] = place(argv[i]);
	if (setns(own, CLONE_NEWNET) == -1)
		err(1, "cannot come back");
	for (first = i + 1; first < argc && n < 300; first++)
		command[n++] = argv[first];
	for (i = 0; i < nmade; i++) {
		command[n++] = (char *)"-s";
		command[n++] = made[i];
	}
	command[n] = NULL;
	(void)execvp(command[0], command);
	err(1, "cannot run '%s'", command[0]);
}
