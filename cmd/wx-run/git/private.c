/* SPDX-License-Identifier: MIT */
#include "private.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "copy.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/removetree.h"
#include "refs.h"
#include "repo.h"
#include "state/state.h"

#define MODULES_DEPTH 8
#define WHAT_MAX (1 << 20)

/* What is copied of a git directory: what belongs to one work tree, and what all share
 * (gitrepository-layout(5)). An unfinished rebase, merge or bisect can be ended inside. */
static const char *const of_tree[] = { "HEAD", "index", "sharedindex.*", "config.worktree",
	"MERGE_*", "AUTO_MERGE", "SQUASH_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD",
	"ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "BISECT_*", "rebase-merge", "rebase-apply",
	"sequencer", NULL };
static const char *const of_common[] = { "config", "shallow", "info", "hooks", "description", NULL };
static const char *const of_linked[] = { "gitdir", "commondir", "locked", "refs", NULL };

const char *const private_states[] = { "rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD",
	"REVERT_HEAD", "BISECT_LOG", "sequencer", NULL };

static bool
listed(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (fnmatch(*list, name, 0) == 0)
			return true;
	return false;
}

static int
open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static _Noreturn void
cannot(const char *what)
{
	err(WX_CHAIN, "cannot make the run's git directory ('%s'); run without it: --git none", what);
}

static int
make_dir(int at, const char *name)
{
	int fd = -1;

	if (mkdirat(at, name, 0755) == 0)
		fd = open_dir(at, name);
	if (fd == -1)
		cannot(name);
	return fd;
}

static void
text(int dir, const char *name, const char *s)
{
	if (copy_text(dir, name, s, strlen(s)) == -1)
		cannot(name);
}

/* The entries of FROM that A or B lists, to TO. */
static void
copy_listed(int from, int to, const char *const *a, const char *const *b)
{
	int fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (dir == NULL)
		cannot(".git");
	while ((e = readdir(dir)) != NULL)
		if ((listed(a, e->d_name) || listed(b, e->d_name)) &&
		    copy_entry(from, to, e->d_name) == -1 && errno != ENOENT)
			cannot(e->d_name);
	(void)closedir(dir);
}

/* logs/HEAD, and that of the stash, which git stash list reads. */
static void
copy_logs(int from, int to)
{
	int logs = open_dir(from, "logs"), refs = -1, out, sub;

	if (logs == -1)
		return;
	out = make_dir(to, "logs");
	if (copy_entry(logs, out, "HEAD") == -1 && errno != ENOENT)
		cannot("logs/HEAD");
	refs = open_dir(logs, "refs");
	if (refs != -1) {
		sub = make_dir(out, "refs");
		if (copy_entry(refs, sub, "stash") == -1 && errno != ENOENT)
			cannot("logs/refs/stash");
		(void)close(sub);
		(void)close(refs);
	}
	(void)close(out);
	(void)close(logs);
}

/* An objects directory with nothing in it but the name of others. */
static void
make_objects(int to, const char *alternates)
{
	int objects = make_dir(to, "objects"), info = make_dir(objects, "info");

	(void)close(make_dir(objects, "pack"));
	if (alternates != NULL)
		text(info, "alternates", alternates);
	(void)close(info);
	(void)close(objects);
}

static int
parents(int at, const char *path)
{
	char *copy = xstrdup(path), *slash;
	int rc = 0;

	for (slash = strchr(copy, '/'); slash != NULL && rc == 0; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		rc = mkdirat(at, copy, 0755) == -1 && errno != EEXIST ? -1 : 0;
		*slash = '/';
	}
	free(copy);
	return rc;
}

