/* SPDX-License-Identifier: MIT */
#include "brought.h"

#include <err.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "git/git.h"
#include "kinds/kinds.h"
#include "libcommon/exitcode.h"
#include "libcommon/tool/path.h"

#define RAW_MAX     ((size_t)16 << 20)
#define COMMITS_MAX 50
#define LOOKS_MAX   200   /* refs */
#define LINK_MAX    4096

static const char hidden_in_commits[] = "is in the commits: git checkout, merge or pull writes it";

struct entry {
	unsigned long old_mode, mode;
	const char   *id, *path;
};

/* Does the link, committed at PATH, lead out of the tree by its words? */
static bool
leads_out(const struct hostgit *g, const struct entry *e, char target[static LINK_MAX])
{
	char *id = xprintf("%.64s", e->id);
	const char *argv[] = { "cat-file", "blob", id, NULL };
	struct hostgit_said said;
	bool out = false;

	id[strcspn(id, " ")] = '\0';
	if (hostgit(g, argv, NULL, 0, LINK_MAX - 1, &said) == 0) {
		(void)snprintf(target, LINK_MAX, "%s", said.out);
		out = said.cut || outward_words(e->path, target);
	}
	free(said.out);
	free(id);
	return out;
}

/* Is it in a directory of a protected kind? */
static bool
in_kind(const char *path)
{
	char *dir = xstrdup(path), *slash;
	bool whole, yes = false;

	while (!yes && (slash = strrchr(dir, '/')) != NULL) {
		*slash = '\0';
		yes = look_kind(dir, false, &whole) != NULL;
	}
	free(dir);
	return yes;
}

/* Is it what a tool on the host acts upon by itself: of a protected kind, or named by the user or
 * by git's settings? */
static bool
is_kind(const struct plan *p, const char *rel, const struct entry *e)
{
	const char *named;
	bool whole;
	size_t i;

	if (look_kind(e->path, e->mode == 0120000, &whole) != NULL || in_kind(e->path))
		return true;
	if (*rel != '\0')
		return false;
	for (i = 0; i < p->protect.n; i++) {
		named = p->protect.v[i];
		while (*named == '/' || strncmp(named, "./", 2) == 0)
			named += *named == '/' ? 1 : 2;
		if (fnmatch(named, e->path, FNM_PATHNAME | FNM_LEADING_DIR) == 0)
			return true;
	}
	for (i = 0; i < p->git_named.n; i++) {
		named = p->git_named.v[i] + 1;
		if (path_within(named, p->project) && strcmp(named, p->project) != 0 &&
		    path_within(e->path, named + strlen(p->project) + 1))
			return true;
	}
	return false;
}

static void
look(const struct hostgit *g, const struct home *h, const char *rel, const struct entry *e)
{
	char target[LINK_MAX], *path = xprintf("%s%s%s", rel, *rel == '\0' ? "" : ": ", e->path);

	if (e->mode == 0)
		;   /* removed */
	else if (e->mode == 0160000 && e->old_mode != 0160000)
		home_found(h, "committed", path, "is a gitlink, to another repository");
	else if (e->mode == 0120000 && leads_out(g, e, target))
		home_found(h, "committed", path, target);
	else if (is_kind(h->plan, rel, e))
		home_found(h, "committed", path, hidden_in_commits);
	free(path);
}

/* ":OLDMODE MODE OLDID ID STATUS" NUL path NUL (git-diff-tree(1), -z). */
static void
look_at_raw(const struct hostgit *g, const struct home *h, const char *rel, const struct hostgit_said *said)
{
	const char *p = said->out, *end = said->out + said->len, *path;
	struct entry e;
	char *at;

	while (p < end && *p == ':') {
		e.old_mode = strtoul(p + 1, &at, 8);
		e.mode = strtoul(at, &at, 8);
		at += strspn(at, " ");
		at += strcspn(at, " ");
		e.id = at + strspn(at, " ");
		path = p + strlen(p) + 1;
		if (path >= end)
			break;
		e.path = path;
		look(g, h, rel, &e);
		p = path + strlen(path) + 1;
	}
	if (said->cut)
		home_found(h, "committed", rel, "more files are changed than are looked at");
}

