/* SPDX-License-Identifier: MIT */
/* atomic and confine of libcommon. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <unistd.h>

#include "libcommon/atomic.h"
#include "libcommon/confine.h"
#include "libcommon/fileio.h"

static int n, bad, dir;
static char folder[] = "/tmp/wx-atomic.XXXXXX";

static void
ok(bool cond, const char *what)
{
	printf("%sok %d - %s\n", cond ? "" : "not ", ++n, what);
	bad |= !cond;
}

static bool
holds(const char *name, const char *want, mode_t mode)
{
	int fd = openat(dir, name, O_RDONLY);
	struct stat st;
	char buf[64];
	ssize_t len = fd == -1 ? -1 : wx_read_all(fd, buf, sizeof(buf));
	bool good = len == (ssize_t)strlen(want) && memcmp(buf, want, strlen(want)) == 0 &&
	    fstat(fd, &st) == 0 && (st.st_mode & 07777) == mode && st.st_nlink == 1;

	(void)close(fd);
	return good;
}

static bool
absent(const char *name)
{
	return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
}

static void
files(void)
{
	char name[NAME_MAX + 1];

	(void)umask(0777);
	ok(wx_file_create(dir, "a", 0640, "one", 3) == 0 && holds("a", "one", 0640), "create, whatever the umask");
	ok(wx_file_create(dir, "a", 0600, "two", 3) == -1 && errno == EEXIST && holds("a", "one", 0640), "not twice");
	ok(absent(".a.wx-new"), "and no temporary file");
	ok(wx_file_replace(dir, "a", 0600, "three", 5) == 0 && holds("a", "three", 0600), "replace");
	ok(wx_file_replace(dir, "b", 0444, "", 0) == 0 && holds("b", "", 0444), "replace what is not there");
	(void)umask(077);
	ok(wx_temp_write(dir, "c", 0600, "half", 4, false) == 0 && holds(".c.wx-new", "half", 0600), "a temporary file");
	ok(wx_file_create(dir, "c", 0600, "whole", 5) == 0 && holds("c", "whole", 0600), "one left over is no hindrance");
	ok(symlinkat("c", dir, ".d.wx-new") == 0 && wx_file_create(dir, "d", 0600, "x", 1) == 0 &&
	    holds("d", "x", 0600) && holds("c", "whole", 0600), "nor a symbolic link, which is not followed");
	ok(mkdirat(dir, ".e.wx-new", 0700) == 0 && wx_file_create(dir, "e", 0600, "x", 1) == -1, "a folder is");
	ok(wx_temp_write(dir, "f", 0600, "x", 1, true) == 0 && wx_temp_remove(dir, "f") == 0 && absent(".f.wx-new"),
	    "remove");
	ok(wx_temp_remove(dir, "f") == 0, "remove what is not there");
	ok(wx_temp_sync(dir, "f") == -1 && errno == ENOENT, "nor can that be on the disk");
	ok(wx_temp_write(dir, "f", 0600, "x", 1, false) == 0 && wx_temp_sync(dir, "f") == 0 &&
	    wx_temp_link(dir, "f") == 0 && holds("f", "x", 0600) && unlinkat(dir, "f", 0) == 0, "write, sync, link");
	ok(wx_temp_link(dir, "f") == -1 && errno == ENOENT && wx_temp_rename(dir, "f") == -1 && errno == ENOENT, "no temp");
	ok(mkdirat(dir, "g", 0700) == 0 && wx_file_replace(dir, "g", 0600, "x", 1) == -1 && errno == EISDIR &&
	    absent(".g.wx-new"), "a folder in the way");
	memset(name, 'a', NAME_MAX);
	name[NAME_MAX] = '\0';
	ok(wx_file_create(dir, name, 0600, "x", 1) == -1 && errno == ENAMETOOLONG, "too long");
	name[NAME_MAX - 8] = '\0';
	ok(wx_file_create(dir, name, 0600, "x", 1) == 0, "as long as may be");
	ok(wx_file_create(-1, "a", 0600, "x", 1) == -1 && errno == EBADF, "no folder");
	ok(wx_dir_sync(dir) == 0 && wx_dir_sync(-1) == -1, "sync");
}

/* Have the call NR fail with ERROR from now on. */
static int
refuse(int nr, int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ? -1 : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

/* In a child: what an older kernel, and then a file system without links, does. 0 if it works. */
static int
older(int unused)
{
	(void)unused;
	if (refuse(SYS_renameat2, ENOSYS) == -1 || wx_file_create(dir, "old", 0600, "x", 1) == -1 ||
	    !holds("old", "x", 0600) || wx_file_create(dir, "old", 0600, "y", 1) != -1 || errno != EEXIST)
		return 1;
	if (refuse(SYS_linkat, EPERM) == -1 || wx_file_create(dir, "older", 0600, "x", 1) == -1 ||
	    !holds("older", "x", 0600) || wx_file_create(dir, "older", 0600, "y", 1) != -1)
		return 2;
	return holds("older", "x", 0600) && absent(".older.wx-new") && absent(".old.wx-new") ? 0 : 3;
}

static void
lock(void)
{
	int other = open(folder, O_RDONLY | O_DIRECTORY);

	ok(wx_dir_lock(dir, 0) == 0 && wx_dir_lock(dir, 0) == 0, "lock");
	ok(wx_dir_lock(other, 20) == -1 && errno == EWOULDBLOCK, "held");
	ok(wx_dir_unlock(dir) == 0 && wx_dir_lock(other, 0) == 0, "free again");
	(void)close(other);
	ok(wx_dir_lock(dir, 0) == 0 && wx_dir_unlock(dir) == 0, "close frees it");
}

/* In a child: 0 if every door is shut and the folder open. */
static int
confined(int only)
{
	static char arg[] = "true";
	char *const argv[] = { arg, NULL };
	int fd = open("/dev/null", O_RDONLY);

	wx_confine(only);
	if (open("/etc/passwd", O_RDONLY) != -1 || errno != EACCES || mkdir("/tmp/wx-confined", 0700) != -1)
		return 1;
	if (read(fd, &fd, 1) != 0)
		return 2;
	if (only != -1 && (wx_file_replace(only, "a", 0600, "x", 1) == -1 || unlinkat(only, "a", 0) == -1))
		return 3;
	if (only == -1 && openat(dir, "a", O_RDONLY) != -1)
		return 4;
	if (socket(AF_UNIX, SOCK_STREAM, 0) != -1 || errno != EPERM)
		return 5;
	return execv("/bin/true", argv) == -1 && errno == EPERM ? 0 : 6;
}

static void
in_child(int (*what_to_do)(int), int only, const char *what)
{
	pid_t pid;
	int status;

	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(what_to_do(only));
	ok(waitpid(pid, &status, 0) == pid && status == 0, what);
	if (status != 0)
		printf("# wait status %#x\n", (unsigned)status);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL || (dir = open(folder, O_RDONLY | O_DIRECTORY)) == -1)
		return 1;
	files();
	lock();
	in_child(older, 0, "without renameat2, and without links");
#ifdef SYS_landlock_create_ruleset
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1) {
		in_child(confined, -1, "confined to nothing");
		in_child(confined, dir, "confined to a folder");
	}
#endif
	printf("1..%d\n", n);
	(void)fflush(stdout);
	(void)execl("/bin/sh", "sh", "-c", "rm -rf \"$0\"; exit $1", folder, bad ? "1" : "0", (char *)NULL);
	return 1;
}
