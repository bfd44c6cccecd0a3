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
#include "moves.h"
#include "serve.h"

#define TRIES      3        /* the host may move a ref while we look */
#define REFS_MAX   20000UL  /* of one repository inside */
#define PACKED_MAX ((off_t)8 << 20)

/* One git directory of the run's, and the host's that it was made of. */
struct pair {
	const struct home    *h;
	const struct private *v;
	const char *rel;      /* below git/ and start/: "" or "modules/NAME" */
	char       *common;   /* of the host: the directory of refs and objects, */
	char       *dir;      /* and that of the work tree's HEAD and index */
	char       *inside;   /* the latter of the run, its path on the host */
	struct hostgit start, host, tree;
	char        wrong[512];
};

/* States that git keeps while something is unfinished; what ends them removes them. */
static const char *const states[] = { "rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD",
	"REVERT_HEAD", "BISECT_LOG", "sequencer", NULL };

static bool
there(const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name);
	struct stat st;
	bool yes = lstat(path, &st) == 0;

	free(path);
	return yes;
}

/* The first line of DIR/NAME, a regular file; NULL if there is none. The caller owns it. */
static char *
line_of(const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name), buf[4096];
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	free(path);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = wx_read_all(fd, buf, sizeof(buf) - 1);
	if (fd != -1)
		(void)close(fd);
	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return xstrdup(buf);
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
		else if (depth == 0 && strcmp(e->d_name, "packed-refs") == 0 && st.st_size > PACKED_MAX)
			l->refs = REFS_MAX + 1;
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
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

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
	    "+refs/notes/*:refs/wrapix/notes/*", "+refs/wrapix-stash/*:refs/wrapix/stash/*", NULL };
	char *head = line_of(pr->inside, "HEAD");
	const char *branch = branch_of(head);

	if (!many)
		words_addv(out, all);
	else if (branch != NULL)
		words_addf(out, "+%s:refs/wrapix/%s", branch, branch + 5);
	if (head != NULL && branch == NULL && strncmp(head, "ref:", 4) != 0)
		words_add(out, "+HEAD:refs/wrapix/HEAD");
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
	    "--no-auto-gc", "--prune", "--no-recurse-submodules", "--update-shallow", NULL };
	int rc;

	words_addv(&argv, head);
	words_add(&argv, option);
	words_add(&argv, "/run/wrapix/git");
	refspecs(pr, many, &argv);
	rc = argv.n == 10 ? 0 : hostgit(&pr->start, (const char *const *)argv.v, NULL, 0, 0, &said);
	if (rc != 0)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "%s", hostgit_signal() != 0 ? "it was interrupted" :
		    rc == -1 && pr->start.until > 0 && hostgit_now() > pr->start.until ? "the time was up" :
		    *said.err == '\0' ? "git fetch failed" : said.err);
	free(option);
	free(serve);
	return rc == 0;
}

/* ---- HEAD, index, states ---- */

static char *
head_commit(const struct hostgit *g)
{
	const char *const argv[] = { "rev-parse", "-q", "--verify", "HEAD^{commit}", NULL };
	struct hostgit_said said;
	char *id = NULL;

	if (hostgit(g, argv, NULL, 0, 200, &said) == 0) {
		said.out[strcspn(said.out, "\n")] = '\0';
		id = xstrdup(said.out);
	}
	free(said.out);
	return id;
}

static bool
unfinished(const struct pair *pr)
{
	const char *const *s;
	char *name;
	bool any = false;

	for (s = states; *s != NULL; s++) {
		if (!there(pr->inside, *s))
			continue;
		any = true;
		name = xprintf("%s%s%s", pr->rel, *pr->rel == '\0' ? "" : "/", *s);
		/* What the host has begun itself it still has. */
		if (!there(pr->dir, *s))
			report_add(pr->h->report, "unfinished", name, "was begun inside and is not ended: its commits "
			    "are home, what was to be done next is not");
		free(name);
	}
	return any;
}

