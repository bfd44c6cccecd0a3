/* SPDX-License-Identifier: MIT */
#include "tighten.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "extend.h"
#include "libcommon/exitcode.h"
#include "libcommon/number.h"
#include "libcommon/osfile.h"
#include "profile.h"

static const char *const keys[] = { "hide", "protect", "network", "memory", "pids", "cpus", "timeout", "home_size",
	"tmp_size", "shm_size", NULL };

/* The number of a limit: bytes, or a count. */
static double
number(const char *text)
{
	uint64_t bytes;

	return wx_size(text, &bytes) == 0 ? (double)bytes : strtod(text, NULL);
}

/*
 * WANT of the file for the limit KEY, which is *HAVE or, where nobody said it, DEFAULT_, 0 for none. What the user GAVE
 * as an option and is smaller stays; a profile's that is smaller would be loosened.
 */
static void
limit(char **have, const char *want, const char *gave, double default_, const char *key)
{
	double now;

	if (want == NULL)
		return;
	now = *have == NULL ? default_ : number(*have);
	if (now > 0 && number(want) > now) {
		if (gave != NULL)
			return;
		errx(WX_CHAIN, "'" TIGHTEN_FILE "' of the project: key '%s': %s would loosen the limit, which is %s: it may only "
		    "tighten", key, want, *have == NULL ? "smaller by default" : *have);
	}
	free(*have);
	*have = xstrdup(want);
}

static void
append(struct strv *to, const struct strv *more)
{
	size_t i;

	for (i = 0; i < more->n; i++)
		if (!strv_has(to, more->v[i]))
			strv_add(to, more->v[i]);
}

static void
apply(struct request *r, const struct request *given, const struct request *t)
{
	if (t->net != NULL && strcmp(t->net, "none") != 0)
		errx(WX_CHAIN, "'" TIGHTEN_FILE "' of the project: key 'network': may only be \"none\": it may only tighten");
	if (t->net != NULL) {
		free(r->net);
		r->net = xstrdup(t->net);
	}
	append(&r->hide, &t->hide);
	append(&r->protect, &t->protect);
	limit(&r->memory, t->memory, given->memory, (double)DEFAULT_MEMORY, "memory");
	limit(&r->pids, t->pids, given->pids, DEFAULT_PIDS, "pids");
	limit(&r->cpus, t->cpus, given->cpus, 0, "cpus");
	limit(&r->seconds, t->seconds, given->seconds, 0, "timeout");
	limit(&r->home_size, t->home_size, NULL, (double)DEFAULT_HOME, "home_size");
	limit(&r->tmp_size, t->tmp_size, NULL, (double)DEFAULT_TMP, "tmp_size");
	limit(&r->shm_size, t->shm_size, NULL, (double)DEFAULT_SHM, "shm_size");
}

/* A plain file of the project, by no link: what it leads to would be another's. -1: it has none. */
static int
open_file(const struct plan *p)
{
	int top = wx_top_open(p->project, O_DIRECTORY), fd;
	struct stat st;

	if (top == -1)
		err(WX_CHAIN, "cannot open '%s'", p->project);
	fd = wx_beneath_open(top, TIGHTEN_FILE, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 && errno == ELOOP)
		errx(WX_CHAIN, "'" TIGHTEN_FILE "' of the project is a symbolic link; put the file in its place");
	if (fd == -1 && errno != ENOENT)
		err(WX_CHAIN, "cannot open '" TIGHTEN_FILE "' of the project");
	if (fd != -1 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)))
		errx(WX_CHAIN, "'" TIGHTEN_FILE "' of the project is no plain file");
	(void)close(top);
	return fd;
}

void
tighten_read(struct request *r, const struct request *given, const struct plan *p)
{
	static char text[PROFILE_MAX + 1];
	struct request t = { 0 };
	int fd = open_file(p);
	const char *bad;
	size_t n;

	if (fd == -1)
		return;
	n = extend_text(TIGHTEN_FILE, fd, text);
	(void)close(fd);
	bad = profile_parse(&t, text, n, keys);
	if (bad != NULL)
		errx(WX_CHAIN, "'" TIGHTEN_FILE "' of the project: %s", bad);
	apply(r, given, &t);
}
