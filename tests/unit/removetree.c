/* SPDX-License-Identifier: MIT */
/* removetree of libcommon. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/removetree.h"

#define DEEP 10000

static int n, bad, dir;
static char memory[] = "/dev/shm/wx-removetree.XXXXXX", disk[] = "/tmp/wx-removetree.XXXXXX";
static const char *folder;

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static bool
absent(const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
}

/* The descriptor that would be the next one. */
static int
next_fd(void)
{
	int fd = dup(dir);

	(void)close(fd);
	return fd;
}

static bool
put(int at, const char *name)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd != -1 && close(fd) == 0;
}

/* A directory, and in it COUNT levels of one, each with a file beside; the modes are of MODE. */
static bool
make_deep(int at, const char *name, int count, mode_t mode)
{
	bool good = mkdirat(at, name, 0700) == 0;
	int fd = good ? openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, sub, i;

	for (i = 0; good && i < count; i++) {
		good = put(fd, "file") && mkdirat(fd, "d", 0700) == 0;
		sub = good ? openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		good = good && sub != -1 && fchmod(fd, mode) == 0 && close(fd) == 0;
		fd = sub;
	}
	good = good && put(fd, "last") && fchmod(fd, mode) == 0;
	(void)close(fd);
	return good;
}

static bool
make_wide(int at, const char *name, int count)
{
	bool good = mkdirat(at, name, 0700) == 0;
	int fd = good ? openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, i;
	char entry[32];

	for (i = 0; good && i < count; i++) {
		(void)snprintf(entry, sizeof(entry), "%d", i);
		good = i % 2 == 0 ? put(fd, entry) : make_deep(fd, entry, i % 3, 0700);
	}
	(void)close(fd);
	return good;
}

