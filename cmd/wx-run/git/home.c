/* SPDX-License-Identifier: MIT */
#include "home.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "brought.h"
#include "hostgit.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/removetree.h"
#include "lfs.h"
#include "moves.h"
#include "private.h"
#include "repo.h"
#include "serve.h"

#define TRIES      3        /* the host may move a ref while we look */
#define REFS_MAX   20000UL  /* of one repository inside */
#define PACKED_MAX ((off_t)8 << 20)

/* A work tree of a repository: its own part of the git directory. */
struct tree {
	char *inside;    /* of the run: the path on the host, */
	char *notes;     /* what was noted of it when the run began, */
	char *dir;       /* the same of the host, */
	char *name;      /* and the ref of its HEAD, where that is on no branch: "main", "tree/NAME" */
	char *top;       /* where its files are, or NULL: not known */
	char *before;    /* the commit of its HEAD before the import, or NULL */
	bool  open;      /* something is unfinished in it */
};

/* One git directory of the run's, and the host's that it was made of. */
struct pair {
	const struct home    *h;
	const struct private *v;
	const char *rel;      /* below git/ and start/: "" or "modules/NAME" */
	char       *common;   /* of the host: the directory of refs and objects */
	struct hostgit start, host;
	struct { struct tree *v; size_t n, cap; } trees;
	char        wrong[512];
};

static bool
there(const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name);
	struct stat st;
	bool yes = lstat(path, &st) == 0;

	free(path);
	return yes;
}

/* "refs/heads/NAME" of a HEAD's line, if it is on a branch that a ref could be named. */
static const char *
branch_of(const char *head)
{
	return head != NULL && strncmp(head, "ref: refs/heads/", 16) == 0 && head[16] != '.' ? head + 5 : NULL;
}

/* ---- is it fit to be served? ---- */

struct look {
	unsigned long refs, left;
	const char   *bad;
};

/* The lines of a file of SIZE bytes; more than REFS_MAX where it is too large to be read. */
static unsigned long
lines_of(int dir, const char *name, off_t size)
{
	int fd = size > PACKED_MAX ? -1 : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	unsigned long lines = fd == -1 ? REFS_MAX + 1 : 0;
	char buf[65536];
	ssize_t n = 0, i;

	while (fd != -1 && lines <= REFS_MAX && (n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++)
			lines += buf[i] == '\n';
	if (fd != -1)
		(void)close(fd);
	return lines;
}

/* What git opens without a thought could be a pipe, and hold it for ever. */
static void
look_in(struct look *l, int fd, int depth, bool refs)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	struct stat st;
	int down;

	while (dir != NULL && l->bad == NULL && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (l->left-- == 0 || depth > 200)
			l->bad = "it holds too many files to be looked at";
		else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
			l->bad = "it holds a pipe, socket or device";
		else if (depth == 0 && strcmp(e->d_name, "packed-refs") == 0)
			l->refs += lines_of(dirfd(dir), e->d_name, st.st_size);
		l->refs += refs && S_ISREG(st.st_mode);
		if (l->bad != NULL || !S_ISDIR(st.st_mode))
			continue;
		down = openat(dirfd(dir), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (down == -1)
			l->bad = "a directory of it is closed";
		else
			look_in(l, down, depth + 1, refs || (depth == 0 && strcmp(e->d_name, "refs") == 0));
	}
	if (dir != NULL)
		(void)closedir(dir);
	else
		(void)close(fd);
}

static bool
fit(struct pair *pr, bool *many)
{
	struct look l = { .left = 4000000 };
	char *path = xprintf("%s/git/%s", pr->v->path, pr->rel);
	int fd;

	/* A mode is all that the sandbox can change of the directory itself, which was mounted. */
	if (*pr->rel == '\0')
		(void)chmod(path, 0755);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	free(path);
	if (fd == -1)
		l.bad = "its directory cannot be opened";
	else
		look_in(&l, fd, 0, false);
	if (l.bad != NULL)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "%s", l.bad);
	*many = l.refs > REFS_MAX;
	return l.bad == NULL;
}

