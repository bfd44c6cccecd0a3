/* SPDX-License-Identifier: MIT */
/*
 * In $XDG_STATE_HOME/wrapix lie "images", the hashes of files, one line each; "images.lock";
 * "load", a directory for the time of a load. In the directory of a user of images, NAME.run
 * beside them (a project's, of wx-run), lies "image-BASE": the hash of its image, and those of
 * its earlier ones that are still to be removed.
 */
#include "kept.h"

#include <sys/file.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/atomic.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/strv.h"

#define CACHE_MAX 65536
#define YOUNG     2          /* seconds: a file may change again within its time stamp */

void
kept_lock(struct load *l)
{
	if (l->lock != -1)
		return;
	l->lock = openat(l->dir, "images.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (l->lock == -1)
		err(WX_FAIL, "cannot open 'images.lock' of the states");
	while (flock(l->lock, LOCK_EX) == -1) {
		if (errno != EINTR)
			err(WX_FAIL, "cannot lock 'images.lock' of the states");
		load_heed_signals();
	}
}

/* A small text file of ours; "" if it is not there, or not ours. */
static char *
read_text(int dir, const char *name)
{
	char *buf = calloc(1, CACHE_MAX + 1);
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (buf == NULL)
		err(WX_FAIL, "cannot allocate memory");
	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_uid != getuid() ||
	    wx_read_all(fd, buf, CACHE_MAX) == -1))
		*buf = '\0';
	if (fd != -1)
		(void)close(fd);
	return buf;
}

bool
kept_is_hash(const char *s, size_t n)
{
	return strspn(s, "0123456789abcdef") == n;
}

/* The file as it is now: one that is changed, or another of its name, differs. */
char *
kept_key(const struct stat *st)
{
	struct timespec written = wx_stat_mtime(st), changed = wx_stat_ctime(st);

	return xprintf("%ju %ju %jd %jd.%09ld %jd.%09ld ", (uintmax_t)st->st_dev,
	    (uintmax_t)st->st_ino, (intmax_t)st->st_size, (intmax_t)written.tv_sec,
	    written.tv_nsec, (intmax_t)changed.tv_sec, changed.tv_nsec);
}

bool
kept_find(struct load *l)
{
	char *text = read_text(l->dir, "images"), *key = kept_key(&l->st), *line = text, *hash;
	size_t n = strlen(key);
	bool found = false;

	for (; *line != '\0' && !found; line += strcspn(line, "\n"), line += *line == '\n') {
		hash = line + n;
		if (strncmp(line, key, n) != 0 || !kept_is_hash(hash, LOAD_HASH) || hash[LOAD_HASH] != '\n')
			continue;
		memcpy(l->hash, hash, LOAD_HASH);
		found = true;
	}
	free(text);
	free(key);
	return found;
}

/* The newest first; of the old ones as many as fit. It costs a hash if it fails. */
void
kept_add(const struct load *l)
{
	char *old = read_text(l->dir, "images"), *key = kept_key(&l->st), *text, *end;
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) == 0 && now.tv_sec - wx_stat_ctime(&l->st).tv_sec > YOUNG) {
		text = xprintf("%s%s\n%s", key, l->hash, old);
		if (strlen(text) > CACHE_MAX / 2) {
			text[CACHE_MAX / 2] = '\0';
			end = strrchr(text, '\n');
			end[1] = '\0';
		}
		(void)wx_file_replace(l->dir, "images", 0600, text, strlen(text));
		free(text);
	}
	free(key);
	free(old);
}

/* Is HASH that of the image BASE of any project? */
static bool
is_used(const struct load *l, const char *record, const char *hash)
{
	DIR *dir = fdopendir(fcntl(l->dir, F_DUPFD_CLOEXEC, 3));
	struct dirent *e;
	char *path, *text;
	size_t n;
	bool used = dir == NULL;   /* as far as we know */

	if (dir != NULL)
		rewinddir(dir);
	while (dir != NULL && !used && (e = readdir(dir)) != NULL) {
		n = strlen(e->d_name);
		if (n < 4 || strcmp(e->d_name + n - 4, ".run") != 0)
			continue;
		path = xprintf("%s/%s", e->d_name, record);
		text = read_text(l->dir, path);
		used = strncmp(text, hash, LOAD_TAG) == 0;
		free(text);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return used;
}

/* Remove the image, which podman refuses while a container uses it. False: later. */
static bool
prune(const struct load *l, const char *hash)
{
	char *name = xprintf(LOAD_OURS "%s:%s", l->base, hash);
	const char *const words[] = { "rmi", "--", name, NULL };
	int status = load_podman(l->podman, "/", words, -1, NULL);

	free(name);
	return status <= 1;   /* 1: it was not there */
}

void
kept_remember(struct load *l)
{
	char *record = xprintf("image-%s", l->base), *old, *now, *left, *p;
	int dir = open(l->user, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1)
		err(WX_FAIL, "cannot open '%s'", l->user);
	old = read_text(dir, record);
	if (strncmp(old, l->hash, LOAD_TAG) != 0) {
		kept_lock(l);
		free(old);
		old = read_text(dir, record);
		now = xprintf("%.*s\n", LOAD_TAG, l->hash);
		/* Said first, so that nobody removes it, and we do not remove our own. */
		left = xprintf("%s%s", now, old);
		(void)wx_file_replace(dir, record, 0600, left, strlen(left));
		for (p = old; kept_is_hash(p, LOAD_TAG) && p[LOAD_TAG] == '\n'; p += LOAD_TAG + 1) {
			p[LOAD_TAG] = '\0';
			if (!is_used(l, record, p) && !prune(l, p)) {
				free(left);
				left = now;
				now = xprintf("%s%s\n", left, p);
			}
		}
		(void)wx_file_replace(dir, record, 0600, now, strlen(now));
		free(now);
	}
	(void)close(dir);
	free(old);
	free(record);
}
