/* SPDX-License-Identifier: MIT */
/*
 * sameargv FILE [CMD...]
 *
 * Exec bwrap with the very words that wx-run --print-argv -0 wrote to FILE, or with its options
 * and CMD in the place of wx-run's first process: what wx-run's own work is measured
 * against. The descriptors that the options name are made: the filter is the
 * real one, the first process's file is what wx-run brings and finds its word to go on in the
 * socket, made files are empty.
 */
#include "../../cmd/wx-run/inside/seccomp.c"

#include <sys/socket.h>

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdbool.h>

#include "../../cmd/wx-run/launch/bwrap.h"
#include "../../cmd/wx-run/inside/inside.h"
#include "libcommon/fileio.h"

#define WORDS 4096

static const unsigned char init_small[] = {
#include "init.small.h"
};

/* As launch/equip.c has it: the bytes, or with sanitizers wx-run itself. */
static int
first_program(void)
{
	const char *build = getenv("BUILD");
	char path[4096];
	int fd = -1;

	if (build == NULL)
		errx(2, "BUILD is not set");
	(void)snprintf(path, sizeof(path), "%s/wx-run", build);
	if (sizeof(init_small) == 1)
		return open(path, O_RDONLY);
	fd = memfd_create("init", 0);
	if (fd == -1 || wx_write_all(fd, init_small, sizeof(init_small) - 1) == -1 ||
	    lseek(fd, 0, SEEK_SET) == -1)
		err(1, "cannot make a memory file");
	return fd;
}

static void
at(int fd, int number)
{
	if (fd == -1 || (fd != number && dup2(fd, number) == -1))
		err(1, "cannot set descriptor %d", number);
}

/* bwrap's end; ours stays open, or the first process would end. */
static int
told_to_go(void)
{
	const char word = WORD_GO;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1 || send(pair[0], &word, 1, 0) != 1)
		err(1, "cannot make a socket pair");
	return pair[1];
}

int
main(int argc, char *argv[])
{
	static char text[1 << 20], *words[WORDS + 64];
	static char *none[] = { NULL }, end[] = "--";
	char *p;
	int fd, n = 0, i, files = 0;
	ssize_t len;

	if (argc < 2)
		errx(2, "usage: BUILD=folder sameargv file [command ...]");
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	len = fd == -1 ? -1 : wx_read_all(fd, text, sizeof(text) - 1);
	if (len == -1)
		err(1, "cannot read '%s'", argv[1]);
	(void)close(fd);
	for (p = text; p < text + len && n < WORDS && (argc == 2 || strcmp(p, "--") != 0); p += strlen(p) + 1) {
		words[n++] = p;
		files += strcmp(p, "--file") == 0 || strcmp(p, "--ro-bind-data") == 0;
	}
	if (argc > 2)
		words[n++] = end;
	for (i = 2; i < argc && n < WORDS + 60; i++)
		words[n++] = argv[i];
	/* One of them is the first process's. */
	for (i = FD_FILES + files - 2; i >= FD_FILES; i--)
		at(memfd_create("empty", 0), i);
	at(told_to_go(), FD_SOCKET);
	at(seccomp_filter_fd(), FD_FILTER);
	at(first_program(), FD_INIT);
	(void)execve("/usr/bin/bwrap", words, none);
	err(1, "cannot run bwrap");
}