/* ---- fetch ---- */

/* What the start repository must know of the host's: how objects are named, how refs are
 * stored, that objects may be missing (git-config(1), extensions.*). */
static bool
configure(struct pair *pr)
{
	char *file = xprintf("%s/config", pr->common), *to = xprintf("%s/config", pr->start.dir);
	const char *const argv[] = { "config", "--file", file, "--no-includes", "--get-regexp",
	    /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma) */
	    "^(extensions\\.(objectformat|refstorage|partialclone)|core\\.repositoryformatversion|"
	    "remote\\..*\\.(promisor|partialclonefilter))$", NULL };
	struct hostgit_said said;
	char *line, *save = NULL, *value;
	bool ok;

	ok = hostgit(&pr->host, argv, NULL, 0, 65536, &said) >= 0;
	(void)unlink(to);
	for (line = strtok_r(said.out, "\n", &save); ok && line != NULL; line = strtok_r(NULL, "\n", &save)) {
		const char *set[] = { "config", "--file", to, line, NULL, NULL };

		value = strchr(line, ' ');
		if (value == NULL)
			continue;
		*value++ = '\0';
		set[4] = value;
		ok = hostgit(&pr->host, set, NULL, 0, 0, NULL) == 0;
	}
	if (!ok)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "the repository's settings cannot be read");
	free(said.out);
	free(to);
	free(file);
	return ok;
}

static void
refspecs(const struct pair *pr, bool many, struct words *out)
{
	static const char *const all[] = { "+refs/heads/*:refs/wrapix/heads/*", "+refs/tags/*:refs/wrapix/tags/*",
	    "+refs/notes/*:refs/wrapix/notes/*", NULL };
	char *head = repo_line_of(pr->trees.v[0].inside, "HEAD");
	const char *branch = branch_of(head);

	if (!many)
		words_addv(out, all);
	else if (branch != NULL)
		words_addf(out, "+%s:refs/wrapix/%s", branch, branch + 5);
	words_add(out, "+refs/wrapix-stash/*:refs/wrapix/stash/*");
	words_add(out, "+refs/wrapix-head/*:refs/wrapix/head/*");
	free(head);
}

static bool
fetch(struct pair *pr, bool many)
{
	char *serve = serve_command(pr->h->plan, pr->v->path, pr->rel);
	char *option = xprintf("--upload-pack=%s", serve);
	struct words argv = { 0 };
	struct hostgit_said said;
	static const char *const head[] = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
	    "--no-auto-gc", "--prune", "--no-recurse-submodules", NULL };
	int rc;

	words_addv(&argv, head);
	words_add(&argv, option);
	words_add(&argv, "/run/wrapix/git");
	refspecs(pr, many, &argv);
	rc = hostgit(&pr->start, (const char *const *)argv.v, NULL, 0, 0, &said);
	if (rc != 0)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "%s", hostgit_signal() != 0 ? "it was interrupted" :
		    rc == -1 && pr->start.until > 0 && hostgit_now() > pr->start.until ? "the time was up" :
		    *said.err == '\0' ? "git fetch failed" : said.err);
	free(option);
	free(serve);
	return rc == 0;
}

/* ---- work trees: HEAD, index, states ---- */

static struct hostgit
git_of(const struct pair *pr, const struct tree *t)
{
	struct hostgit g = pr->host;

	g.dir = t->dir;
	g.tree = t->top;
	return g;
}

static char *
head_commit(const struct pair *pr, const struct tree *t)
{
	const char *const argv[] = { "rev-parse", "-q", "--verify", "HEAD^{commit}", NULL };
	struct hostgit g = git_of(pr, t);
	struct hostgit_said said;
	char *id = NULL;

	if (hostgit(&g, argv, NULL, 0, 200, &said) == 0) {
		said.out[strcspn(said.out, "\n")] = '\0';
		id = xstrdup(said.out);
	}
	free(said.out);
	return id;
}

