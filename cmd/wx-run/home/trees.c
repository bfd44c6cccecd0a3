/* SPDX-License-Identifier: MIT */
#include "trees.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "home.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/removetree.h"

#define FIXED_MAX (1 << 20)
#define SAID_MAX  65536

static bool
there(const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name);
	struct stat st;
	bool yes = lstat(path, &st) == 0;

	free(path);
	return yes;
}

static struct hostgit
git_of(const struct pair *pr, const struct tree *t)
{
	struct hostgit g = pr->host;

	g.dir = t->dir;
	g.tree = t->top;
	return g;
}

char *
trees_head(const struct pair *pr, const struct tree *t)
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

bool
trees_unfinished(const struct pair *pr, const struct tree *t)
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
			home_found(pr->h, "unfinished", name, "was begun inside and is not ended: its commits "
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
	bool yes = there(t->notes, note) && !there(t->inside, name) && (there(t->dir, name) || reftable_in(t->dir));

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
		home_found(pr->h, "kept-ref", ref, detail);
		free(detail);
	}
	free(ref);
	free(id);
	free(dir);
}

/* A file or a directory, or, where the refs are no files, a ref. */
static bool
remove_state(const struct pair *pr, const struct tree *t, int dir, const char *name)
{
	if (there(t->dir, name))
		return wx_remove_tree(dir, name) == 0;
	return reftable_in(t->dir) && reftable_drop(pr->host.program, t->dir, name);
}

void
trees_end_states(const struct pair *pr, const struct tree *t)
{
	static const char *const with[] = { "MERGE_MODE", "MERGE_MSG", "MERGE_AUTOSTASH", "AUTO_MERGE", "REBASE_HEAD",
	    "BISECT_START", "BISECT_TERMS", "BISECT_NAMES", "BISECT_EXPECTED_REV", "BISECT_ANCESTORS_OK", NULL };
	int fd = wx_dir_open(AT_FDCWD, t->dir);
	bool any = false;
	size_t i;

	for (i = 0; fd != -1 && private_states[i] != NULL; i++)
		if (ended(t, private_states[i])) {
			keep_autostash(pr, t, private_states[i]);
			any |= remove_state(pr, t, fd, private_states[i]);
		}
	for (i = 0; any && with[i] != NULL; i++)
		(void)remove_state(pr, t, fd, with[i]);
	if (fd != -1)
		(void)close(fd);
}

char *
trees_rebased(const struct pair *pr)
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

void
trees_follow_head(const struct pair *pr, const struct tree *t, const struct moves *m, const struct reflist *here,
    const char *detached)
{
	char *now = repo_line_of(t->inside, "HEAD"), *was = repo_line_of(t->notes, "head");
	char *have = reftable_head(pr->host.program, t->dir);
	const char *branch = pair_branch(now);
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

/* What was read-only inside is as it was; what has HEAD? */
static void
say_left(const struct pair *pr, const struct tree *t, const char *after)
{
	const char *const head[] = { "--literal-pathspecs", "diff", "--name-only", "--no-renames", "-z", t->before, after,
	    "--", NULL };
	char *note = xprintf("%s/%s", pr->start.dir, PRIVATE_FIXED), *fixed = malloc(FIXED_MAX), *name;
	struct hostgit_said said;
	struct strv argv = { 0 };
	ssize_t n;

	if (fixed == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	n = wx_read_text(AT_FDCWD, note, O_NOFOLLOW, fixed, FIXED_MAX);
	strv_addv(&argv, head);
	for (name = fixed; name < fixed + n; name += strlen(name) + 1)
		strv_add(&argv, name);
	/* Without a path all of the tree would be meant. */
	if (n > 0 && hostgit(&pr->host, (const char *const *)argv.v, NULL, 0, SAID_MAX, &said) == 0)
		for (name = said.out; name < said.out + said.len; name += strlen(name) + 1)
			home_found(pr->h, "left-as-it-was", name, "it was read-only inside, and HEAD has another: "
			    "git diff shows that, git checkout takes it");
	if (n > 0)
		free(said.out);
	free(fixed);
	free(note);
}

void
trees_renew_index(const struct pair *pr, const struct tree *t)
{
	const char *const argv[] = { "read-tree", "--reset", "HEAD", NULL };
	char *after = trees_head(pr, t);
	struct hostgit g = git_of(pr, t);
	struct hostgit_said said;

	if (after != NULL && (t->before == NULL || strcmp(t->before, after) != 0)) {
		if (t->before != NULL && *pr->rel == '\0' && t->top != NULL && strcmp(t->top, pr->v->top) == 0)
			say_left(pr, t, after);
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

void
trees_find(struct pair *pr)
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
