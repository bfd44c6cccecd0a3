/* SPDX-License-Identifier: MIT */
#include "pair.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/shellword.h"

#define LOCK_MS 5000

static const char name_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-@+";

int
fail_code(void)
{
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? WX_TEMP : WX_FAIL;
}

const char *
place_path(const struct place *p, const char *name)
{
	static char text[2][PATH_MAX + NAME_MAX + 1];
	static int turn;

	turn = !turn;
	(void)snprintf(text[turn], sizeof(text[turn]), "%s%s", p->prefix, name);
	return text[turn];
}

static void
check_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_LEN || strspn(name, name_chars) != len || *name == '-' || *name == '.')
		errx(WX_USAGE, "refusing the name of the key: letters, digits and . _ - @ +, %d at the most, "
		    "no - or . at the beginning", NAME_LEN);
	if (len > 4 && strcmp(name + len - 4, ".pub") == 0)
		errx(WX_USAGE, "refusing '%s': give the name of the private key, without .pub", name);
}

static void
split(struct place *p, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;

	if (len + 1 > sizeof(p->prefix))
		errx(WX_USAGE, "refusing the path of the key: it is too long");
	check_name(path + len);
	memcpy(p->prefix, path, len);
	p->prefix[len] = '\0';
	(void)snprintf(p->name, sizeof(p->name), "%s", path + len);
	while (len > 1 && path[len - 1] == '/')
		len--;
	memcpy(p->folder, len == 0 ? "." : path, len == 0 ? 1 : len);
	p->folder[len == 0 ? 1 : len] = '\0';
}

/* Have the entry of the folder PATH, which is new, on the disk. */
static void
sync_parent(const char *path, const char *slash)
{
	char parent[PATH_MAX];
	int fd;

	(void)snprintf(parent, sizeof(parent), "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd != -1)
		(void)wx_dir_sync(fd);
	(void)close(fd);
}

/* The folder PATH and those above it. 0, or -1 with errno. */
static int
make_folders(char *path)
{
	char *slash = strrchr(path, '/');
	int rc;

	if (mkdir(path, 0700) == -1) {
		if (errno != ENOENT || slash == NULL || slash == path)
			return errno == EEXIST ? 0 : -1;
		*slash = '\0';
		rc = make_folders(path);
		*slash = '/';
		if (rc == -1 || (mkdir(path, 0700) == -1 && errno != EEXIST))
			return -1;
	}
	sync_parent(path, slash);
	return 0;
}

static void
check_folder(const struct place *p)
{
	char word[4 * 1024];
	struct stat st;

	if (fstat(p->dir, &st) == -1)
		err(WX_FAIL, "cannot look at folder '%s'", p->folder);
	if (st.st_uid != geteuid())
		errx(WX_FAIL, "refusing folder '%s': it belongs to uid %lu, not to you", p->folder,
		    (unsigned long)st.st_uid);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		errx(WX_FAIL, "refusing folder '%s': others have access to it (mode %04o); "
		    "mend it with: chmod 700 -- %s", p->folder, (unsigned)(st.st_mode & 07777),
		    wx_shell_word(p->folder, word, sizeof(word)));
}

void
place_open(struct place *p, const char *path, bool make)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;
	int why;

	split(p, path);
	p->dir = open(p->folder, flags);
	if (p->dir == -1 && errno == ENOENT && make) {
		if (make_folders(p->folder) == -1)
			err(fail_code(), "cannot make folder '%s'", p->folder);
		p->dir = open(p->folder, flags);
	}
	if (p->dir == -1) {
		why = errno;
		if ((why == ENOTDIR || why == ELOOP) && lstat(p->folder, &st) == 0 && S_ISLNK(st.st_mode))
			errx(WX_FAIL, "refusing folder '%s': it is a symbolic link; give the folder that it names",
			    p->folder);
		errno = why;
		err(fail_code(), "cannot open folder '%s'", p->folder);
	}
	check_folder(p);
}

static void
hold_signals(int how)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(how, &set, NULL);
}

void
place_lock(const struct place *p)
{
	if (wx_dir_lock(p->dir, LOCK_MS) == -1)
		errx(WX_TEMP, "cannot lock folder '%s': another run is at work in it; try again", p->folder);
	hold_signals(SIG_BLOCK);
}

void
place_unlock(const struct place *p)
{
	(void)wx_dir_unlock(p->dir);
	hold_signals(SIG_UNBLOCK);
}
