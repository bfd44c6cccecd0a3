/* SPDX-License-Identifier: MIT */
#include "home.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "brought.h"
#include "fetch/fetch.h"
#include "git/git.h"
#include "lfs.h"
#include "libcommon/clock.h"
#include "libcommon/fileio.h"
#include "moves.h"
#include "private/private.h"
#include "trees.h"

#define TRIES 3   /* the host may move a ref while we look */

static void
add_busy(const struct pair *pr, const char *sub, struct strv *out)
{
	char *dir = xprintf("%s%s", pr->common, sub), *head;
	const char *branch;
	size_t i;

	for (i = 0; i < pr->trees.n && strcmp(pr->trees.v[i].dir, dir) != 0; i++)
		;
	head = i == pr->trees.n ? reftable_head(pr->host.program, dir) : NULL;
	branch = pair_branch(head);
	if (branch != NULL)
		strv_add(out, branch);
	free(head);
	free(dir);
}

/* The branches that work trees of the host's are on which were not inside. */
static void
find_busy(const struct pair *pr, struct strv *out)
{
	char *path = xprintf("%s/worktrees", pr->common), *sub;
	DIR *dir = opendir(path);
	struct dirent *e;

	add_busy(pr, "", out);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		sub = xprintf("/worktrees/%s", e->d_name);
		if (*e->d_name != '.')
			add_busy(pr, sub, out);
		free(sub);
	}
	if (dir != NULL)
		(void)closedir(dir);
	free(path);
}

/* Moves as they are now, made. */
static bool
move_refs(struct pair *pr, const char *forced, struct reflist *fetched, struct reflist *here, struct moves *m)
{
	static const char *const mine[] = { "refs/heads", "refs/tags", "refs/notes", "refs/stash", "refs/wrapix", NULL };
	static const char *const his[] = { "refs/heads", "refs/tags", "refs/notes", "refs/stash", NULL };
	struct strv busy = { 0 };
	const char *detached;
	char *ref;
	bool ok = false;
	size_t k;
	int i;

	find_busy(pr, &busy);
	for (i = 0; i <= TRIES && !ok; i++) {
		m->n = 0;
		reflist_free(fetched);
		reflist_free(here);
		if (!reflist_read(&pr->start, mine, fetched, pr->wrong) || !reflist_read(&pr->host, his, here, pr->wrong))
			return false;
		if (!moves_find(&pr->start, fetched, here, forced, &busy, m, pr->wrong))
			return false;
		for (k = 0; k < pr->trees.n; k++) {
			ref = xprintf("refs/wrapix/head/%s", pr->trees.v[k].name);
			detached = reflist_find(fetched, ref);
			/* On no branch, and with something open: nothing else holds these commits. */
			if (pr->trees.v[k].open && detached != NULL)
				moves_keep_head(m, detached);
			free(ref);
		}
		/* Where they cannot all be made, those that can. */
		if (i == TRIES)
			moves_separate(&pr->host, m);
		ok = moves_make(&pr->host, &pr->start, m, pr->v->name, pr->wrong);
	}
	return ok;
}

static bool
settle(struct pair *pr)
{
	struct reflist fetched = { 0 }, here = { 0 };
	struct moves m = { 0 };
	char *forced = trees_rebased(pr), *ref;
	struct tree *t;
	size_t i;
	bool ok;

	for (i = 0; i < pr->trees.n; i++) {
		pr->trees.v[i].before = trees_head(pr, &pr->trees.v[i]);
		pr->trees.v[i].open = trees_unfinished(pr, &pr->trees.v[i]);
	}
	ok = move_refs(pr, forced, &fetched, &here, &m);
	for (i = 0; ok && i < pr->trees.n; i++) {
		t = &pr->trees.v[i];
		ref = xprintf("refs/wrapix/head/%s", t->name);
		if (!t->open)
			trees_follow_head(pr, t, &m, &here, reflist_find(&fetched, ref));
		trees_end_states(pr, t);
		trees_renew_index(pr, t);
		free(ref);
	}
	if (ok)
		brought_say(&pr->start, pr->h, pr->v->name, pr->rel, &m);
	reflist_free(&fetched);
	reflist_free(&here);
	free(forced);
	return ok;
}