static void
plain(void)
{
	struct stat st;

	ok(wx_remove_tree(dir, "none") == 0, "what is not there");
	ok(put(dir, "a") && wx_remove_tree(dir, "a") == 0 && absent("a"), "a file");
	ok(wx_remove_tree(dir, "none/a") == 0, "nor is what would be in it");
	ok(put(dir, "b") && wx_remove_tree(dir, "b/a") == -1 && errno == ENOTDIR && !absent("b"), "a file on the way");
	ok(make_deep(dir, "kept", 1, 0700) && symlinkat("kept", dir, "link") == 0 &&
	    wx_remove_tree(dir, "link") == 0 && absent("link") && !absent("kept/d/last"), "a symbolic link, not what it leads to");
	ok(mkdirat(dir, "c", 0700) == 0 && symlinkat("../kept", dir, "c/to-folder") == 0 &&
	    symlinkat("../../kept/d", dir, "c/nowhere") == 0 && symlinkat("../b", dir, "c/to-file") == 0 &&
	    mkdirat(dir, "c/sub", 0700) == 0 && symlinkat("../../kept", dir, "c/sub/folder") == 0 &&
	    fchmodat(dir, "kept", 0500, 0) == 0 && wx_remove_tree(dir, "c") == 0 && absent("c") &&
	    !absent("kept/d/last") && !absent("b"), "links in it");
	ok(fstatat(dir, "kept", &st, 0) == 0 && (st.st_mode & 07777) == 0500, "which change nothing elsewhere");
	ok(wx_remove_tree(dir, "kept") == 0 && absent("kept"), "a folder");
	ok(wx_remove_tree(AT_FDCWD, folder) == 0 && mkdir(folder, 0700) == 0, "by its path");
	(void)close(dir);
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
odd_names(void)
{
	char name[NAME_MAX + 1];

	memset(name, '\377', NAME_MAX);
	name[NAME_MAX] = '\0';
	ok(mkdirat(dir, "a", 0700) == 0 && mkdirat(dir, "a/b", 0700) == 0 && fchdir(dir) == 0 && chdir("a/b") == 0 &&
	    put(AT_FDCWD, name) && put(AT_FDCWD, "-rf") && put(AT_FDCWD, "a\nb") && mkfifoat(AT_FDCWD, "...", 0) == 0 &&
	    mkdirat(AT_FDCWD, " ", 0700) == 0 && put(AT_FDCWD, " /\t") && fchdir(dir) == 0, "names");
	/* Those that we take. */
	ok(make_deep(dir, "a/.wx-remove.0", 3, 0) && put(dir, "a/.wx-remove.1") &&
	    symlinkat("/", dir, "a/.wx-remove.2") == 0 && mkdirat(dir, "a/.wx-remove.3", 0700) == 0 &&
	    make_wide(dir, "a/.wx-remove.4", 100), "and ours");
	ok(wx_remove_tree(dir, "a") == 0 && absent("a"), "names are only names");
}

static void
shapes(void)
{
	struct rlimit old, few;

	ok(make_deep(dir, "a", DEEP, 0), "ten thousand levels, all closed");
	(void)getrlimit(RLIMIT_NOFILE, &old);
	few = old;
	few.rlim_cur = (rlim_t)next_fd() + 3;
	(void)setrlimit(RLIMIT_NOFILE, &few);
	ok(wx_remove_tree(dir, "a") == 0 && absent("a"), "gone, with three descriptors");
	(void)setrlimit(RLIMIT_NOFILE, &old);
	ok(make_deep(dir, "a", 200, 0100) && wx_remove_tree(dir, "a") == 0 && absent("a"), "not to be written");
	ok(make_wide(dir, "a", 2000) && wx_remove_tree(dir, "a") == 0 && absent("a"), "wide");
	ok(mkdirat(dir, "a", 0700) == 0 && make_wide(dir, "a/b", 100) && make_wide(dir, "a/b/c", 100) &&
	    make_deep(dir, "a/b/c/e", 100, 0300) && make_deep(dir, "a/b/z", 100, 0100) &&
	    fchmodat(dir, "a", 0, 0) == 0 && wx_remove_tree(dir, "a") == 0 && absent("a"), "both, under a closed one");
}

static void
killed(void)
{
	struct timespec t = { 0, 0 };
	bool good = make_wide(dir, "a", 100) && make_deep(dir, "a/deep", 300, 0);
	int status = 1, kills = 0;
	pid_t pid;

	for (; good && (!WIFEXITED(status) || WEXITSTATUS(status) != 0); t.tv_nsec = t.tv_nsec * 5 / 4 + 20000) {
		pid = fork();
		if (pid == 0)
			_exit(wx_remove_tree(dir, "a") == 0 ? 0 : 2);
		(void)nanosleep(&t, NULL);
		(void)kill(pid, SIGKILL);
		good = pid != -1 && waitpid(pid, &status, 0) == pid && (!WIFEXITED(status) || WEXITSTATUS(status) == 0);
		kills += WIFSIGNALED(status);
	}
	printf("# killed %d times\n", kills);
	ok(good && kills > 0 && absent("a"), "again and again after a kill");
}

/* In a process of its own: files in the folder A and below. */
static void
litter(void)
{
	char name[32];
	unsigned i;

	(void)alarm(60);
	for (i = 0; i < 20000; i++) {
		(void)snprintf(name, sizeof(name), "a/%s%u", i % 2 == 0 ? "b/" : "", i);
		(void)mkdirat(dir, name, 0700);
		(void)mkdirat(dir, "a/b", 0700);
		(void)snprintf(name, sizeof(name), "a/%u/x", i);
		(void)put(dir, name);
	}
	_exit(0);
}

static void
others_at_work(void)
{
	pid_t pid[3];
	int i, rc, error;

	ok(mkdirat(dir, "a", 0700) == 0, "a folder that others fill");
	for (i = 0; i < 3; i++)
		if ((pid[i] = fork()) == 0)
			litter();
	(void)alarm(120);
	rc = wx_remove_tree(dir, "a");
	error = errno;
	(void)alarm(0);
	ok(rc == 0 || error == ENOTEMPTY, "ends, one way or the other");
	printf("# %d, errno %d\n", rc, rc == 0 ? 0 : error);
	for (i = 0; i < 3; i++)
		if (pid[i] > 0 && (kill(pid[i], SIGKILL) == -1 || waitpid(pid[i], NULL, 0) == -1))
			bad = 1;
	ok(wx_remove_tree(dir, "a") == 0 && absent("a"), "and is gone when they are");
}

int
main(void)
{
	(void)umask(077);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	folder = mkdtemp(memory);
	if (folder == NULL)
		folder = mkdtemp(disk);
	if (folder == NULL || (dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return 1;
	plain();
	odd_names();
	shapes();
	killed();
	others_at_work();
	ok(fchdir(dir) == 0 && rmdir(folder) == 0, "nothing is left");
	printf("1..%d\n", n);
	return bad;
}
