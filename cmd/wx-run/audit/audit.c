/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "git/gitindex.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"

#define DEPTH_MAX 200
#define LOOK_AT_CLOCK 64                 /* entries between two looks */
#define INDEX_MAX ((size_t)256 << 20)
#define INDEX_BEFORE ((size_t)4 << 20)   /* read before the run: some 40,000 files */

/* What git acts upon, of its folder. */
static const char *const acted[] = { "config", "config.worktree", "commondir", "gitdir",
	"hooks", NULL };

static const char enters[] = "the host's git reads its config when it enters this folder";

/* A place in the walk. */
struct place {
	int  fd;
	int  depth;
	bool in_kind;    /* below a folder of a protected kind */
	bool in_git;     /* below a git folder */
	bool own;        /* that is one of the guarded */
	bool said;       /* or one that a finding names as a whole */
	bool names_free; /* below its refs or logs: names there are those of branches */
	bool hooks;      /* the entries are hooks, */
	bool objects;    /* or git's objects: nothing acts upon their names */
	bool fresh;      /* it changed, or was moved here */
	bool moved;      /* it may have been moved here, or a git folder above it */
};

struct walk {
	const struct guards *g;
	struct report *r;
	struct timespec start, until;
	int    root;             /* index of guards.roots */
	unsigned long seen;
	bool   stopped;
	char   path[PATH_MAX];   /* of the entry under the eye */
	size_t len;
};

struct timespec
audit_clock(void)
{
	return wx_file_clock();
}

static bool
before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static bool
is_new(const struct walk *w, const struct stat *st)
{
	struct timespec changed = wx_stat_ctime(st);

	return !before(&changed, &w->start);
}

static bool
out_of_time(struct walk *w)
{
	struct timespec now;

	if (!w->stopped && ++w->seen % LOOK_AT_CLOCK == 0) {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		w->stopped = before(&w->until, &now);
	}
	return w->stopped;
}

/* A finding about the entry under the eye. */
static void
found(const struct walk *w, const char *kind, const char *detail)
{
	char *name = xprintf("%s%s", w->g->roots.v[w->root].label, w->path);

	report_add(w->r, kind, *name == '\0' ? "." : name, detail);
	free(name);
}

/* Was the path closed to the sandbox? The nearest guard says; the list is sorted. */
static bool
guarded(const struct walk *w)
{
	const struct guard *gd;
	bool yes = false;
	size_t i;

	for (i = 0; i < w->g->list.n; i++) {
		gd = &w->g->list.v[i];
		if (gd->root == w->root && *gd->rel != '\0' && path_within(w->path, gd->rel))
			yes = gd->kind == GUARD_RO;
	}
	return yes;
}

/* And is that so for all below it? */
static bool
sealed(const struct walk *w)
{
	const struct guard *gd;
	size_t i;

	if (!guarded(w))
		return false;
	for (i = 0; i < w->g->list.n; i++) {
		gd = &w->g->list.v[i];
		if (gd->root == w->root && gd->kind == GUARD_ANCHOR && path_within(gd->rel, w->path))
			return false;
	}
	return true;
}

/* Did the user release the path? What happens there is as he wants it. */
static bool
released(const struct walk *w)
{
	size_t i;

	for (i = 0; w->root == 0 && i < w->g->unprotect->n; i++)
		if (path_within(w->path, w->g->unprotect->v[i]))
			return true;
	return false;
}

static bool
is_own_git(const struct walk *w)
{
	size_t i;

	for (i = 0; i < w->g->git.n; i++)
		if (w->g->git.v[i].root == w->root && strcmp(w->g->git.v[i].dir, w->path) == 0)
			return true;
	return false;
}

/*
 * Is the entry of a protected kind, at whatever depth? The patterns with a '/'
 * match the last two parts of the path, and then it is 2; of such a one, a link in
 * place of the first part brings the second.
 */
static int
of_kind(const struct walk *w, bool link)
{
	const char *name = strrchr(w->path, '/'), *two = w->path, *p, *slash, *s;
	const char *const *d;

	name = name == NULL ? w->path : name + 1;
	for (p = w->path; p < name - 1; p++)
		if (*p == '/')
			two = p + 1;
	for (d = guard_defaults; *d != NULL; d++) {
		slash = strchr(*d, '/');
		s = slash == NULL ? name : two;
		/* No pattern begins with a wildcard: most need no fnmatch. */
		if (**d == *s && fnmatch(*d, s, FNM_PATHNAME) == 0)
			return slash == NULL ? 1 : 2;
		if (link && slash != NULL && strlen(name) == (size_t)(slash - *d) &&
		    strncmp(name, *d, (size_t)(slash - *d)) == 0)
			return 1;
	}
	return w->root == 0 && words_have(&w->g->watch, w->path);
}