static bool
unfinished(const struct pair *pr, const struct tree *t)
{
	const char *const *s;
	char *name;
	bool any = false;

	for (s = private_states; *s != NULL; s++) {
		if (!there(t->inside, *s))
			continue;
		any = true;
		name = xprintf("%s%s%s", pr->rel, *pr->rel == '\0' ? "" : "/", *s);
		/* What the host has begun itself it still has. */
		if (!there(t->dir, *s))
			report_add(pr->h->report, "unfinished", name, "was begun inside and is not ended: its commits "
			    "are home, what was to be done next is not");
		free(name);
	}
	return any;
}

/* Was NAME open on the host when the run began, and ended inside? */
static bool
ended(const struct tree *t, const char *name)
{
	char *note = xprintf("open-%s", name);
	bool yes = there(t->notes, note) && !there(t->inside, name) && there(t->dir, name);

	free(note);
	return yes;
}

/* What a rebase of the host's had put aside is not lost with it. */
static void
keep_autostash(const struct pair *pr, const struct tree *t, const char *state)
{
	char *dir = xprintf("%s/%s", t->dir, state), *id = repo_line_of(dir, "autostash");
	char *ref = xprintf("refs/wrapix/%s/autostash", pr->v->name), *detail;
	const char *argv[] = { "update-ref", ref, id, NULL };

	if (id != NULL && hostgit(&pr->host, argv, NULL, 0, 0, NULL) == 0) {
		detail = xprintf("what the rebase had put aside; if it is missing, take it with: git stash apply %s", ref);
		report_add(pr->h->report, "kept-ref", ref, detail);
		free(detail);
	}
	free(ref);
	free(id);
	free(dir);
}

/* What was open on the host when the run began, and was ended inside, is over here too. */
static void
end_states(const struct pair *pr, const struct tree *t)
{
	static const char *const with[] = { "MERGE_MODE", "MERGE_MSG", "MERGE_AUTOSTASH", "AUTO_MERGE", "REBASE_HEAD",
	    "BISECT_START", "BISECT_TERMS", "BISECT_NAMES", "BISECT_EXPECTED_REV", "BISECT_ANCESTORS_OK", NULL };
	int fd = open(t->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool any = false;
	size_t i;

	for (i = 0; fd != -1 && private_states[i] != NULL; i++)
		if (ended(t, private_states[i])) {
			keep_autostash(pr, t, private_states[i]);
			any |= wx_remove_tree(fd, private_states[i]) == 0;
		}
	for (i = 0; any && with[i] != NULL; i++)
		(void)unlinkat(fd, with[i], 0);
	if (fd != -1)
		(void)close(fd);
}

/* The branch that a rebase of the host's rewrites, if that was ended inside. The caller owns it. */
static char *
rebased(const struct pair *pr)
{
	static const char *const dirs[] = { "rebase-merge", "rebase-apply" };
	char *path, *branch = NULL;
	size_t i, k;

	for (k = 0; k < pr->trees.n; k++)
		for (i = 0; i < 2 && branch == NULL; i++)
			if (ended(&pr->trees.v[k], dirs[i])) {
				path = xprintf("%s/%s", pr->trees.v[k].dir, dirs[i]);
				branch = repo_line_of(path, "head-name");
				free(path);
			}
	return branch;
}

/* Is the branch here, as it is inside? */
static bool
is_here(const struct reflist *here, const struct moves *m, const char *branch)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->v[i].ref, branch) == 0)
			return m->v[i].kind != MOVE_KEEP;
	return reflist_find(here, branch) != NULL;
}

