/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/hash.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"

#define UNSEEN_MAX (1 << 20)   /* bytes of a run's file */

static void
name_state(struct plan *p)
{
	char *base = host_xdg(p, "STATE", ".local/state");

	p->state = xprintf("%s/wrapix/%016llx", base, (unsigned long long)wx_hash(p->project));
	p->run_dir = xprintf("%s.run", p->state);
	free(base);
}

bool
state_name_mounted(struct plan *p)
{
	char *dir;
	bool apart;

	name_state(p);
	dir = xprintf("%.*s", (int)(strrchr(p->state, '/') - p->state), p->state);
	apart = !path_within(p->state, p->project) && !path_within(p->project, dir);
	free(dir);
	return apart;
}

void
state_name(struct plan *p)
{
	char *dir;

	name_state(p);
	if (path_within(p->state, p->project))
		errx(WX_CHAIN, "cannot keep state in '%s': it lies in the project; set "
		    "XDG_STATE_HOME to another place", p->state);
	/* Another project's journal and what was put back could be had there. */
	dir = xprintf("%.*s", (int)(strrchr(p->state, '/') - p->state), p->state);
	if (path_within(p->project, dir))
		errx(WX_CHAIN, "cannot take '%s' as the project: wx-run's own state is there",
		    p->project);
	free(dir);
}

bool
state_since(const struct plan *p, const char *dir, struct timespec *since)
{
	char *path = xstrdup(dir), *slash;
	struct plan one = *p;
	struct timespec born;
	bool any = false;
	int fd;

	for (;;) {
		one.project = path;
		name_state(&one);
		fd = wx_dir_open(AT_FDCWD, one.run_dir);
		free(one.run_dir);
		free(one.state);
		if (fd != -1) {
			born = wx_beneath_born(fd, "");
			(void)close(fd);
			if (!any || born.tv_sec < since->tv_sec ||
			    (born.tv_sec == since->tv_sec && born.tv_nsec < since->tv_nsec))
				*since = born;
			any = true;
		}
		slash = strrchr(path, '/');
		if (slash == NULL)
			break;
		*slash = '\0';
	}
	free(path);
	return any;
}

/* HASH-PREFIX, and DIR less its "~/" as one name. */
static char *
named(const struct plan *p, const char *prefix, const char *dir)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	/* Of the run's directory, for P->state may be an agent's. */
	char *all = xprintf("%.*s-%s", (int)(strlen(p->run_dir) - strlen(".run")), p->run_dir, prefix), *more;

	/* No two have one name: what is not plain is in hexadecimal. */
	for (dir += strlen("~/"); *dir != '\0'; dir++) {
		more = xprintf(strchr(plain, *dir) != NULL ? "%s%c" : "%s%%%02x", all, (unsigned char)*dir);
		free(all);
		all = more;
	}
	return all;
}

char *
state_of(const struct plan *p, const char *dir)
{
	return named(p, "", dir);
}

char *
state_of_cache(const struct plan *p, const char *dir)
{
	return named(p, "~", dir);
}

void
state_of_agent(struct plan *p, const char *dir)
{
	char *own;

	if (dir == NULL || strcmp(dir, "~/.claude") == 0)
		return;
	own = state_of(p, dir);
	free(p->state);
	p->state = own;
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
	/* The agent can change the mode of what it sees as ~/.claude. */
	if ((st.st_mode & 07777) != 0700 && fchmodat(AT_FDCWD, dir, 0700, AT_SYMLINK_NOFOLLOW) == -1)
		err(WX_CHAIN, "cannot close '%s' to others", dir);
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
state_make_run(const struct plan *p)
{
	make_folders(p->run_dir);
	name_owner(p);
}

void
state_make(const struct plan *p)
{
	size_t i;

	make_folders(p->state);
	for (i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.v[i].why, "state") == 0 || strcmp(p->mounts.v[i].why, "cache") == 0 ||
		    strcmp(p->mounts.v[i].why, "inbox") == 0)
			make_folders(p->mounts.v[i].src);
	state_make_run(p);
}

static int
lock(const char *path, int how)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1)
		err(WX_CHAIN, "cannot open '%s'", path);
	while (flock(fd, how) == -1)
		if (errno != EINTR)
			err(WX_CHAIN, "cannot lock '%s'", path);
	return fd;
}

int
state_lock(const struct plan *p)
{
	char *path = xprintf("%s/mutex", p->run_dir);
	int fd = lock(path, LOCK_EX);

	free(path);
	return fd;
}

void
lefts_add(struct lefts *l, const char *path, const struct timespec *since, unsigned flags)
{
	if (l->n == l->cap)
		l->v = xgrow(l->v, &l->cap, sizeof(*l->v));
	l->v[l->n++] = (struct left){ xstrdup(path), *since, flags };
}