/* What was open on the host when the run began, and was ended inside, is over here too. */
static void
end_states(const struct pair *pr)
{
	static const char *const with[] = { "MERGE_MODE", "MERGE_MSG", "MERGE_AUTOSTASH", "AUTO_MERGE", "REBASE_HEAD",
	    "BISECT_START", "BISECT_TERMS", "BISECT_NAMES", "BISECT_EXPECTED_REV", "BISECT_ANCESTORS_OK", NULL };
	int fd = open(pr->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char *open_name;
	bool ended = false;
	size_t i;

	for (i = 0; fd != -1 && states[i] != NULL; i++) {
		open_name = xprintf("open-%s", states[i]);
		if (there(pr->start.dir, open_name) && !there(pr->inside, states[i]) && there(pr->dir, states[i]))
			ended |= wx_remove_tree(fd, states[i]) == 0;
		free(open_name);
	}
	for (i = 0; ended && with[i] != NULL; i++)
		(void)unlinkat(fd, with[i], 0);
	if (fd != -1)
		(void)close(fd);
}

/* The branch that a rebase of the host's rewrites, if that was ended inside. The caller owns it. */
static char *
rebased(const struct pair *pr)
{
	static const char *const dirs[] = { "rebase-merge", "rebase-apply" };
	char *name, *path, *branch = NULL;
	size_t i;

	for (i = 0; i < 2 && branch == NULL; i++) {
		name = xprintf("open-%s", dirs[i]);
		path = xprintf("%s/%s", pr->dir, dirs[i]);
		if (there(pr->start.dir, name) && !there(pr->inside, dirs[i]))
			branch = line_of(path, "head-name");
		free(path);
		free(name);
	}
	return branch;
}

/* HEAD goes where it went inside, if it did, and if that is here now. */
static void
follow_head(struct pair *pr, const struct moves *m, const char *detached)
{
	char *now = line_of(pr->inside, "HEAD"), *was = line_of(pr->start.dir, "head"), *here = line_of(pr->dir, "HEAD");
	const char *branch = branch_of(now);
	const char *to[] = { "symbolic-ref", "-m", "wrapix: HEAD of the run", "HEAD", branch, NULL };
	const char *at[] = { "update-ref", "-m", "wrapix: HEAD of the run", "--no-deref", "HEAD", detached, NULL };
	bool ok = now != NULL && was != NULL && here != NULL && strcmp(now, was) != 0 && strcmp(here, was) == 0;
	size_t i;

	for (i = 0; ok && branch != NULL && i < m->n; i++)
		ok = m->v[i].kind != MOVE_KEEP || strcmp(m->v[i].ref, branch) != 0;
	if (ok && branch != NULL)
		(void)hostgit(&pr->tree, to, NULL, 0, 0, NULL);
	else if (ok && detached != NULL)
		(void)hostgit(&pr->tree, at, NULL, 0, 0, NULL);
	free(now);
	free(was);
	free(here);
}

/* The index of HEAD's tree; what it knows of unchanged files stays. The work tree is what it is. */
static void
renew_index(const struct pair *pr, const char *before)
{
	const char *const argv[] = { "read-tree", "--reset", "HEAD", NULL };
	char *after = head_commit(&pr->tree);
	struct hostgit_said said;

	if (after != NULL && (before == NULL || strcmp(before, after) != 0)) {
		if (hostgit(&pr->tree, argv, NULL, 0, 0, &said) != 0)
			warnx("cannot renew the index of '%s': %s; make it anew with: git reset", pr->v->top,
			    said.err);
		free(said.out);
	}
	free(after);
}

/* ---- one repository ---- */

static bool
settle(struct pair *pr, bool open)
{
	static const char *const mine[] = { "refs/heads", "refs/tags", "refs/notes", "refs/stash", "refs/wrapix", NULL };
	static const char *const his[] = { "refs/heads", "refs/tags", "refs/notes", "refs/stash", NULL };
	struct reflist fetched = { 0 }, here = { 0 };
	struct moves m = { 0 };
	char *before = head_commit(&pr->tree), *forced = rebased(pr);
	const char *detached;
	bool ok = false;
	int i;

	for (i = 0; i < TRIES && !ok; i++) {
		m.n = 0;
		reflist_free(&fetched);
		reflist_free(&here);
		if (!reflist_read(&pr->start, mine, &fetched, pr->wrong) ||
		    !reflist_read(&pr->host, his, &here, pr->wrong))
			break;
		moves_find(&pr->start, &fetched, &here, forced, &m);
		detached = reflist_find(&fetched, "refs/wrapix/HEAD");
		/* On no branch, and with something open: nothing else holds these commits. */
		if (open && detached != NULL)
			moves_keep_head(&m, detached);
		ok = moves_make(&pr->host, &pr->start, &m, pr->v->name, pr->wrong);
	}
	if (ok && !open)
		follow_head(pr, &m, detached);
	if (ok)
		end_states(pr);
	if (ok && pr->h->plan != NULL)
		renew_index(pr, before);
	if (ok)
		brought_say(&pr->start, pr->h, pr->v->name, pr->rel, &m);
	reflist_free(&fetched);
	reflist_free(&here);
	free(forced);
	free(before);
	return ok;
}

/* Is the repository still the one that the run was made of? */
static bool
same_repository(struct pair *pr)
{
	char *was = line_of(pr->start.dir, "origin"), *is;
	struct stat st;
	bool ok = false;

	if (lstat(pr->common, &st) == 0 && was != NULL) {
		is = xprintf("%ju %ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
		ok = S_ISDIR(st.st_mode) && strcmp(is, was) == 0;
		free(is);
	}
	if (!ok)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "'%s' is not there any more, or is another", pr->common);
	free(was);
	return ok;
}

static void
prepare(struct pair *pr, const struct private *v, const struct home *h, const char *rel)
{
	const char *below = strcmp(v->dir, v->common) == 0 || *rel != '\0' ? "" : v->dir + strlen(v->common);
	double until = h->seconds > 0 ? hostgit_now() + h->seconds : 0;
	char *start = xprintf("%s/start%s%s", v->path, *rel == '\0' ? "" : "/", rel);

	*pr = (struct pair){ .h = h, .v = v, .rel = rel };
	pr->common = xprintf("%s%s%s", v->common, *rel == '\0' ? "" : "/", rel);
	pr->dir = xprintf("%s%s", pr->common, below);
	pr->inside = xprintf("%s/git%s%s%s", v->path, *rel == '\0' ? "" : "/", rel, below);
	pr->host = (struct hostgit){ .program = h->plan->git_program, .dir = pr->common, .name = h->plan->git.name,
	    .email = h->plan->git.email, .until = until };
	pr->tree = pr->host;
	pr->tree.dir = pr->dir;
	pr->tree.tree = *rel == '\0' ? v->top : NULL;
	pr->start = pr->host;
	pr->start.dir = start;
	pr->start.objects = xprintf("%s/objects", pr->common);
}

static bool
bring_one(const struct private *v, const struct home *h, const char *rel)
{
	struct pair pr;
	bool many = false, ok;

	prepare(&pr, v, h, rel);
	ok = same_repository(&pr) && fit(&pr, &many) && configure(&pr) && fetch(&pr, many);
	if (ok && many)
		report_add(h->report, "unfinished", "refs", "more than 20000 refs were made inside: only the branch that "
		    "HEAD is on came home");
	ok = ok && settle(&pr, unfinished(&pr));
	if (!ok)
		warnx("cannot bring home what was committed in '%s'%s%s: %s; it is kept in '%s', and "
		    "wx-run --import tries again", v->top, *rel == '\0' ? "" : ", ", rel, pr.wrong, v->path);
	free((char *)(uintptr_t)pr.start.objects);
	free((char *)(uintptr_t)pr.start.dir);
	free(pr.common);
	free(pr.dir);
	free(pr.inside);
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
