/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "host/host.h"
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
	char *base = host_xdg(p, "STATE", ".local/state"), *dir;

	p->state = xprintf("%s/wrapix/%016llx", base, (unsigned long long)hash(p->project));
	p->run_dir = xprintf("%s.run", p->state);
	free(base);
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

/* "SECONDS NANOSECONDS" of a file. */
static bool
read_time(const char *path, struct timespec *t)
{
	char buf[64], *end;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd == -1 ? -1 : wx_read_all(fd, buf, sizeof(buf) - 1);

	if (fd != -1)
		(void)close(fd);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	t->tv_sec = (time_t)strtoll(buf, &end, 10);
	if (*end != ' ')
		return false;
	t->tv_nsec = strtol(end, &end, 10);
	return *end == '\0' || *end == '\n';
}

/* The files of runs after which nobody has looked yet: when each began. */
static void
read_unseen(const struct plan *p, struct state_run *run)
{
	DIR *dir = opendir(p->run_dir);
	struct timespec began;
	struct dirent *e;
	char *path;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, "unseen-", 7) != 0)
			continue;
		path = xprintf("%s/%s", p->run_dir, e->d_name);
		if (read_time(path, &began)) {
			if (began.tv_sec < run->since.tv_sec || (began.tv_sec == run->since.tv_sec &&
			    began.tv_nsec < run->since.tv_nsec))
				run->since = began;
			words_add(&run->unseen, path);
		}
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* Runs share a lock on "users"; who has it alone knows that those which left a file
 * were killed. */
void
state_begin(const struct plan *p, struct state_run *run)
{
	char *users = xprintf("%s/users", p->run_dir);
	FILE *fp;

	run->fd = lock(users, LOCK_SH);
	run->mine = xprintf("%s/unseen-%ld-%lld.%09ld", p->run_dir, (long)getpid(),
	    (long long)run->since.tv_sec, run->since.tv_nsec);
	fp = fopen(run->mine, "we");
	if (fp == NULL || fprintf(fp, "%lld %ld\n", (long long)run->since.tv_sec,
	    run->since.tv_nsec) < 0 || fclose(fp) == EOF)
		err(WX_CHAIN, "cannot write '%s'", run->mine);
	if (flock(run->fd, LOCK_EX | LOCK_NB) == 0)
		read_unseen(p, run);
	run->killed = run->unseen.n > 1;
	(void)flock(run->fd, LOCK_SH);
	free(users);
}

void
state_end(const struct state_run *run, bool seen)
{
	size_t i;

	/* Without a look nothing was run: what earlier ones left is still to be seen. */
	for (i = 0; seen && i < run->unseen.n; i++)
		(void)unlink(run->unseen.v[i]);
	(void)unlink(run->mine);
	(void)close(run->fd);
}
