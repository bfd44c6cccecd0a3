/* SPDX-License-Identifier: MIT */
#include "extend.h"

#include <sys/stat.h>

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

/* Where profiles are: beside the one that names another, the user's own, those that came with us. */
static void
places(const struct plan *p, const char *from, struct strv *out)
{
	char *config = host_xdg(p, "CONFIG", ".config"), *self = wx_proc_program(), *slash;

	slash = strrchr(from, '/');
	if (slash == NULL)
		strv_add(out, ".");
	else if (strncmp(from, "/dev/", 5) != 0)   /* a descriptor: nothing is beside it */
		strv_addf(out, "%.*s", (int)(slash - from), from);
	strv_addf(out, "%s/wrapix/profiles", config);
	if (self != NULL) {
		*strrchr(self, '/') = '\0';
		strv_addf(out, "%s/../share/wrapix/profiles", self);
		strv_addf(out, "%s/../nix/profiles", self);
	}
	free(self);
	free(config);
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