/* What NEW changed: of OLD, or of all that was here where it is NULL. */
static void
look_at_change(const struct hostgit *g, const struct home *h, const char *rel, const char *old, const char *new)
{
	const char *empty[] = { "hash-object", "-t", "tree", "--stdin", NULL };
	const char *argv[] = { "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new, NULL };
	struct hostgit_said said;
	char *none = NULL;

	if (old == NULL && hostgit(g, empty, NULL, 0, 100, &said) == 0) {
		said.out[strcspn(said.out, "\n")] = '\0';
		argv[6] = none = said.out;
	}
	if (argv[6] != NULL && hostgit(g, argv, NULL, 0, RAW_MAX, &said) == 0) {
		look_at_raw(g, h, rel, &said);
		free(said.out);
	}
	free(none);
}

/* A new branch is compared with what of the run's start it comes from. */
static char *
base_of(const struct hostgit *g, const char *new)
{
	const char *const argv[] = { "rev-list", "--boundary", "--max-count=20000", new, "--not", "--exclude=refs/wrapix/*",
	    "--glob=refs/heads", "--glob=refs/tags", NULL };
	struct hostgit_said said;
	char *base = NULL, *p;

	if (hostgit(g, argv, NULL, 0, (size_t)4 << 20, &said) == 0 && (p = strchr(said.out, '-')) != NULL) {
		p[1 + strcspn(p + 1, "\n")] = '\0';
		base = xstrdup(p + 1);
	} else if (said.len == 0) {
		base = xstrdup(new);   /* nothing of it is new */
	}
	free(said.out);
	return base;
}

/* NAME for a command line that the user may copy: a branch is named by the sandbox, and git
 * allows it what a shell acts upon. The caller owns it. */
static char *
word(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+@%=:,-";

	return name[strspn(name, plain)] == '\0' && *name != '-' ? xstrdup(name) : quote_sh(name);
}

/* git, of the repository's directory REL. The caller owns it. */
static char *
git_in(const struct plan *p, const char *rel)
{
	bool mounted = p->label != NULL && *p->label != '\0';
	char *dir = xprintf("%s%s.git/%s", mounted ? p->project : "", mounted ? "/" : "", rel);
	char *name = word(*rel == '\0' ? p->project : dir), *in;

	in = *rel != '\0' ? xprintf("git --git-dir=%s", name) : mounted ? xprintf("git -C %s", name) : xstrdup("git");
	free(name);
	free(dir);
	return in;
}

/* How the user takes what stayed. */
static void
say_kept(const struct home *h, const struct move *m, const char *run, const char *rel)
{
	const char *name = strncmp(m->ref, "refs/", 5) == 0 ? m->ref + 5 : m->ref;
	char *full = xprintf("refs/wrapix/%s/%s", run, name), *detail, *ref = word(full);
	char *in = git_in(h->plan, rel);
	char *branch = strncmp(m->ref, "refs/heads/", 11) == 0 ? word(m->ref + 11) : NULL;
	char *plain = word(strncmp(m->ref, "refs/tags/", 10) == 0 ? m->ref + 10 : m->ref);

	if (branch != NULL && m->refused && m->here == NULL)
		detail = xprintf("'%s' cannot be made here: another name is in its way, or a lock; take it with: "
		    "%s branch NAME %s", branch, in, ref);
	else if (branch != NULL && m->refused)
		detail = xprintf("'%s' cannot be moved here; is it locked? take it with: %s merge --ff-only %s", branch, in, ref);
	else if (m->busy)
		detail = xprintf("another work tree is on '%s'; take it there with: %s merge --ff-only %s", branch, in, ref);
	else if (branch != NULL && m->here == NULL)
		detail = xprintf("'%s' was deleted here meanwhile; take it with: %s branch %s %s", branch, in, branch, ref);
	else if (branch != NULL && m->start != NULL && m->here != NULL && strcmp(m->start, m->here) == 0)
		detail = xprintf("'%s' was rewritten inside, which is no fast-forward; take it with: %s reset --keep %s "
		    "(on it), or %s branch -f %s %s", branch, in, ref, in, branch, ref);
	else if (branch != NULL)
		detail = xprintf("'%s' moved here too; take it with: %s merge %s", branch, in, ref);
	else if (strncmp(m->ref, "refs/tags/", 10) == 0)
		detail = xprintf("the tag was moved inside; take it with: %s tag -f %s %s", in, plain, ref);
	else if (strcmp(m->ref, "HEAD") == 0)
		detail = xprintf("HEAD was on no branch; take it with: %s branch NAME %s", in, ref);
	else
		detail = xprintf("take it with: %s update-ref %s %s", in, plain, ref);
	home_found(h, "kept-ref", full, detail);
	free(plain);
	free(branch);
	free(full);
	free(in);
	free(detail);
	free(ref);
}

/* To ARGV, for git log or rev-list: what came, and no stash. False: nothing did. */
static bool
add_range(const struct moves *m, struct strv *argv)
{
	size_t i, n = 0;

	for (i = 0; i < m->n; i++)
		if (m->v[i].new != NULL && m->v[i].kind != MOVE_STASH && n < 1000) {
			strv_add(argv, m->v[i].new);
			n++;
		}
	strv_add(argv, "--not");
	strv_add(argv, "--glob=refs/heads");
	strv_add(argv, "--glob=refs/tags");
	return n > 0;
}

static void
say_commits(const struct hostgit *g, const struct moves *m)
{
	struct strv argv = { 0 };
	struct hostgit_said said;
	char *line, *save = NULL, *text;

	strv_add(&argv, "log");
	strv_addf(&argv, "--max-count=%d", COMMITS_MAX);
	strv_add(&argv, "--format=%h %s");
	if (!add_range(m, &argv))
		return;
	if (hostgit(g, (const char *const *)argv.v, NULL, 0, 65536, &said) == 0)
		for (line = strtok_r(said.out, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
			text = escaped(line);
			(void)fprintf(stderr, "wx-run: commit %s\n", text);
			free(text);
		}
	free(said.out);
}

static unsigned long
count_commits(const struct hostgit *g, const struct moves *m)
{
	struct strv argv = { 0 };
	struct hostgit_said said;
	unsigned long n = 0;

	strv_add(&argv, "rev-list");
	strv_add(&argv, "--count");
	if (!add_range(m, &argv))
		return 0;
	if (hostgit(g, (const char *const *)argv.v, NULL, 0, 64, &said) == 0)
		n = strtoul(said.out, NULL, 10);
	free(said.out);
	return n;
}

/* Was the same commit looked at before the I-th? */
static bool
known(const struct moves *m, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (m->v[k].new != NULL && strcmp(m->v[k].new, m->v[i].new) == 0)
			return true;
	return false;
}

static void
look_at_all(const struct hostgit *start, const struct home *h, const char *rel, const struct moves *m)
{
	size_t i, looked = 0;
	char *base;

	for (i = 0; i < m->n; i++) {
		const struct move *v = &m->v[i];

		if (v->new == NULL || strncmp(v->ref, "refs/notes/", 11) == 0 || known(m, i))
			continue;
		if (looked++ == LOOKS_MAX || hostgit_signal() != 0) {
			home_found(h, "committed", rel, "more refs were changed than are looked at");
			return;
		}
		base = v->kind == MOVE_STASH ? xprintf("%s^1", v->new) :
		    v->start != NULL ? xstrdup(v->start) : base_of(start, v->new);
		if (base == NULL || strcmp(base, v->new) != 0)
			look_at_change(start, h, rel, base, v->new);
		free(base);
	}
}

void
brought_say(const struct hostgit *start, const struct home *h, const char *run, const char *rel,
    const struct moves *m)
{
	const struct move *v;
	size_t i;

	if (h->commits)
		say_commits(start, m);
	if (h->brought != NULL)
		*h->brought += count_commits(start, m);
	for (i = 0; i < m->n; i++) {
		v = &m->v[i];
		if (v->kind == MOVE_KEEP)
			say_kept(h, v, run, rel);
		if (v->kind == MOVE_GONE)
			home_found(h, "deleted-branch", v->ref, "was deleted inside; here it stays");
	}
	look_at_all(start, h, rel, m);
}
