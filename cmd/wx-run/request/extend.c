/* SPDX-License-Identifier: MIT */
#include "extend.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agentkeys.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/proc.h"
#include "libcommon/tool/path.h"
#include "profile.h"

/* What was read so far, by what a file is and not by its name. */
struct chain {
	struct { dev_t dev; ino_t ino; char *path; } v[EXTEND_DEPTH];
	size_t n;
};

size_t
extend_text(const char *path, int fd, char *text)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		err(WX_CHAIN, "cannot open profile '%s'", path);
	if (S_ISDIR(st.st_mode))
		errx(WX_CHAIN, "cannot read profile '%s': is a folder", path);
	n = wx_read_all(fd, text, PROFILE_MAX);
	if (n == -1 && errno == EMSGSIZE)
		errx(WX_CHAIN, "profile '%s' is longer than %d bytes", path, PROFILE_MAX);
	if (n == -1)
		err(WX_CHAIN, "cannot read profile '%s'", path);
	text[n] = '\0';
	return (size_t)n;
}

static void
note(struct chain *c, int fd, const char *path)
{
	struct stat st;

	if (c->n == EXTEND_DEPTH)
		errx(WX_CHAIN, "profile '%s': more than %d profiles extend each other", path, EXTEND_DEPTH);
	if (fstat(fd, &st) == -1)
		err(WX_CHAIN, "cannot open profile '%s'", path);
	c->v[c->n].dev = st.st_dev;
	c->v[c->n].ino = st.st_ino;
	c->v[c->n++].path = xstrdup(path);
}

static void
read_one(struct request *r, const struct plan *p, struct chain *c, const char *path)
{
	static char text[PROFILE_MAX + 1];
	char *real = realpath(path, NULL);
	const char *bad;
	struct stat st;
	size_t n;
	int fd;

	if (!r->trust && path_inside(path, p->project))
		errx(WX_CHAIN, "profile '%s' lies in the project, where the sandbox can write "
		    "it: move it, or say --trust-profile", path);
	/* A shell's <(command) is a pipe, which has no path that could be found. A FIFO
	 * has one, and to open it could wait for ever. */
	if (real != NULL && stat(real, &st) == 0 && S_ISFIFO(st.st_mode))
		errx(WX_CHAIN, "cannot read profile '%s': is a FIFO", path);
	free(real);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		err(WX_CHAIN, "cannot open profile '%s'", path);
	note(c, fd, path);
	n = extend_text(path, fd, text);
	(void)close(fd);
	bad = profile_parse(r, text, n, NULL);
	if (bad != NULL)
		errx(WX_CHAIN, "profile '%s': %s", path, bad);
}

/* The directories of profiles that came with us. */
static void
our_places(struct strv *out)
{
	char *self = wx_proc_program();

	if (self != NULL) {
		*strrchr(self, '/') = '\0';
		strv_addf(out, "%s/../share/wrapix/profiles", self);
		strv_addf(out, "%s/../nix/profiles", self);
	}
	free(self);
}

/* The user's own, and ours. */
static void
all_places(const struct plan *p, struct strv *out)
{
	char *config = host_xdg(p, "CONFIG", ".config");

	strv_addf(out, "%s/wrapix/profiles", config);
	our_places(out);
	free(config);
}

/* Where profiles are that FROM may name: beside it, and all. */
static void
places(const struct plan *p, const char *from, struct strv *out)
{
	const char *slash = strrchr(from, '/');

	if (slash == NULL)
		strv_add(out, ".");
	else if (strncmp(from, "/dev/", 5) != 0)   /* a descriptor: nothing is beside it */
		strv_addf(out, "%.*s", (int)(slash - from), from);
	all_places(p, out);
}

static int
by_word(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of ours, with commas between. The caller owns it. */
static char *
our_names(void)
{
	struct strv dirs = { 0 }, names = { 0 };
	char *all = xstrdup(""), *more, *name;
	struct dirent *e;
	size_t i, n;
	DIR *dir;

	our_places(&dirs);
	for (i = 0; i < dirs.n; i++) {
		dir = wx_dir_list(AT_FDCWD, dirs.v[i]);
		while (dir != NULL && (e = readdir(dir)) != NULL) {
			n = strlen(e->d_name);
			name = xprintf("%.*s", n > 5 && strcmp(e->d_name + n - 5, ".json") == 0 ? (int)n - 5 : 0, e->d_name);
			if (*name != '\0' && !strv_has(&names, name))
				strv_add(&names, name);
			free(name);
		}
		if (dir != NULL)
			(void)closedir(dir);
	}
	if (names.n > 0)
		qsort(names.v, names.n, sizeof(*names.v), by_word);
	for (i = 0; i < names.n; i++) {
		more = xprintf("%s%s%s", all, i == 0 ? "" : ", ", names.v[i]);
		free(all);
		all = more;
	}
	return all;
}

char *
extend_find(const struct plan *p, const char *name)
{
	struct strv dirs = { 0 };
	char *path;
	size_t i;

	if (*name == '\0')
		errx(WX_CHAIN, "the profile has no name");
	if (strchr(name, '/') != NULL)
		return xstrdup(name);
	all_places(p, &dirs);
	for (i = 0; i < dirs.n; i++) {
		path = xprintf("%s/%s.json", dirs.v[i], name);
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	if (access(name, F_OK) == -1 && errno == ENOENT)
		errx(WX_CHAIN, "no profile '%s': there is none in ~/.config/wrapix/profiles, and it is not one of ours (%s)",
		    escaped(name), our_names());
	return xstrdup(name);
}

static bool
was_read(const struct chain *c, const char *path)
{
	struct stat st;
	size_t i;

	if (stat(path, &st) == -1)
		return false;
	for (i = 0; i < c->n; i++)
		if (c->v[i].dev == st.st_dev && c->v[i].ino == st.st_ino)
			return true;
	return false;
}

static _Noreturn void
refuse_cycle(const struct chain *c, const char *name)
{
	char *all = xstrdup(c->v[0].path), *more;
	size_t i;

	for (i = 1; i < c->n; i++) {
		more = xprintf("%s, %s", all, c->v[i].path);
		free(all);
		all = more;
	}
	errx(WX_CHAIN, "profile '%s': key 'extends': '%s' would extend itself (%s)", c->v[c->n - 1].path, name, all);
}

/* Of that name the first that is not in the chain: the user's "rust" may extend ours. The caller owns it. */
static char *
find(const struct plan *p, const struct chain *c, const char *name)
{
	struct strv dirs = { 0 };
	bool cycle = false;
	char *path;
	size_t i;

	places(p, c->v[c->n - 1].path, &dirs);
	for (i = 0; i < dirs.n; i++) {
		path = xprintf("%s/%s.json", dirs.v[i], name);
		if (access(path, F_OK) == 0 && !was_read(c, path))
			return path;
		cycle |= was_read(c, path);
		free(path);
	}
	if (cycle)
		refuse_cycle(c, name);
	errx(WX_CHAIN, "profile '%s': key 'extends': there is no profile '%s' beside it, in ~/.config/wrapix/profiles, or "
	    "among ours", c->v[c->n - 1].path, name);
}

void
extend_read(struct request *r, const struct plan *p, const char *path)
{
	struct chain c = { .n = 0 };
	char *name, *next, *fault;

	read_one(r, p, &c, path);
	while ((name = r->extends) != NULL) {
		r->extends = NULL;
		next = find(p, &c, name);
		read_one(r, p, &c, next);
		free(next);
		free(name);
	}
	fault = agent_fault(&r->agent);
	if (fault != NULL)
		errx(WX_CHAIN, "profile '%s': %s", path, fault);
}
