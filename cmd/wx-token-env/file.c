/* SPDX-License-Identifier: MIT */
#include "file.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "libcommon/fileio.h"
#include "libcommon/shellword.h"

/*
 * What others can read is no secret, and what others can write may be theirs.
 * The group may read what belongs to root: so do systemd (an ACL shows as group
 * bits) and Nix modules give a secret to one service. A file that has no name
 * any more, such as a memfd or a here-document, is opened by nobody else, and
 * its mode says nothing.
 */
static void
check_mode(const struct want *w, const struct token *t, const struct stat *st)
{
	char word[4 * PATH_MAX + 3];
	mode_t may = st->st_uid == 0 ? S_IRWXU | S_IRGRP : S_IRWXU;

	if (st->st_uid != 0 && st->st_uid != geteuid())
		errx(w->fail, "refusing %s: it belongs to uid %lu, neither yours nor root's",
		    t->where, (unsigned long)st->st_uid);
	if (st->st_nlink == 0 || (st->st_mode & 0777 & ~may) == 0)
		return;
	errx(w->fail, "refusing %s: others have access to it (mode %04o); mend it with: chmod %s -- %s",
	    t->where, (unsigned)(st->st_mode & 07777), st->st_uid == 0 ? "g-wx,o=" : "go=",
	    t->path[0] != '\0' ? wx_shell_word(t->path, word, sizeof(word)) : "FILE");
}

/* The descriptor is judged and not the name, which can change its meaning. */
static void
check_place(const struct want *w, const struct token *t, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		err(w->fail, "cannot read %s", t->where);
	if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode))
		errx(w->fail, "refusing %s: it is a %s", t->where,
		    S_ISDIR(st.st_mode) ? "directory" : "block device");
	if (S_ISREG(st.st_mode))
		check_mode(w, t, &st);
	if (S_ISCHR(st.st_mode) && isatty(fd) == 1 && !w->force)
		errx(w->fail, "refusing to read a secret from a terminal, which would show it; "
		    "pipe it in, or use --force");
}

size_t
fd_read(const struct want *w, const struct token *t, int fd, char *buf)
{
	ssize_t n;

	check_place(w, t, fd);
	n = wx_read_all(fd, buf, WX_SECRET_MAX);
	if (n == -1 && errno == EMSGSIZE)
		errx(w->fail, "refusing %s: it holds more than %d bytes", t->where, WX_SECRET_MAX);
	if (n == -1)
		err(fail_code(w), "cannot read %s", t->where);
	buf[n] = '\0';
	return (size_t)n;
}

/*
 * Denied, and by the folder and not by the file? Then nobody can say that there
 * is something, and a search may go on.
 */
static bool
hidden(const char *path)
{
	struct stat st;

	return errno == EACCES && stat(path, &st) == -1 && errno == EACCES;
}

ssize_t
file_read(const struct want *w, const struct token *t, char *buf)
{
	int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t n;

	if (fd == -1) {
		if (errno == ENOENT || errno == ENOTDIR || hidden(t->path))
			return -1;
		err(fail_code(w), "cannot open %s", t->where);
	}
	n = fd_read(w, t, fd, buf);
	(void)close(fd);
	return (ssize_t)n;
}