/* HEAD goes where it went inside, if it did, and if that is here now. */
static void
follow_head(const struct pair *pr, const struct tree *t, const struct moves *m, const struct reflist *here,
    const char *detached)
{
	char *now = repo_line_of(t->inside, "HEAD"), *was = repo_line_of(t->notes, "head"), *have = repo_line_of(t->dir, "HEAD");
	const char *branch = branch_of(now);
	const char *to[] = { "symbolic-ref", "-m", "wrapix: HEAD of the run", "HEAD", branch, NULL };
	const char *at[] = { "update-ref", "-m", "wrapix: HEAD of the run", "--no-deref", "HEAD", detached, NULL };
	bool moved = now != NULL && was != NULL && have != NULL && strcmp(now, was) != 0 && strcmp(have, was) == 0;
	struct hostgit g = git_of(pr, t);

	if (moved && branch != NULL && (is_here(here, m, branch) || t->before == NULL))
		(void)hostgit(&g, to, NULL, 0, 0, NULL);
	else if (moved && branch == NULL && detached != NULL)
		(void)hostgit(&g, at, NULL, 0, 0, NULL);
	free(now);
	free(was);
	free(have);
}

/* The index of HEAD's tree; what it knows of unchanged files stays. The work tree is what it is. */
static void
renew_index(const struct pair *pr, const struct tree *t)
{
	const char *const argv[] = { "read-tree", "--reset", "HEAD", NULL };
	char *after = head_commit(pr, t);
	struct hostgit g = git_of(pr, t);
	struct hostgit_said said;

	if (after != NULL && (t->before == NULL || strcmp(t->before, after) != 0)) {
		if (hostgit(&g, argv, NULL, 0, 0, &said) != 0)
			warnx("cannot renew the index of '%s': %s; make it anew with: git reset",
			    t->top == NULL ? t->dir : t->top, said.err);
		free(said.out);
	}
	free(after);
}

static void
add_tree(struct pair *pr, const char *sub, const char *notes, const char *name)
{
	const char *rel = pr->rel, *slash = *rel == '\0' ? "" : "/";
	struct tree *t;

	if (pr->trees.n == pr->trees.cap)
		pr->trees.v = xgrow(pr->trees.v, &pr->trees.cap, sizeof(*pr->trees.v));
	t = &pr->trees.v[pr->trees.n++];
	*t = (struct tree){ .inside = xprintf("%s/git%s%s%s", pr->v->path, slash, rel, sub),
	    .notes = xprintf("%s%s", pr->start.dir, notes), .dir = xprintf("%s%s", pr->common, sub),
	    .name = xstrdup(name) };
	t->top = repo_line_of(t->notes, "top");
	if (t->top == NULL && *rel == '\0' && *sub == '\0')
		t->top = xstrdup(pr->v->top);
}

/* The repository's own work tree, if it is inside, and the linked ones that are. */
static void
find_trees(struct pair *pr)
{
	bool linked = *pr->rel == '\0' && strcmp(pr->v->dir, pr->v->common) != 0;
	char *path = xprintf("%s/trees", pr->start.dir), *sub, *notes, *name;
	DIR *dir = opendir(path);
	struct dirent *e;

	if (!linked)
		add_tree(pr, "", "", "main");
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (*e->d_name == '.')
			continue;
		sub = xprintf("/worktrees/%s", e->d_name);
		notes = xprintf("/trees/%s", e->d_name);
		name = xprintf("tree/%s", e->d_name);
		add_tree(pr, sub, notes, name);
		free(name);
		free(notes);
		free(sub);
	}
	if (dir != NULL)
		(void)closedir(dir);
	if (pr->trees.n == 0)   /* the project's own, whatever became of the notes */
		add_tree(pr, "", "", "main");
	free(path);
}

/* ---- one repository ---- */

