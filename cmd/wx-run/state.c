/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

/* FNV-1a, 64 bits. Not a proof of anything: state_make compares the path. */
static uint64_t
hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	return h;
}

void
state_name(struct plan *p)
{
	char *base = host_xdg(p, "STATE", ".local/state");

	p->state = xprintf("%s/wrapix/%016llx", base, (unsigned long long)hash(p->project));
	p->run_dir = xprintf("%s.run", p->state);
	free(base);
	if (path_within(p->state, p->project))
		errx(WX_CHAIN, "cannot keep state in '%s': it lies in the project; set "
		    "XDG_STATE_HOME to another place", p->state);
}

static void
make_folders(const char *path)
{
	char *dir = xstrdup(path), *slash;
	struct stat st;

	for (slash = strchr(dir + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(dir, 0700) == -1 && errno != EEXIST && errno != EROFS && errno != EACCES)
			break;
		*slash = '/';
	}
	if (mkdir(dir, 0700) == -1 && errno != EEXIST)
		err(WX_CHAIN, "cannot make '%s' (set XDG_STATE_HOME to a folder of yours)", dir);
	if (lstat(dir, &st) == -1)
		err(WX_CHAIN, "cannot look at '%s'", dir);
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid())
		errx(WX_CHAIN, "cannot use '%s': not a folder of yours", dir);
	if ((st.st_mode & 077) != 0)
		errx(WX_CHAIN, "cannot use '%s': others can enter it; chmod 700 '%s'", dir, dir);
	free(dir);
}

/* The project's path, said once, so that two never share a state by chance. */
static void
name_owner(const struct plan *p)
{
	char *path = xprintf("%s/project", p->run_dir), *tmp;
	char *have = malloc(strlen(p->project) + 2);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (have == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	if (fd != -1) {
		n = wx_read_all(fd, have, strlen(p->project) + 1);
		if (n != (ssize_t)strlen(p->project) || memcmp(have, p->project, (size_t)n) != 0)
			errx(WX_CHAIN, "state folder '%s' belongs to another project; "
			    "set XDG_STATE_HOME", p->state);
	} else {
		tmp = xprintf("%s.%ld", path, (long)getpid());
		fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd == -1 || wx_write_all(fd, p->project, strlen(p->project)) == -1 ||
		    rename(tmp, path) == -1)
			err(WX_CHAIN, "cannot write '%s'", path);
		free(tmp);
	}
	(void)close(fd);
	free(have);
	free(path);
}

void
state_make(const struct plan *p)
{
	make_folders(p->state);
	make_folders(p->run_dir);
	name_owner(p);
}

static int
lock_file(const struct plan *p, const char *name)
{
	char *path = xprintf("%s/%s", p->run_dir, name);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		err(WX_CHAIN, "cannot open '%s'", path);
	free(path);
	return fd;
}

static void
lock(int fd, int how)
{
	while (flock(fd, how) == -1)
		if (errno != EINTR)
			err(WX_CHAIN, "cannot lock the project's state");
}

bool
state_enter(const struct plan *p, struct state_lock *l)
{
	bool alone;

	l->mutex = lock_file(p, "mutex");
	l->users = lock_file(p, "users");
	lock(l->mutex, LOCK_EX);
	alone = flock(l->users, LOCK_EX | LOCK_NB) == 0;
	lock(l->users, LOCK_SH);
	return alone;
}

void
state_stay(struct state_lock *l)
{
	lock(l->mutex, LOCK_UN);
}

bool
state_leave(struct state_lock *l)
{
	lock(l->mutex, LOCK_EX);
	return flock(l->users, LOCK_EX | LOCK_NB) == 0;
}

void
state_close(struct state_lock *l)
{
	(void)close(l->users);
	(void)close(l->mutex);
}
