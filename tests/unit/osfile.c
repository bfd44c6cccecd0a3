/* SPDX-License-Identifier: MIT */
/* libcommon/osfile.h: what Linux does by one call, and what is done elsewhere, are the same. */
#include "libcommon/osfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Once more, as for another system. */
#undef WX_OSFILE_H
#define wx_beneath_born other_born
#define wx_beneath_ends other_ends
#define wx_beneath_end other_end
#define wx_counts_directories other_counts_directories
#define wx_beneath_open other_open
#define wx_beneath_stat other_stat
#define wx_file_clock   other_clock
#define wx_file_copy    other_copy
#define wx_file_memory  other_memory
#define wx_pipe         other_pipe
#define wx_send         other_send
#define wx_stat_atime   other_atime
#define wx_stat_ctime   other_ctime
#define wx_stat_mtime   other_mtime
#define wx_top_open     other_top
#undef __linux__
#define SO_NOSIGPIPE    SO_KEEPALIVE   /* an option that is there, and does no harm */
#include "libcommon/osfile.c"
#define __linux__ 1
#undef wx_beneath_ends
#undef wx_beneath_end
#undef wx_counts_directories
#undef wx_beneath_open
#undef wx_beneath_stat
#undef wx_file_clock
#undef wx_file_copy
#undef wx_file_memory
#undef wx_pipe
#undef wx_send
#undef wx_stat_ctime
#undef wx_top_open

static int bad;

static void
check(int ok, const char *what, const char *path)
{
	if (!ok)
		(void)printf("%s '%s': %s\n", what, path, strerror(errno));
	bad |= !ok;
}

/*
 * The tree: a file, a folder with one, links to each, out, and round; what comes of each
 * path, opened and followed to its end.
 */
static const struct {
	const char *path;
	int         opens, ends;   /* errno, or 0 */
} cases[] = {
	{ "", 0, 0 }, { ".", 0, 0 }, { "f", 0, 0 }, { "d", 0, 0 }, { "d/", 0, 0 }, { "./d//.", 0, 0 },
	{ "d/g", 0, 0 }, { "d/./g", 0, 0 }, { "d/.h", 0, 0 }, { "d/..h", 0, 0 }, { "none", ENOENT, ENOENT },
	{ "d/none", ENOENT, ENOENT }, { "none/x", ENOENT, ENOENT }, { "f/x", ENOTDIR, ENOTDIR },
	{ "/", EXDEV, EXDEV }, { "/etc", EXDEV, EXDEV }, { "..", EXDEV, EXDEV }, { "../x", EXDEV, EXDEV },
	{ "d/../../x", EXDEV, EXDEV },
	{ "to-f", ELOOP, 0 }, { "to-d", ELOOP, 0 }, { "to-d/g", ELOOP, 0 }, { "d/up", ELOOP, 0 },
	{ "d/up/f", ELOOP, 0 }, { "out", ELOOP, EXDEV }, { "out/x", ELOOP, EXDEV }, { "d/out2", ELOOP, EXDEV },
	{ "abs", ELOOP, EXDEV }, { "abs/x", ELOOP, EXDEV }, { "self", ELOOP, ELOOP }, { "a", ELOOP, ELOOP },
	{ "dangling", ELOOP, ENOENT }, { "through", ELOOP, EXDEV },
};

static const char *const links[][2] = { { "f", "to-f" }, { "d", "to-d" }, { "..", "d/up" },
	{ "../x", "out" }, { "../../x", "d/out2" }, { "/etc", "abs" }, { "self", "self" }, { "b", "a" },
	{ "a", "b" }, { "none", "dangling" }, { "d/up/out", "through" } };
static const char *const files[] = { "f", "d/g", "d/.h", "d/..h" };
#define NLINKS (sizeof(links) / sizeof(*links))
#define NFILES (sizeof(files) / sizeof(*files))

static void
make_tree(void)
{
	size_t i;

	check(mkdir("d", 0755) == 0, "mkdir", "d");
	for (i = 0; i < NFILES; i++)
		check(close(open(files[i], O_WRONLY | O_CREAT | O_EXCL, 0600)) == 0, "make", files[i]);
	for (i = 0; i < NLINKS; i++)
		check(symlink(links[i][0], links[i][1]) == 0, "link", links[i][1]);
}

static void
remove_tree(void)
{
	size_t i;

	for (i = 0; i < NLINKS; i++)
		(void)unlink(links[i][1]);
	for (i = 0; i < NFILES; i++)
		(void)unlink(files[i]);
	(void)rmdir("d");
}