/* The refs of FROM, packed, in TO; where START is not -1, in that as well. */
static void
make_refs(int from, int to, int start)
{
	struct words symbolic = { 0 };
	char *packed, link[4096];
	size_t len, i;
	ssize_t n;
	int refs;

	if (refs_pack(from, &packed, &len, &symbolic) == -1)
		cannot("packed-refs");
	if (copy_text(to, "packed-refs", packed, len) == -1 ||
	    (start != -1 && copy_text(start, "packed-refs", packed, len) == -1))
		cannot("packed-refs");
	free(packed);
	refs = make_dir(to, "refs");
	(void)close(make_dir(refs, "heads"));
	(void)close(make_dir(refs, "tags"));
	(void)close(refs);
	for (i = 0; i < symbolic.n; i++) {
		n = wx_read_text(from, symbolic.v[i], O_NOFOLLOW, link, sizeof(link));
		if (n > 0 && (parents(to, symbolic.v[i]) == -1 ||
		    copy_text(to, symbolic.v[i], link, (size_t)n) == -1))
			cannot(symbolic.v[i]);
	}
}

char *
private_identity(int dir)
{
	struct timespec born = wx_beneath_born(dir, "");
	struct stat st;

	if (fstat(dir, &st) == -1)
		return xstrdup("");
	return xprintf("%ju %ju %jd.%09ld", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, (intmax_t)born.tv_sec,
	    born.tv_nsec);
}

/* What the work tree's git directory, FROM, had open, and where its HEAD was. */
static void
note_tree(int from, int start)
{
	char head[4096], *name;
	const char *const *s;

	(void)wx_read_text(from, "HEAD", O_NOFOLLOW, head, sizeof(head));
	text(start, "head", head);
	for (s = private_states; *s != NULL; s++)
		if (faccessat(from, *s, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
			name = xprintf("open-%s", *s);
			text(start, name, "");
			free(name);
		}
}

/*
 * The repository NAME of the refs as they were, in which the import is done (home.c gives it what
 * says how objects are named and stored), and notes of what FROM was.
 */
static int
make_start(int at, const char *name, int from)
{
	int start = make_dir(at, name), refs;
	char *origin;

	text(start, "HEAD", "ref: refs/heads/.none\n");
	make_objects(start, NULL);
	refs = make_dir(start, "refs");
	(void)close(make_dir(refs, "heads"));
	(void)close(refs);
	if (copy_entry(from, start, "shallow") == -1 && errno != ENOENT)
		cannot("shallow");
	origin = private_identity(from);
	text(start, "origin", origin);
	free(origin);
	return start;
}

static void make_modules(int from, int to, int start, const char *path, int depth);

/* The git directory FROM, with its refs also in START (or -1), as TO. */
static void
make_git(int from, int to, const char *alternates, int start)
{
	copy_listed(from, to, of_tree, of_common);
	copy_logs(from, to);
	make_objects(to, alternates);
	make_refs(from, to, start);
}

/* The submodule's git directory NAME, or a directory with some of them in it: names of
 * submodules have slashes. */
static void
make_module(int from, int to, int start, const char *name, const char *path, int depth)
{
	char *full = xprintf("%s/%s", path, name), *alternates = xprintf("%s/objects\n", full);
	int in = open_dir(from, name), out, begin;

	if (in != -1 && depth < MODULES_DEPTH &&
	    faccessat(in, "HEAD", F_OK, 0) == 0 && faccessat(in, "objects", F_OK, 0) == 0 &&
	    faccessat(in, "reftable", F_OK, 0) == -1) {
		out = make_dir(to, name);
		begin = make_start(start, name, in);
		note_tree(in, begin);
		make_git(in, out, alternates, begin);
		free(alternates);
		alternates = xprintf("%s/modules", full);
		make_modules(in, out, begin, alternates, depth + 1);
		(void)close(begin);
		(void)close(out);
	} else if (in != -1 && depth < MODULES_DEPTH) {
		make_modules(from, to, start, full, depth + 1);
	}
	if (in != -1)
		(void)close(in);
	free(alternates);
	free(full);
}

/* The directory of submodules that is shown inside at PATH, of which the last component is its
 * name in FROM: the same in TO, and their starts in START. */
static void
make_modules(int from, int to, int start, const char *path, int depth)
{
	const char *name = strrchr(path, '/') + 1;
	int in = open_dir(from, name), out, begin;
	DIR *dir = in == -1 ? NULL : fdopendir(in);
	struct dirent *e;

	if (dir == NULL) {
		if (in != -1)
			(void)close(in);
		return;
	}
	out = make_dir(to, name);
	begin = make_dir(start, name);
	while ((e = readdir(dir)) != NULL)
		if (*e->d_name != '.')
			make_module(dirfd(dir), out, begin, e->d_name, path, depth);
	(void)close(begin);
	(void)close(out);
	(void)closedir(dir);
}

/* The work tree that the directory FD of "worktrees" is of, on the host; NULL: not to be told. */
static char *
tree_of(int fd)
{
	char *line = repo_line(fd, "gitdir"), *end = line == NULL ? NULL : strrchr(line, '/'), *tree = NULL;

	if (end != NULL && *line == '/' && end != line && strcmp(end, "/.git") == 0) {
		*end = '\0';
		tree = path_clean("/", line);
	}
	free(line);
	return tree;
}

/* One linked work tree, ONE: with all that belongs to it if it is in the project, and so can be
 * worked in; its notes then are NOTES/NAME. */
static void
make_worktree(const struct plan *p, int one, int to, int notes, const char *name)
{
	static const char *const light[] = { "HEAD", "config.worktree", NULL };
	int sub = make_dir(to, name), note;
	char *tree = tree_of(one);
	bool whole = tree != NULL && path_within(tree, p->project);

	copy_listed(one, sub, whole ? of_tree : light, of_linked);
	if (whole) {
		copy_logs(one, sub);
		note = make_dir(notes, name);
		note_tree(one, note);
		text(note, "top", tree);
		(void)close(note);
	}
	free(tree);
	(void)close(sub);
}

/* The linked work trees: FROM/worktrees as TO/worktrees, and START/trees. */
static void
make_worktrees(const struct plan *p, int from, int to, int start)
{
	int in = open_dir(from, "worktrees"), out, notes = make_dir(start, "trees"), one;
	DIR *dir = in == -1 ? NULL : fdopendir(in);
	struct dirent *e;

	if (dir == NULL) {
		if (in != -1)
			(void)close(in);
		(void)close(notes);
		return;
	}
	out = make_dir(to, "worktrees");
	while ((e = readdir(dir)) != NULL) {
		one = *e->d_name == '.' ? -1 : open_dir(dirfd(dir), e->d_name);
		if (one == -1)
			continue;
		make_worktree(p, one, out, notes, e->d_name);
		(void)close(one);
	}
	(void)close(notes);
	(void)close(out);
	(void)closedir(dir);
}

/* ---- the plan ---- */

char *
private_name(void)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
		errx(WX_CHAIN, "cannot tell the time");
	return xprintf("%s-%ld", stamp, (long)getpid());
}