/* Is the repository still the one that the run was made of, and all that git writes in it? */
static bool
same_repository(struct pair *pr)
{
	char *was = repo_line_of(pr->start.dir, "origin"), *is = NULL;
	int fd = wx_dir_open(AT_FDCWD, pr->common);
	bool ok;

	if (fd != -1) {
		is = private_identity(fd);
		(void)close(fd);
	}
	ok = was != NULL && is != NULL && strcmp(is, was) == 0;
	if (!ok)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "'%s' is not there any more, or is another", pr->common);
	free(is);
	free(was);
	return ok && plain_git(pr->common, pr->wrong);
}

static void
prepare(struct pair *pr, const struct private *v, const struct home *h, const char *rel)
{
	double until = h->seconds > 0 ? wx_clock_seconds() + h->seconds : 0;
	const char *slash = *rel == '\0' ? "" : "/";

	*pr = (struct pair){ .h = h, .v = v, .rel = rel };
	pr->common = xprintf("%s%s%s", v->common, slash, rel);
	pr->host = (struct hostgit){ .program = h->plan->git_program, .dir = pr->common, .name = h->plan->git.name,
	    .email = h->plan->git.email, .until = until };
	pr->start = pr->host;
	pr->host.whole = true;
	pr->start.dir = xprintf("%s/start%s%s", v->path, slash, rel);
	pr->start.objects = xprintf("%s/objects", pr->common);
	trees_find(pr);
}

static void
discard(struct pair *pr)
{
	struct tree *t;

	for (t = pr->trees.v; t < pr->trees.v + pr->trees.n; t++) {
		free(t->inside);
		free(t->notes);
		free(t->dir);
		free(t->name);
		free(t->top);
		free(t->before);
	}
	free(pr->trees.v);
	free((char *)(uintptr_t)pr->start.objects);
	free((char *)(uintptr_t)pr->start.dir);
	free(pr->common);
}

void
home_found(const struct home *h, const char *kind, const char *path, const char *detail)
{
	char *full = xprintf("%s%s", h->plan->label == NULL ? "" : h->plan->label, path);

	report_add(h->report, kind, full, detail);
	free(full);
}

char *
home_command(const struct plan *p)
{
	char *dir, *command;

	if (p->label == NULL || *p->label == '\0')
		return xstrdup("wx-run --import");
	dir = quote_sh(p->project);
	command = xprintf("wx-run --import -C %s", dir);
	free(dir);
	return command;
}

static void
say_failed(const struct pair *pr, const char *rel)
{
	char *command = home_command(pr->h->plan);

	warnx("cannot bring home what was committed in '%s'%s%s: %s; it is kept in '%s', and %s tries again",
	    pr->v->top, *rel == '\0' ? "" : ", ", rel, pr->wrong, pr->v->path, command);
	free(command);
}

static bool
bring_one(const struct private *v, const struct home *h, const char *rel)
{
	struct pair pr;
	bool many = false, ok;

	prepare(&pr, v, h, rel);
	ok = same_repository(&pr) && fetch_fit(&pr, &many) && lfs_bring(v, pr.common, rel, pr.wrong) &&
	    fetch_all(&pr, many) && settle(&pr);
	if (ok && many) {
		ok = false;
		(void)snprintf(pr.wrong, sizeof(pr.wrong), "more than %lu refs were made inside, and only the branch that "
		    "HEAD is on came home", FETCH_REFS);
	}
	if (!ok)
		say_failed(&pr, rel);
	discard(&pr);
	return ok;
}

/* The submodules that were there when the run began, by their start repositories. */
static void
find_modules(const char *start, const char *rel, struct strv *out)
{
	char *path = xprintf("%s/%s", start, rel), *sub;
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (*e->d_name == '.')
			continue;
		sub = xprintf("%s/%s", rel, e->d_name);
		free(path);
		path = xprintf("%s/%s/origin", start, sub);
		if (access(path, F_OK) == 0) {
			strv_add(out, sub);
			free(path);
			path = xprintf("%s/modules", sub);
			find_modules(start, path, out);
		} else {
			find_modules(start, sub, out);
		}
		free(sub);
	}
	if (dir != NULL)
		(void)closedir(dir);
	free(path);
}

bool
home_bring(struct private *v, const struct home *h)
{
	struct strv modules = { 0 };
	char *start = xprintf("%s/start", v->path);
	bool ok = true;
	size_t i;

	/* First those that the others name. */
	find_modules(start, "modules", &modules);
	for (i = 0; i < modules.n; i++)
		ok = bring_one(v, h, modules.v[i]) && ok;
	ok = bring_one(v, h, "") && ok;
	free(start);
	return ok;
}