static int
result(int rc)
{
	return rc == -1 ? errno : 0;
}

static int
opened(int fd)
{
	int got = result(fd);

	if (fd != -1 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
		got = EBADF;
	if (fd != -1)
		(void)close(fd);
	return got;
}

static void
paths(int top, int other)
{
	struct stat a, b;
	const char *path;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		path = cases[i].path;
		check(opened(wx_beneath_open(top, path, O_RDONLY)) == cases[i].opens, "open", path);
		check(opened(other_open(other, path, O_RDONLY)) == cases[i].opens, "other: open", path);
		check(result(wx_beneath_stat(top, path, &a)) == cases[i].opens, "stat", path);
		errno = 0;
		check(result(other_stat(other, path, &b)) == cases[i].opens, "other: stat", path);
		check(cases[i].opens != 0 || (a.st_ino == b.st_ino && a.st_dev == b.st_dev), "the same", path);
		check(result(wx_beneath_ends(top, path)) == cases[i].ends, "ends", path);
		check(result(other_ends(other, path)) == cases[i].ends, "other: ends", path);
	}
	/* For what cannot be opened there is still a word. */
	check(chmod("f", 0) == 0 && wx_beneath_stat(top, "f", &a) == 0 && other_stat(other, "f", &b) == 0,
	    "stat of mode 0", "f");
}

static void
too_long(int top)
{
	char path[2 * PATH_MAX];

	memset(path, 'x', sizeof(path));
	path[NAME_MAX + 1] = '\0';
	check(opened(other_open(top, path, O_RDONLY)) == ENAMETOOLONG, "open", "a long name");
	path[NAME_MAX + 1] = 'x';
	path[sizeof(path) - 1] = '\0';
	check(result(other_ends(top, path)) == ENAMETOOLONG, "ends", "a long path");
}

static void
others(void)
{
	struct timespec now = other_clock(), made;
	struct stat st;
	char buf[4];
	int fd = other_memory(), p[2];

	check(fd != -1 && fstat(fd, &st) == 0 && st.st_nlink == 0 && (st.st_mode & 077) == 0, "memory", "file");
	made = wx_stat_ctime(&st);
	/* The clock of files is behind that of the day by a tick. */
	check(made.tv_sec >= now.tv_sec - 1, "time of", "file");
	check(write(fd, "abc", 3) == 3 && pread(fd, buf, 3, 0) == 3, "write and read", "file");
	check(opened(fd) == 0, "closed on exec:", "file");
	check(other_pipe(p) == 0 && opened(p[0]) == 0 && opened(p[1]) == 0, "pipe", "");
	check(wx_pipe(p) == 0 && opened(p[0]) == 0 && opened(p[1]) == 0, "pipe", "");
	check(opened(wx_file_memory()) == 0, "memory", "file");
}

/* A copy has the bytes of its source; this system's own keeps the holes, too. */
static void
copies(void)
{
	static const size_t len = 1 << 20, mid = 1 << 19;
	struct stat st, st2;
	int in = wx_file_memory(), to[] = { wx_file_memory(), wx_file_memory() };
	char c[3] = "";

	check(pwrite(in, "x", 1, 0) == 1 && pwrite(in, "y", 1, (off_t)mid) == 1 && ftruncate(in, (off_t)len) == 0 &&
	    fstat(in, &st) == 0, "make", "a file with holes");
	check(wx_file_copy(in, to[0], len) == 0 && lseek(in, 0, SEEK_SET) == 0 && other_copy(in, to[1], len) == 0,
	    "copy", "a file with holes");
	for (int i = 0; i < 2; i++) {
		check(pread(to[i], c, 1, 0) == 1 && pread(to[i], c + 1, 1, (off_t)mid) == 1 && strcmp(c, "xy") == 0 &&
		    fstat(to[i], &st2) == 0 && st2.st_size == st.st_size, "the bytes of", "a copy");
		check(i == 1 || st2.st_blocks == st.st_blocks, "the holes of", "a copy");
		(void)close(to[i]);
	}
	(void)close(in);
}

int
main(void)
{
	char dir[] = "/tmp/wx-osfile.XXXXXX";
	int top, other;

	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	make_tree();
	top = wx_top_open(".", O_DIRECTORY);
	other = other_top(".", O_DIRECTORY);
	check(top != -1 && other != -1, "top", ".");
	paths(top, other);
	too_long(other);
	others();
	copies();
	remove_tree();
	check(chdir("/") == 0 && rmdir(dir) == 0, "remove", dir);
	return bad;
}