static void
add_busy(const struct pair *pr, const char *sub, struct words *out)
{
	char *dir = xprintf("%s%s", pr->common, sub), *head;
	const char *branch;
	size_t i;

	for (i = 0; i < pr->trees.n && strcmp(pr->trees.v[i].dir, dir) != 0; i++)
		;
	head = i == pr->trees.n ? repo_line_of(dir, "HEAD") : NULL;
	branch = branch_of(head);
	if (branch != NULL)
		words_add(out, branch);
	free(head);
	free(dir);
}

/* The branches that work trees of the host's are on which were not inside. */
static void
find_busy(const struct pair *pr, struct words *out)
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
	struct words busy = { 0 };
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
		moves_find(&pr->start, fetched, here, forced, &busy, m);
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
	char *forced = rebased(pr), *ref;
	struct tree *t;
	size_t i;
	bool ok;

	for (i = 0; i < pr->trees.n; i++) {
		pr->trees.v[i].before = head_commit(pr, &pr->trees.v[i]);
		pr->trees.v[i].open = unfinished(pr, &pr->trees.v[i]);
	}
	ok = move_refs(pr, forced, &fetched, &here, &m);
	for (i = 0; ok && i < pr->trees.n; i++) {
		t = &pr->trees.v[i];
		ref = xprintf("refs/wrapix/head/%s", t->name);
		if (!t->open)
			follow_head(pr, t, &m, &here, reflist_find(&fetched, ref));
		end_states(pr, t);
		renew_index(pr, t);
		free(ref);
	}
	if (ok)
		brought_say(&pr->start, pr->h, pr->v->name, pr->rel, &m);
	reflist_free(&fetched);
	reflist_free(&here);
	free(forced);
	return ok;
}

/* Is the repository still the one that the run was made of? */
static bool
same_repository(struct pair *pr)
{
	char *was = repo_line_of(pr->start.dir, "origin"), *is = NULL;
	int fd = open(pr->common, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
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
	return ok;
}

static void
prepare(struct pair *pr, const struct private *v, const struct home *h, const char *rel)
{
	double until = h->seconds > 0 ? hostgit_now() + h->seconds : 0;
	const char *slash = *rel == '\0' ? "" : "/";

	*pr = (struct pair){ .h = h, .v = v, .rel = rel };
	pr->common = xprintf("%s%s%s", v->common, slash, rel);
	pr->host = (struct hostgit){ .program = h->plan->git_program, .dir = pr->common, .name = h->plan->git.name,
	    .email = h->plan->git.email, .until = until };
	pr->start = pr->host;
	pr->start.dir = xprintf("%s/start%s%s", v->path, slash, rel);
	pr->start.objects = xprintf("%s/objects", pr->common);
	find_trees(pr);
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

static bool
bring_one(const struct private *v, const struct home *h, const char *rel)
{
	struct pair pr;
	bool many = false, ok;

	prepare(&pr, v, h, rel);
	ok = same_repository(&pr) && fit(&pr, &many) && lfs_bring(v, pr.common, rel, pr.wrong) && configure(&pr) && fetch(&pr, many) && settle(&pr);
	if (ok && many) {
		ok = false;
		(void)snprintf(pr.wrong, sizeof(pr.wrong), "more than %lu refs were made inside, and only the branch that "
		    "HEAD is on came home", REFS_MAX);
	}
	if (!ok)
		warnx("cannot bring home what was committed in '%s'%s%s: %s; it is kept in '%s', and "
		    "wx-run --import tries again", v->top, *rel == '\0' ? "" : ", ", rel, pr.wrong, v->path);
	discard(&pr);
	return ok;
}

/* The submodules that were there when the run began, by their start repositories. */
static void
find_modules(const char *start, const char *rel, struct words *out)
{
	char *path = xprintf("%s/%s", start, rel), *sub;
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (*e->d_name == '.')
			continue;
		sub = xprintf("%s/%s", rel, e->d_name);
		free(path);
		path = xprintf("%s/%s/HEAD", start, sub);
		if (access(path, F_OK) == 0) {
			words_add(out, sub);
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
	struct words modules = { 0 };
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