/* By the words alone: does TARGET, at PATH, lead out? */
static bool
words_leave(const char *path, const char *target)
{
	const char *p;
	long depth = 0;
	size_t n;

	if (*target == '/')
		return true;
	for (p = path; (p = strchr(p, '/')) != NULL; p++)
		depth++;
	for (p = target; *p != '\0'; p += n) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
			depth--;
		else if (n > 0 && !(n == 1 && *p == '.'))
			depth++;
		if (depth < 0)
			return true;
	}
	return false;
}

/* Does the link lead out of the project? The kernel knows, through other links too;
 * where nothing is there to lead to, the words say. */
static bool
leaves(const struct walk *w, const char *target)
{
	return wx_beneath_ends(w->g->roots.v[w->root].fd, w->path) == -1 &&
	    (errno == EXDEV || words_leave(w->path, target));
}

static void
look_at_link(const struct walk *w, const struct place *at, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(at->fd, name, target, sizeof(target) - 1);

	if (n <= 0)
		return;
	target[n] = '\0';
	if (leaves(w, target))
		found(w, "symlink-out", target);
}

/*
 * A ".git" in the tree. The project's own is guarded, if it was there. A commit
 * changes the folder, and makes no new one of it: that would change the one that
 * holds it, too.
 */
static void
look_at_git(const struct walk *w, const struct stat *st, struct place *next)
{
	next->in_git = true;
	next->own = is_own_git(w) || (next->depth == 1 && w->g->had_git);
	if (next->own || !is_new(w, st) || guarded(w))
		return;
	if (S_ISDIR(st->st_mode) && next->depth > 1 && !next->moved)
		return;
	found(w, next->depth == 1 ? "repository" : "nested-repository", enters);
	next->said = true;
}

/* Below a repository that was there before: what its git would act upon. */
static void
look_into_git(const struct walk *w, const struct place *at, const char *name,
    const struct stat *st)
{
	const char *const *a;
	size_t n = strlen(name);

	if (at->own || at->said || at->names_free)
		return;
	if (at->hooks) {
		/* A folder of hooks can be moved here as a whole. */
		if ((at->fresh || is_new(w, st)) && !(n > 7 && strcmp(name + n - 7, ".sample") == 0))
			found(w, "nested-repository", enters);
		return;
	}
	for (a = acted; *a != NULL; a++)
		if (strcmp(name, *a) == 0 && (at->moved || is_new(w, st)) && !S_ISDIR(st->st_mode))
			found(w, "nested-repository", enters);
}

/* An entry of the tree that is of a protected kind. */
static void
look_at_kind(const struct walk *w, const struct place *at, const struct stat *st,
    struct place *next)
{
	bool fresh = is_new(w, st), dir = S_ISDIR(st->st_mode);
	int kind = 0;

	if (at->in_kind)
		kind = 1;
	else if (fresh || at->fresh || dir)
		kind = of_kind(w, S_ISLNK(st->st_mode));
	next->in_kind = kind != 0;
	/* ".claude", moved here with all that was in it, brings old entries. */
	if (kind != 0 && (fresh || (kind == 2 && at->fresh)) && (!at->in_kind || !dir) &&
	    !guarded(w) && !released(w))
		found(w, "protected-kind", NULL);
}

