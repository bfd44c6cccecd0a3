/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/atomic.h"
#include "libcommon/fileio.h"

#define WAIT_MS 10000 /* for one that looks at it at this moment */

/* Of each line: the word before the blank, and where what is behind it goes. */
#define FIELDS(j) { \
	{ "kind", (j)->kind, sizeof((j)->kind) }, { "host", (j)->host, sizeof((j)->host) }, \
	{ "repo", (j)->repo, sizeof((j)->repo) }, { "title", (j)->title, sizeof((j)->title) }, \
	{ "until", (j)->until, sizeof((j)->until) }, { "key", (j)->key, sizeof((j)->key) } }
#define NFIELDS 6

struct field {
	const char *word;
	char       *value;
	size_t      cap;
};

/* Each directory on the way to PATH, and that. */
static int
make_dirs(char *path)
{
	char *p;

	for (p = path + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST)
			return -1;
	}
	return mkdir(path, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

int
journal_dir(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char path[PATH_MAX];
	int n;

	if (state != NULL && *state == '/')
		n = snprintf(path, sizeof(path), "%s/wrapix/sessions", state);
	else
		n = snprintf(path, sizeof(path), "%s/.local/state/wrapix/sessions", home == NULL ? "" : home);
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return make_dirs(path) == -1 ? -1 : wx_dir_open(AT_FDCWD, path);
}

void
journal_name(const char *print, char name[static WX_FINGERPRINT])
{
	char *p;

	(void)snprintf(name, WX_FINGERPRINT, "%s", strncmp(print, "SHA256:", 7) == 0 ? print + 7 : print);
	for (p = name; *p != '\0'; p++)
		*p = *p == '/' ? '_' : *p == '+' ? '-' : *p;
}

static ssize_t
text_of(const struct journal *j, char *text, size_t cap)
{
	struct journal copy = *j;
	const struct field f[NFIELDS] = FIELDS(&copy);
	size_t i, len = 0;
	int n;

	for (i = 0; i < NFIELDS; i++) {
		n = snprintf(text + len, cap - len, "%s %s\n", f[i].word, f[i].value);
		if (n < 0 || (size_t)n >= cap - len) {
			errno = EMSGSIZE;
			return -1;
		}
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* A file that has no name by which anybody would take it for whole, locked. Somebody who sweeps may be faster. */
static int
begin(int dir, const char *temp)
{
	struct stat st;
	int fd;

	for (;;) {
		fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd == -1)
			return -1;
		if (wx_dir_lock(fd, WAIT_MS) == -1 || fstat(fd, &st) == -1) {
			(void)close(fd);
			return -1;
		}
		if (st.st_nlink > 0)
			return fd;
		(void)close(fd);
	}
}

int
journal_make(int dir, const char *name, const struct journal *j)
{
	char temp[WX_FINGERPRINT + 1], text[2 * WX_PUBKEY_LINE_MAX];
	ssize_t len = text_of(j, text, sizeof(text));
	int error, fd;

	(void)snprintf(temp, sizeof(temp), ".%s", name);
	fd = len == -1 ? -1 : begin(dir, temp);
	if (fd == -1)
		return -1;
	if (wx_write_all(fd, text, (size_t)len) == 0 && fsync(fd) == 0 && renameat(dir, temp, dir, name) == 0 &&
	    wx_dir_sync(dir) == 0)
		return fd;
	error = errno;
	(void)unlinkat(dir, temp, 0);
	(void)unlinkat(dir, name, 0);
	(void)close(fd);
	errno = error;
	return -1;
}

/* The lines of TEXT, in their order and no others. */
static bool
parse(char *text, struct journal *j)
{
	const struct field f[NFIELDS] = FIELDS(j);
	char *end;
	size_t i, n;

	for (i = 0; i < NFIELDS; i++, text = end + 1) {
		n = strlen(f[i].word);
		end = strchr(text, '\n');
		if (end == NULL || strncmp(text, f[i].word, n) != 0 || text[n] != ' ' || (size_t)(end - text) - n > f[i].cap)
			return false;
		*end = '\0';
		(void)snprintf(f[i].value, f[i].cap, "%s", text + n + 1);
	}
	return *text == '\0';
}

int
journal_take(int dir, const char *name, struct journal *j)
{
	char text[2 * WX_PUBKEY_LINE_MAX];
	struct stat st;
	ssize_t len;
	int error, fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return -1;
	errno = EBADMSG;
	if (wx_dir_lock(fd, 0) == 0 && fstat(fd, &st) == 0 && st.st_nlink > 0) {
		len = wx_read_all(fd, text, sizeof(text) - 1);
		text[len < 0 ? 0 : len] = '\0';
		if (len > 0 && *name != '.' && strlen(text) == (size_t)len && parse(text, j))
			return fd;
		if (*name == '.')
			(void)unlinkat(dir, name, 0);
		errno = EBADMSG;
	}
	error = errno;
	(void)close(fd);
	errno = error;
	return -1;
}