static _Noreturn void
refuse(const struct plan *p, const char *what)
{
	errx(WX_CHAIN, "cannot use '%s': %s; run without it: --git none", shown(p->repo.common), what);
}

/* A directory of the repository's, by no symbolic link: one could have been planted. */
static bool
own_dir(const struct plan *p, const char *name, char **path)
{
	struct stat st;

	*path = xprintf("%s/%s", p->repo.common, name);
	if (lstat(*path, &st) == -1)
		return false;
	if (!S_ISDIR(st.st_mode)) {
		char *what = xprintf("its '%s' is no directory", name);

		refuse(p, what);
	}
	return true;
}

/* The objects directories that OBJECTS borrows from, and those from which these do. */
static void
alternates(const struct plan *p, const char *objects, struct words *out, int depth)
{
	char *path = xprintf("%s/info/alternates", objects), buf[65536], *line, *save = NULL, *full, *real;

	if ((wx_read_text(AT_FDCWD, path, O_NOFOLLOW, buf, sizeof(buf)) == -1 && errno != ENOENT) || depth > 5)
		refuse(p, "its alternates cannot be read");
	for (line = strtok_r(buf, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#')
			continue;
		full = *line == '/' ? xstrdup(line) : xprintf("%s/%s", objects, line);
		real = realpath(full, NULL);
		if (real != NULL && !words_have(out, real)) {
			words_add(out, real);
			alternates(p, real, out, depth + 1);
		}
		free(real);
		free(full);
	}
	free(path);
}

/* A made file over DEST, which wx-run mounts itself: see run/mountns.h. */
static void
cover(struct plan *p, const char *dest, const char *s)
{
	struct mount *m = mount_file(&p->mounts, dest, 0444, s, strlen(s));

	m->why = "hide";
	m->late = true;
}

/* What it borrows is named by the private directory, by its place inside; its own list names places
 * of the host. */
static void
cover_list(struct plan *p, const char *objects, const char *dest)
{
	char *path = xprintf("%s/info/alternates", objects);

	if (access(path, F_OK) == 0) {
		free(path);
		path = xprintf("%s/info/alternates", dest);
		cover(p, path, "");
	}
	free(path);
}

static void
show_objects(struct plan *p)
{
	struct words others = { 0 };
	char *objects, *dest;
	size_t i;

	if (!own_dir(p, "objects", &objects))
		refuse(p, "it has no 'objects'");
	alternates(p, objects, &others, 0);
	if (others.n > 0 && p->engine == ENGINE_CONTAINER)
		refuse(p, "it borrows objects, which engine 'container' cannot show");
	if (p->repo_inside && others.n > 0)
		refuse(p, "it was made inside, and borrows objects of another repository");
	(void)mount_add(&p->mounts, MOUNT_RO, objects, PRIVATE_OBJECTS, "objects");
	if (p->engine != ENGINE_CONTAINER)
		cover_list(p, objects, PRIVATE_OBJECTS);
	for (i = 0; i < others.n; i++) {
		dest = xprintf("%s-%zu", PRIVATE_OBJECTS, i + 1);
		(void)mount_add(&p->mounts, MOUNT_RO, others.v[i], dest, "objects");
		cover_list(p, others.v[i], dest);
		free(dest);
	}
	free(objects);
}

void
private_plan(struct plan *p)
{
	char *path, *text_of;

	path = xprintf("%s/reftable", p->repo.common);
	if (access(path, F_OK) == 0)
		refuse(p, "its refs are a reftable, which cannot be copied yet");
	free(path);

	show_objects(p);
	if (own_dir(p, "modules", &path))
		(void)mount_add(&p->mounts, MOUNT_RO, path, PRIVATE_MODULES, "objects");
	free(path);
	if (own_dir(p, "lfs", &path))
		(void)mount_add(&p->mounts, MOUNT_RO, path, PRIVATE_LFS, "objects");
	free(path);
	path = xprintf("%s/%s/git", p->run_dir, p->run);
	p->git_dest = p->repo.file ? xstrdup(p->repo.common) : xprintf("%s/.git", p->at);
	if (p->repo.file && p->engine == ENGINE_CONTAINER)
		errx(WX_CHAIN, "engine 'container' mounts no single file, so '%s/.git' cannot be "
		    "covered: use the main work tree, or --git none", p->project);
	(void)mount_add(&p->mounts, MOUNT_RW, path, p->git_dest, "git");
	free(path);
	if (!p->repo.file)
		return;
	text_of = xprintf("gitdir: %s\n", p->repo.dir);
	path = xprintf("%s/.git", p->at);
	cover(p, path, text_of);
	free(path);
	free(text_of);
}

/* ---- the run's directory ---- */

static void
add_mount(struct private *v, const char *src, const char *dest)
{
	struct private_mount *m;

	if (v->mounts.n == v->mounts.cap)
		v->mounts.v = xgrow(v->mounts.v, &v->mounts.cap, sizeof(*v->mounts.v));
	m = &v->mounts.v[v->mounts.n++];
	m->src = xstrdup(src);
	m->dest = xstrdup(dest);
}

/* Fields, each ended by NUL: top, dir, common, then source and destination of each mount. */
static void
write_what(const struct private *v, int run)
{
	char *all = NULL;
	size_t len = 0, i;
	FILE *fp = open_memstream(&all, &len);

	if (fp == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	(void)fprintf(fp, "%s%c%s%c%s%c", v->top, 0, v->dir, 0, v->common, 0);
	for (i = 0; i < v->mounts.n; i++)
		(void)fprintf(fp, "%s%c%s%c", v->mounts.v[i].src, 0, v->mounts.v[i].dest, 0);
	if (fclose(fp) == EOF || copy_text(run, "what.new", all, len) == -1 ||
	    renameat(run, "what.new", run, "what") == -1)
		cannot("what");
	free(all);
}

static bool
next_field(char **at, const char *end, char **out)
{
	char *stop = *at < end ? memchr(*at, '\0', (size_t)(end - *at)) : NULL;

	if (stop == NULL)
		return false;
	*out = xstrdup(*at);
	*at = stop + 1;
	return true;
}

bool
private_read(const char *path, struct private *out)
{
	char *what = xprintf("%s/what", path), *buf = malloc(WHAT_MAX), *at = buf, *src, *dest;
	int fd = open(what, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd == -1 || buf == NULL ? -1 : wx_read_all(fd, buf, WHAT_MAX);
	bool ok;

	*out = (struct private){ .path = xstrdup(path), .name = xstrdup(strrchr(path, '/') + 1), .lock = -1 };
	if (fd != -1)
		(void)close(fd);
	ok = n > 0 && next_field(&at, buf + n, &out->top) && next_field(&at, buf + n, &out->dir) &&
	    next_field(&at, buf + n, &out->common);
	while (ok && next_field(&at, buf + n, &src) && next_field(&at, buf + n, &dest)) {
		add_mount(out, src, dest);
		free(src);
		free(dest);
	}
	free(buf);
	free(what);
	return ok;
}

/* All alternates, by their places inside. */
static char *
alternates_text(const struct plan *p)
{
	char *all = xstrdup(""), *more;
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		if (strcmp(p->mounts.v[i].why, "objects") != 0 ||
		    strncmp(p->mounts.v[i].dest, PRIVATE_OBJECTS, sizeof(PRIVATE_OBJECTS) - 1) != 0)
			continue;
		more = xprintf("%s%s\n", all, p->mounts.v[i].dest);
		free(all);
		all = more;
	}
	return all;
}

/* "[core] worktree = PATH", as git-config(1) wants it quoted. The caller owns it. */
static char *
worktree_setting(const char *path)
{
	char *quoted = malloc(2 * strlen(path) + 1), *out = quoted, *all;

	if (quoted == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (; *path != '\0'; path++) {
		if (*path == '"' || *path == '\\' || *path == '\n')
			*out++ = '\\';
		*out++ = *path == '\n' ? 'n' : *path;
	}
	*out = '\0';
	all = xprintf("\n[core]\n\tworktree = \"%s\"\n", quoted);
	free(quoted);
	return all;
}

static void
make_private(const struct plan *p, int run, int from, int start)
{
	const char *ours = strcmp(p->repo.dir, p->repo.common) == 0 ? NULL : strrchr(p->repo.dir, '/') + 1;
	int git = make_dir(run, "git"), fd;
	char *others = alternates_text(p), *path, *more;

	make_git(from, git, others, start);
	free(others);
	make_modules(from, git, start, PRIVATE_MODULES, 0);
	make_worktrees(p, from, git, start);
	/* Its work tree is elsewhere inside. */
	if (p->repo.file && ours == NULL) {
		fd = openat(git, "config", O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
		path = worktree_setting(p->at);
		if (fd == -1 || wx_write_all(fd, path, strlen(path)) == -1)
			cannot("config");
		(void)close(fd);
		free(path);
	} else if (ours != NULL) {
		path = xprintf("worktrees/%s/gitdir", ours);
		if (unlinkat(git, path, 0) == -1)
			cannot(path);
		more = xprintf("%s/.git\n", p->at);
		text(git, path, more);
		free(more);
		free(path);
	}
	(void)close(git);
}

void
private_make(const struct plan *p, struct private *v)
{
	int run, from, start, mutex;
	size_t i;

	*v = (struct private){ .path = xprintf("%s/%s", p->run_dir, p->run), .name = xstrdup(p->run),
	    .top = xstrdup(p->repo.top), .dir = xstrdup(p->repo.dir), .common = xstrdup(p->repo.common) };
	/* One that nobody holds is taken for that of a run that was killed (runs.c). */
	mutex = state_lock(p);
	if (mkdir(v->path, 0700) == -1)
		err(WX_CHAIN, "cannot make '%s'", v->path);
	run = v->lock = open(v->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (run == -1 || flock(run, LOCK_EX) == -1)
		err(WX_CHAIN, "cannot lock '%s'", v->path);
	(void)close(mutex);
	from = open(v->common, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (from == -1)
		err(WX_CHAIN, "cannot open '%s'", v->common);
	start = make_start(run, "start", from);
	note_tree(from, start);
	make_private(p, run, from, start);
	for (i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.v[i].why, "objects") == 0)
			add_mount(v, p->mounts.v[i].src, p->mounts.v[i].dest);
	write_what(v, run);
	(void)close(start);
	(void)close(from);
}

/* ---- what an import would bring ---- */

struct mark {
	unsigned long long hash;
	unsigned long      left;
};

static void
mix(struct mark *m, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len-- > 0)
		m->hash = (m->hash ^ *p++) * 0x100000001b3ULL;
}

/* A file by its inode and its times, which the sandbox cannot set back (ctime). */
static void
mark_entry(struct mark *m, int at, const char *name, int depth)
{
	struct timespec changed;
	struct dirent *e;
	struct stat st;
	DIR *dir;
	int fd;

	if (m->left == 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	m->left--;
	changed = wx_stat_ctime(&st);
	mix(m, name, strlen(name) + 1);
	mix(m, &st.st_ino, sizeof(st.st_ino));
	mix(m, &changed, sizeof(changed));
	fd = S_ISDIR(st.st_mode) && depth < MODULES_DEPTH * 4 ? open_dir(at, name) : -1;
	dir = fd == -1 ? NULL : fdopendir(fd);
	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			mark_entry(m, dirfd(dir), e->d_name, depth + 1);
	if (dir != NULL)
		(void)closedir(dir);
	else if (fd != -1)
		(void)close(fd);
}

/* Of a git directory, and of its submodules'. */
static void
mark_git(struct mark *m, int at, const char *name, int depth)
{
	static const char *const parts[] = { "HEAD", "packed-refs", "refs", "MERGE_HEAD",
	    "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG", "rebase-merge", "rebase-apply", "sequencer",
	    NULL };
	int git = open_dir(at, name), modules;
	const char *const *part;
	struct dirent *e;
	DIR *dir;

	if (git == -1)
		return;
	for (part = parts; *part != NULL; part++)
		mark_entry(m, git, *part, 0);
	/* The name of a submodule can have slashes. */
	modules = depth >= MODULES_DEPTH ? -1 :
	    open_dir(git, faccessat(git, "HEAD", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? "modules" : ".");
	dir = modules == -1 ? NULL : fdopendir(modules);
	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (*e->d_name != '.')
			mark_git(m, dirfd(dir), e->d_name, depth + 1);
	if (dir != NULL)
		(void)closedir(dir);
	mark_entry(m, git, "worktrees", 0);
	(void)close(git);
}

unsigned long long
private_mark(const struct private *v)
{
	struct mark m = { .hash = 0xcbf29ce484222325ULL, .left = 50000 };

	mark_git(&m, v->lock, "git", 0);
	/* Too much to be looked at: as if it had changed. */
	return m.left == 0 ? 0 : m.hash;
}

void
private_note(const struct private *v)
{
	unsigned long long mark = private_mark(v);

	if (copy_text(v->lock, "mark", &mark, sizeof(mark)) == -1)
		cannot("mark");
}

bool
private_changed(const struct private *v)
{
	unsigned long long was = 0;
	int fd = openat(v->lock, "mark", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool same = fd != -1 && wx_read_all(fd, &was, sizeof(was)) == (ssize_t)sizeof(was) && was != 0 &&
	    was == private_mark(v);

	if (fd != -1)
		(void)close(fd);
	return !same;
}

void
private_remove(struct private *v)
{
	char *dir = xprintf("%.*s", (int)(strrchr(v->path, '/') - v->path), v->path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Without "what" it is nothing that an import would look at. */
	if (v->lock != -1)
		(void)unlinkat(v->lock, "what", 0);
	if (fd == -1 || wx_remove_tree(fd, v->name) == -1)
		warn("cannot remove '%s'", v->path);
	if (fd != -1)
		(void)close(fd);
	if (v->lock != -1)
		(void)close(v->lock);
	v->lock = -1;
	free(dir);
}