/* One entry, and in NEXT what is to be known in it. True if it is to be gone into. */
static bool
look_at(struct walk *w, const struct place *at, const char *name, struct place *next)
{
	struct stat st;

	*next = (struct place){ .depth = at->depth + 1, .in_git = at->in_git, .own = at->own,
	    .said = at->said, .names_free = at->names_free };
	if (fstatat(at->fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	next->fresh = is_new(w, &st);
	next->moved = (at->in_git && at->moved) || (next->fresh && at->fresh);
	if (next->fresh && S_ISREG(st.st_mode) && (st.st_mode & (S_ISUID | S_ISGID)) != 0)
		found(w, "set-uid", NULL);
	if (next->fresh && S_ISLNK(st.st_mode))
		look_at_link(w, at, name);
	if (at->in_git) {
		look_into_git(w, at, name, &st);
		next->names_free |= strcmp(name, "refs") == 0 || strcmp(name, "logs") == 0;
		next->hooks = strcmp(name, "hooks") == 0 && !next->names_free;
		next->objects = strcmp(name, "objects") == 0;
		/* Of objects only the folders are of interest: git gc removes and writes
		 * where they lead. */
		return S_ISDIR(st.st_mode) && !at->objects;
	}
	if (strcmp(name, ".git") == 0)
		look_at_git(w, &st, next);
	else if (S_ISDIR(st.st_mode) && is_own_git(w))
		next->in_git = next->own = true;
	else
		look_at_kind(w, at, &st, next);
	return S_ISDIR(st.st_mode);
}

/* Has any of NAMES in the folder FD changed? */
static bool
any_new(const struct walk *w, int fd, const char *const *names)
{
	struct stat st;

	for (; *names != NULL; names++)
		if (fstatat(fd, *names, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_new(w, &st))
			return true;
	return false;
}

/* Or anything in the folder FD, which is closed? */
static bool
any_new_in(const struct walk *w, int fd)
{
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	const char *name[2] = { NULL, NULL };
	bool yes = false;

	while (dir != NULL && !yes && (e = readdir(dir)) != NULL) {
		name[0] = e->d_name;
		yes = strcmp(name[0], "..") != 0 && any_new(w, fd, name);
	}
	if (dir != NULL)
		(void)closedir(dir);
	else if (fd != -1)
		(void)close(fd);
	return yes;
}

static bool
any_hook_new(const struct walk *w, int fd)
{
	return any_new_in(w, openat(fd, "hooks", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

#define PART_HEAD      1U
#define PART_OBJECTS   2U
#define PART_REFS      4U
#define PART_COMMONDIR 8U

/* What the entry NAME is of a folder that git takes for a repository. */
static unsigned
part(const char *name)
{
	return strcmp(name, "HEAD") == 0 ? PART_HEAD :
	    strcmp(name, "objects") == 0 ? PART_OBJECTS :
	    strcmp(name, "refs") == 0 ? PART_REFS :
	    strcmp(name, "commondir") == 0 ? PART_COMMONDIR : 0;
}

/* HEAD, objects and refs side by side: a repository without a tree, which git
 * enters as one. The latter two can be elsewhere, where commondir says. */
static void
look_for_bare(const struct walk *w, const struct place *at, unsigned parts)
{
	const unsigned own = PART_OBJECTS | PART_REFS;
	static const char *const names[] = { ".", "HEAD", "objects", "refs", "config",
	    "config.worktree", "commondir", "hooks", NULL };

	if ((parts & PART_HEAD) != 0 && ((parts & own) == own || (parts & PART_COMMONDIR) != 0) &&
	    !at->in_git && !is_own_git(w) && (any_new(w, at->fd, names) || any_hook_new(w, at->fd)))
		found(w, at->depth == 0 ? "repository" : "bare-repository", enters);
}

/* The folder FD, if what is in it can be looked at: without its x bit there are only
 * names. */
static int
searchable(int fd)
{
	int saved;

	if (fd == -1 || faccessat(fd, ".", X_OK, 0) == 0)
		return fd;
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static void walk_dir(struct walk *w, struct place at);

static void
enter(struct walk *w, const struct place *at, const char *name, struct place *next)
{
	if (sealed(w))
		return;
	next->fd = searchable(openat(at->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC));
	if (next->fd == -1) {
		/* One closed by the sandbox may hold anything; an old one is the host's. */
		if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP &&
		    (errno != EACCES || next->fresh))
			found(w, "unfinished-walk", strerror(errno));
		return;
	}
	if (next->depth > DEPTH_MAX) {
		found(w, "unfinished-walk", "too deep to be looked into");
		(void)close(next->fd);
		return;
	}
	walk_dir(w, *next);
}

/* The entry NAME of the folder at the first LEN bytes of the path. */
static void
step(struct walk *w, const struct place *at, size_t len, const char *name)
{
	size_t n = strlen(name);
	struct place next;

	if (len + n + 2 > sizeof(w->path)) {
		found(w, "unfinished-walk", "its names are too long to be looked at");
		return;
	}
	if (len > 0)
		w->path[len] = '/';
	memcpy(w->path + len + (len > 0), name, n + 1);
	w->len = len + (len > 0) + n;
	if (look_at(w, at, name, &next))
		enter(w, at, name, &next);
	w->len = len;
	w->path[len] = '\0';
}

static void
walk_dir(struct walk *w, struct place at)
{
	DIR *dir = fdopendir(at.fd);
	struct dirent *e;
	size_t len = w->len;
	unsigned parts = 0;

	if (dir == NULL) {
		(void)close(at.fd);
		return;
	}
	while (!out_of_time(w) && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		/* A git folder of the host's was looked at before all else. */
		if (at.depth == 0 && !at.in_git && w->g->had_git && strcmp(e->d_name, ".git") == 0)
			continue;
		parts |= part(e->d_name);
		step(w, &at, len, e->d_name);
	}
	look_for_bare(w, &at, parts);
	(void)closedir(dir);
}

/* Walk what is at REL of ROOT; a git folder of ours if GIT. */
static void
walk_from(struct walk *w, int root, const char *rel, bool git)
{
	struct place at = { .in_git = git, .own = git };

	w->root = root;
	w->len = strlen(rel);
	memcpy(w->path, rel, w->len + 1);
	at.fd = searchable(wx_beneath_open(w->g->roots.v[root].fd, rel, O_RDONLY | O_DIRECTORY));
	if (at.fd != -1)
		walk_dir(w, at);
	else if (errno == EACCES)
		found(w, "unfinished-walk", strerror(errno));
	w->root = 0;
	w->len = 0;
	*w->path = '\0';
}

/* ---- git's own folder ---- */

/* The gitlinks of one file of GIT, an index or what a split one adds to. Its base in
 * BASE. False if it cannot be said. Attacker-written: read, never mapped, and both
 * hashes are tried, for the right one is in a config that git alone reads. */
static bool
index_links(const struct guards *g, const struct guard_git *git, const char *name,
    size_t max, struct words *out, char base[static GITINDEX_NAME])
{
	char *path = xprintf("%s%s%s", git->dir, *git->dir == '\0' ? "" : "/", name), *buf = NULL;
	char other[GITINDEX_NAME];
	int fd = wx_beneath_open(g->roots.v[git->root].fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	struct words more = { 0 };
	struct stat st;
	ssize_t n = -1;
	bool ok = false;
	size_t i;

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size <= max &&
	    (buf = malloc((size_t)st.st_size + 1)) != NULL)
		n = wx_read_all(fd, buf, (size_t)st.st_size);
	if (n >= 0) {
		ok = gitindex_links((unsigned char *)buf, (size_t)n, 20, out, base) == 0;
		if (!ok)
			*base = '\0';
		if (gitindex_links((unsigned char *)buf, (size_t)n, 32, &more, other) == 0) {
			for (i = 0; i < more.n; i++)
				words_add(out, more.v[i]);
			if (!ok)
				memcpy(base, other, sizeof(other));
			ok = true;
		}
	}
	if (fd != -1)
		(void)close(fd);
	free(buf);
	free(path);
	return ok;
}

/* All gitlinks of GIT's index. False if they cannot be told. */
static bool
all_links(const struct guards *g, const struct guard_git *git, size_t max, struct words *out)
{
	char base[GITINDEX_NAME], ignored[GITINDEX_NAME], *shared;
	bool ok = index_links(g, git, "index", max, out, base);

	if (ok && *base != '\0') {
		shared = xprintf("sharedindex.%s", base);
		ok = index_links(g, git, shared, max, out, ignored);
		free(shared);
	}
	return ok;
}

void
audit_before(struct guards *g)
{
	struct guard_git *git;
	size_t i;

	for (i = 0; i < g->git.n; i++) {
		git = &g->git.v[i];
		git->links_known = git->work != NULL && all_links(g, git, INDEX_BEFORE, &git->links);
	}
}

/* Did the repository, its .git a folder, come during the run, or what it acts upon? */
static bool
repository_new(const struct walk *w, const char *path, const char *dot)
{
	int top = w->g->roots.v[0].fd, fd = wx_beneath_open(top, dot, O_RDONLY | O_DIRECTORY);
	struct stat st, up;
	bool new;

	if (fd == -1)
		return true;
	/* See look_at_git. */
	new = wx_beneath_stat(top, path, &up) == -1 || fstat(fd, &st) == -1 ||
	    (is_new(w, &up) && is_new(w, &st)) || any_new(w, fd, acted) || any_hook_new(w, fd);
	(void)close(fd);
	return new;
}

/* A gitlink of the index that leads to a repository that is there: git status
 * descends into it, with its configuration. */
static void
look_at_gitlink(const struct walk *w, const struct guard_git *git, const char *link)
{
	char *path = xprintf("%s%s%s", git->work, *git->work == '\0' ? "" : "/", link);
	char *dot = xprintf("%s/.git", path);
	struct stat st;

	if (wx_beneath_stat(w->g->roots.v[0].fd, dot, &st) == 0 && (!S_ISDIR(st.st_mode) ?
	    is_new(w, &st) : !(git->links_known && words_have(&git->links, link)) ||
	    repository_new(w, path, dot)))
		report_add(w->r, "gitlink", path,
		    "git status enters it and reads its config; --ignore-submodules=all does not");
	free(dot);
	free(path);
}

static void
look_at_index(const struct walk *w, const struct guard_git *git)
{
	const struct guard_root *root = &w->g->roots.v[git->root];
	char *path = xprintf("%s%sindex", git->dir, *git->dir == '\0' ? "" : "/"), *name;
	struct words links = { 0 };
	struct stat st;
	size_t i;

	if (git->work != NULL && wx_beneath_stat(root->fd, path, &st) == 0 && is_new(w, &st)) {
		if (!all_links(w->g, git, INDEX_MAX, &links)) {
			name = xprintf("%s%s", root->label, path);
			report_add(w->r, "unfinished-walk", name, "cannot be read as an index");
			free(name);
		}
		for (i = 0; i < links.n; i++)
			look_at_gitlink(w, git, links.v[i]);
	}
	free(path);
}

static void
look_at_git_dir(const struct walk *w, const struct guard_git *git)
{
	static const char *const todo[] = { "rebase-merge", "rebase-apply", "sequencer" };
	const struct guard_root *root = &w->g->roots.v[git->root];
	char *path, *name;
	size_t i;

	for (i = 0; i < sizeof(todo) / sizeof(*todo); i++) {
		path = xprintf("%s%s%s", git->dir, *git->dir == '\0' ? "" : "/", todo[i]);
		/* One that the host began can be written in. */
		if (any_new_in(w, wx_beneath_open(root->fd, path, O_RDONLY | O_DIRECTORY))) {
			name = xprintf("%s%s", root->label, path);
			report_add(w->r, "unfinished-rebase", name,
			    "git rebase --continue runs the commands of its list");
			free(name);
		}
		free(path);
	}
	look_at_index(w, git);
}

static void
set_end(struct walk *w, double seconds)
{
	(void)clock_gettime(CLOCK_MONOTONIC, &w->until);
	w->until.tv_sec += (time_t)seconds;
	w->until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	if (w->until.tv_nsec >= 1000000000) {
		w->until.tv_nsec -= 1000000000;
		w->until.tv_sec++;
	}
}

/* git's folders first: what fills the tree with entries must not hide what is there. */
static void
walk_all(struct walk *w)
{
	int root;

	if (w->g->had_git)
		walk_from(w, 0, ".git", true);
	for (root = 1; root < (int)w->g->roots.n; root++)
		walk_from(w, root, "", !w->g->roots.v[root].tree);
	walk_from(w, 0, "", false);
}

/* After a run that was killed nothing was verified, and what it made new is guarded by
 * now like the host's own. */
static void
look_at_guards(struct walk *w)
{
	const struct guard *gd;
	struct stat st;
	size_t i, n;

	for (i = 0; i < w->g->list.n; i++) {
		gd = &w->g->list.v[i];
		n = strlen(gd->rel);
		if (gd->kind != GUARD_RO || gd->absent || n >= sizeof(w->path) ||
		    wx_beneath_stat(w->g->roots.v[gd->root].fd, gd->rel, &st) == -1 || !is_new(w, &st))
			continue;
		w->root = gd->root;
		memcpy(w->path, gd->rel, n + 1);
		found(w, "protected-kind", "changed since the run that was killed");
	}
	w->root = 0;
	*w->path = '\0';
}

void
audit(const struct guards *g, const struct timespec *start, bool killed, double seconds,
    struct report *r)
{
	struct walk *w = calloc(1, sizeof(*w));
	char *said;
	size_t i;

	if (w == NULL)
		return;
	w->g = g;
	w->r = r;
	w->start = *start;
	set_end(w, seconds);
	for (i = 0; i < g->git.n; i++)
		look_at_git_dir(w, &g->git.v[i]);
	if (killed)
		look_at_guards(w);
	if (seconds > 0)
		walk_all(w);
	if (w->stopped) {
		said = xprintf("stopped after %.1f s and %lu entries; --walk-time gives more",
		    seconds, w->seen);
		report_add(r, "unfinished-walk", ".", said);
		free(said);
	}
	free(w);
}