static bool
earlier(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

/* "SECONDS NANOSECONDS" at the start of *S, which moves behind it. */
static bool
read_time(char **s, struct timespec *t)
{
	char *end;

	t->tv_sec = (time_t)strtoll(*s, &end, 10);
	if (end == *s || *end != ' ')
		return false;
	t->tv_nsec = strtol(end, s, 10);
	return *s != end;
}

/*
 * A file of a run: a line with the time at which it began. Behind it, if its look was cut
 * short, "SECONDS NANOSECONDS FLAGS PATH" of each directory that was left out, ended by NUL.
 * The one or the other goes to RUN. False: it is no such file.
 */
static bool
take_unseen(struct state_run *run, char *text, size_t len)
{
	char *p = text, *next;
	struct timespec t;
	unsigned long flags;

	if (!read_time(&p, &t) || *p++ != '\n')
		return false;
	if (p == text + len) {
		if (earlier(&t, &run->since))
			run->since = t;
		run->killed = true;
		return true;
	}
	for (; p < text + len; p = next + strlen(next) + 1) {
		if (!read_time(&p, &t) || *p != ' ')
			return false;
		flags = strtoul(p, &next, 10);
		if (*next++ != ' ')
			return false;
		lefts_add(&run->left, next, &t, (unsigned)flags);
	}
	return true;
}

static void
read_file(struct state_run *run, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text = malloc(UNSEEN_MAX + 1);
	ssize_t n = fd == -1 || text == NULL ? -1 : wx_read_all(fd, text, UNSEEN_MAX);

	if (fd != -1)
		(void)close(fd);
	if (n > 0) {
		text[n] = '\0';
		if (take_unseen(run, text, (size_t)n))
			strv_add(&run->unseen, path);
	}
	free(text);
}

/* The files of runs after which somebody is still to look. */
static void
read_unseen(const struct plan *p, struct state_run *run)
{
	DIR *dir = opendir(p->run_dir);
	struct dirent *e;
	char *path;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, "unseen-", 7) != 0)
			continue;
		path = xprintf("%s/%s", p->run_dir, e->d_name);
		if (strcmp(path, run->mine) != 0 && !strv_has(&run->unseen, path))
			read_file(run, path);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* Runs share a lock on "users"; who has it alone knows that those which left a file
 * have ended. */
static void
read_ended(const struct plan *p, struct state_run *run)
{
	if (flock(run->fd, LOCK_EX | LOCK_NB) == 0)
		read_unseen(p, run);
	(void)flock(run->fd, LOCK_SH);
}

bool
state_again(const struct plan *p, struct state_run *run)
{
	char *path = xprintf("%s/mutex", p->run_dir);
	int mutex = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool before = run->killed;

	/* What this run found is said before anybody is waited for. */
	if (mutex != -1 && flock(mutex, LOCK_EX | LOCK_NB) == 0)
		read_ended(p, run);
	if (mutex != -1)
		(void)close(mutex);
	free(path);
	return run->killed && !before;
}

void
state_begin(const struct plan *p, struct state_run *run)
{
	char *users = xprintf("%s/users", p->run_dir);
	FILE *fp;

	run->fd = lock(users, LOCK_SH);
	run->began = run->since;
	run->mine = xprintf("%s/unseen-%ld-%lld.%09ld", p->run_dir, (long)getpid(),
	    (long long)run->since.tv_sec, run->since.tv_nsec);
	fp = fopen(run->mine, "we");
	if (fp == NULL || fprintf(fp, "%lld %ld\n", (long long)run->since.tv_sec,
	    run->since.tv_nsec) < 0 || fclose(fp) == EOF)
		err(WX_CHAIN, "cannot write '%s'", run->mine);
	read_ended(p, run);
	free(users);
}

/* Our own file, with what was left out. False: it stays as it was, for all of the project. */
static bool
write_left(const struct state_run *run, const struct lefts *rest)
{
	char *tmp = xprintf("%s.new", strrchr(run->mine, '/') + 1), *path;
	FILE *fp;
	size_t i;
	bool ok;

	/* Not "unseen-": half a file is nobody's. */
	path = xprintf("%.*s/left-%s", (int)(strrchr(run->mine, '/') - run->mine), run->mine, tmp);
	fp = fopen(path, "we");
	ok = fp != NULL && fprintf(fp, "%lld %ld\n", (long long)run->began.tv_sec,
	    run->began.tv_nsec) > 0;
	for (i = 0; ok && i < rest->n; i++)
		ok = fprintf(fp, "%lld %ld %u %s", (long long)rest->v[i].since.tv_sec,
		    rest->v[i].since.tv_nsec, rest->v[i].flags, rest->v[i].path) > 0 &&
		    putc('\0', fp) != EOF;
	ok = ok && ftell(fp) <= UNSEEN_MAX;
	if (fp != NULL && fclose(fp) == EOF)
		ok = false;
	ok = ok && rename(path, run->mine) == 0;
	if (!ok)
		(void)unlink(path);
	free(path);
	free(tmp);
	return ok;
}

void
state_end(const struct state_run *run, bool looked, bool told, const struct lefts *rest)
{
	bool done = looked && told && (rest->n == 0 || write_left(run, rest));
	size_t i;

	for (i = 0; done && i < run->unseen.n; i++)
		(void)unlink(run->unseen.v[i]);
	/* Without a command there was nothing to see; and what an earlier run's file says already
	 * need not be said twice. */
	if (!looked || (done && rest->n == 0) || (!done && run->killed))
		(void)unlink(run->mine);
	(void)close(run->fd);
}
