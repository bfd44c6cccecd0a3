/* SPDX-License-Identifier: MIT */
#include "gitmake.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/path.h"
#include "private.h"

/* What is copied of a git directory: what belongs to one work tree, and what all share
 * (gitrepository-layout(5)). An unfinished rebase, merge or bisect can be ended inside. */
static const char *const of_tree[] = { "HEAD", "index", "sharedindex.*", "config.worktree",
	"MERGE_*", "AUTO_MERGE", "SQUASH_MSG", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD",
	"ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "BISECT_*", "rebase-merge", "rebase-apply",
	"sequencer", NULL };
static const char *const of_common[] = { "config", "shallow", "info", "hooks", NULL };
static const char *const of_linked[] = { "gitdir", "commondir", "locked", "refs", NULL };
static const char *const of_linked_only[] = { "gitdir", "commondir", "locked", NULL };   /* its refs are no files */

/* A git directory of the host's: open, and by its path. */
struct source {
	const char *program;   /* git's path */
	const char *dir;
	int         fd;
};

static bool
listed(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (fnmatch(*list, name, 0) == 0)
			return true;
	return false;
}

static int
make_dir(int at, const char *name)
{
	int fd = -1;

	if (mkdirat(at, name, 0755) == 0)
		fd = wx_dir_open(at, name);
	if (fd == -1)
		private_cannot(name);
	return fd;
}

static void
text(int dir, const char *name, const char *s)
{
	if (copy_text(dir, name, s, strlen(s)) == -1)
		private_cannot(name);
}

/* The entries of FROM that A or B lists, to TO. */
static void
copy_listed(int from, int to, const char *const *a, const char *const *b)
{
	DIR *dir = wx_dir_list(from, ".");
	struct dirent *e;

	if (dir == NULL)
		private_cannot(".git");
	while ((e = readdir(dir)) != NULL)
		if ((listed(a, e->d_name) || listed(b, e->d_name)) &&
		    copy_entry(from, to, e->d_name) == -1 && errno != ENOENT)
			private_cannot(e->d_name);
	(void)closedir(dir);
}

/* logs/HEAD, and that of the stash, which git stash list reads. */
static void
copy_logs(int from, int to)
{
	int logs = wx_dir_open(from, "logs"), refs = -1, out, sub;

	if (logs == -1)
		return;
	out = make_dir(to, "logs");
	if (copy_entry(logs, out, "HEAD") == -1 && errno != ENOENT)
		private_cannot("logs/HEAD");
	refs = wx_dir_open(logs, "refs");
	if (refs != -1) {
		sub = make_dir(out, "refs");
		if (copy_entry(refs, sub, "stash") == -1 && errno != ENOENT)
			private_cannot("logs/refs/stash");
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

/* The refs of FROM as the text of a packed-refs file; those that have no place in it, and what their files
 * say, in LOOSE. */
static char *
read_refs(const struct source *from, bool linked, size_t *len, struct strv *loose)
{
	char *packed, wrong[512];

	if (!reftable_in(from->dir)) {
		if (refs_pack(from->fd, &packed, len, loose) == -1)
			private_cannot("packed-refs");
	} else if (!reftable_refs(from->program, from->dir, linked, &packed, len, loose, wrong)) {
		errx(WX_CHAIN, "cannot use '%s': %s; run without it: --git none", escaped(from->dir), wrong);
	}
	return packed;
}

static void
make_loose(int to, const struct strv *loose)
{
	size_t i;

	for (i = 0; i < loose->n; i += 2)
		if (parents(to, loose->v[i]) == -1 ||
		    copy_text(to, loose->v[i], loose->v[i + 1], strlen(loose->v[i + 1])) == -1)
			private_cannot(loose->v[i]);
}

/* The refs of FROM, packed, in TO; where START is not -1, in that as well. */
static void
make_refs(const struct source *from, int to, int start)
{
	struct strv loose = { 0 };
	size_t len;
	char *packed = read_refs(from, false, &len, &loose);

	if (copy_text(to, "packed-refs", packed, len) == -1 ||
	    (start != -1 && copy_text(start, "packed-refs", packed, len) == -1))
		private_cannot("packed-refs");
	free(packed);
	(void)close(make_dir(to, "refs"));
	make_loose(to, &loose);
}

/* HEAD of a reftable, in TO, where there is a file of that name that says nothing. */
static void
make_head(const struct source *from, int to)
{
	char *head = reftable_head(from->program, from->dir), *line;

	if (head == NULL || (unlinkat(to, "HEAD", 0) == -1 && errno != ENOENT))
		private_cannot("HEAD");
	line = xprintf("%s\n", head);
	text(to, "HEAD", line);
	free(line);
	free(head);
}

/* What a linked work tree has for itself of a reftable. */
static void
make_own_refs(const struct source *from, int to)
{
	struct strv loose = { 0 };
	size_t len;

	free(read_refs(from, true, &len, &loose));
	make_head(from, to);
	make_loose(to, &loose);
}

/* The rest of what a reftable holds, and that TO has none; TO is the directory PATH. */
static void
make_files(const struct source *from, int to, const char *path)
{
	char *config = xprintf("%s/config", path), *log = reftable_stash(from->program, from->dir);
	const char *const unset[] = { "config", "--file", config, "--unset-all", "extensions.refstorage", NULL };
	const struct hostgit g = { .program = from->program, .dir = from->dir };

	make_head(from, to);
	if (hostgit(&g, unset, NULL, 0, 0, NULL) != 0)
		private_cannot("config");
	if (log != NULL && *log != '\0' && (parents(to, "logs/refs/stash") == -1 ||
	    copy_text(to, "logs/refs/stash", log, strlen(log)) == -1))
		private_cannot("logs/refs/stash");
	free(log);
	free(config);
}

/* What the work tree's git directory, FROM, had open, and where its HEAD was. MADE is the run's, made of it. */
static void
note_tree(const struct source *from, int made, int start)
{
	char *head = reftable_head(from->program, from->dir), *name;
	const char *const *s;

	text(start, "head", head == NULL ? "" : head);
	free(head);
	for (s = private_states; *s != NULL; s++)
		if (faccessat(made, *s, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
			name = xprintf("open-%s", *s);
			text(start, name, "");
			free(name);
		}
}

/*
 * The directory NAME of the refs as they were, of which the import makes a repository (fetch.c), and
 * of notes of what FROM was.
 */
static int
make_start(int at, const char *name, int from)
{
	int start = make_dir(at, name);
	char *origin;

	if (copy_entry(from, start, "shallow") == -1 && errno != ENOENT)
		private_cannot("shallow");
	origin = private_identity(from);
	text(start, "origin", origin);
	free(origin);
	return start;
}

static void make_modules(const struct plan *p, int from, int to, int start, const char *path, int depth);

/* The host's git directory that is SUFFIX ("" or "/modules/NAME") below the repository's, with its refs also in
 * START, as TO. */
static void
make_git(const struct plan *p, const char *suffix, int from, int to, const char *alternates, int start)
{
	char *dir = xprintf("%s%s", p->repo.common, suffix);
	char *path = xprintf("%s/%s/git%s", p->run_dir, p->run, suffix);
	const struct source s = { .program = p->git_program, .dir = dir, .fd = from };

	copy_listed(from, to, of_tree, of_common);
	copy_logs(from, to);
	make_objects(to, alternates);
	make_refs(&s, to, start);
	if (reftable_in(dir))
		make_files(&s, to, path);
	note_tree(&s, to, start);
	free(path);
	free(dir);
}

/* The submodule's git directory NAME, or a directory with some of them in it: names of
 * submodules have slashes. */
static void
make_module(const struct plan *p, int from, int to, int start, const char *name, const char *path, int depth)
{
	char *full = xprintf("%s/%s", path, name), *alternates = xprintf("%s/objects\n", full);
	int in = wx_dir_open(from, name), out, begin;

	if (in != -1 && depth < PRIVATE_DEPTH &&
	    faccessat(in, "HEAD", F_OK, 0) == 0 && faccessat(in, "objects", F_OK, 0) == 0) {
		out = make_dir(to, name);
		begin = make_start(start, name, in);
		make_git(p, full + strlen(p->git_base), in, out, alternates, begin);
		free(alternates);
		alternates = xprintf("%s/modules", full);
		make_modules(p, in, out, begin, alternates, depth + 1);
		(void)close(begin);
		(void)close(out);
	} else if (in != -1 && depth < PRIVATE_DEPTH) {
		make_modules(p, from, to, start, full, depth + 1);
	}
	if (in != -1)
		(void)close(in);
	free(alternates);
	free(full);
}

/* The directory of submodules that is shown inside at PATH, of which the last component is its
 * name in FROM: the same in TO, and their starts in START. */
static void
make_modules(const struct plan *p, int from, int to, int start, const char *path, int depth)
{
	const char *name = strrchr(path, '/') + 1;
	DIR *dir = wx_dir_list(from, name);
	struct dirent *e;
	int out, begin;

	if (dir == NULL)
		return;
	out = make_dir(to, name);
	begin = make_dir(start, name);
	while ((e = readdir(dir)) != NULL)
		if (*e->d_name != '.')
			make_module(p, dirfd(dir), out, begin, e->d_name, path, depth);
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
	char *tree = tree_of(one), *dir = xprintf("%s/worktrees/%s", p->repo.common, name);
	const struct source s = { .program = p->git_program, .dir = dir, .fd = one };
	bool whole = tree != NULL && path_within(tree, p->project);

	copy_listed(one, sub, whole ? of_tree : light, reftable_in(dir) ? of_linked_only : of_linked);
	if (reftable_in(dir))
		make_own_refs(&s, sub);
	if (whole) {
		copy_logs(one, sub);
		note = make_dir(notes, name);
		note_tree(&s, sub, note);
		text(note, "top", tree);
		(void)close(note);
	}
	free(dir);
	free(tree);
	(void)close(sub);
}

/* The linked work trees: FROM/worktrees as TO/worktrees, and START/trees. */
static void
make_worktrees(const struct plan *p, int from, int to, int start)
{
	DIR *dir = wx_dir_list(from, "worktrees");
	struct dirent *e;
	int out, notes, one;

	if (dir == NULL)
		return;
	notes = make_dir(start, "trees");
	out = make_dir(to, "worktrees");
	while ((e = readdir(dir)) != NULL) {
		one = *e->d_name == '.' ? -1 : wx_dir_open(dirfd(dir), e->d_name);
		if (one == -1)
			continue;
		make_worktree(p, one, out, notes, e->d_name);
		(void)close(one);
	}
	(void)close(notes);
	(void)close(out);
	(void)closedir(dir);
}

/* All alternates, by their places inside. */
static char *
alternates_text(const struct plan *p)
{
	char *all = xstrdup(""), *more, *objects = xprintf("%s/" PRIVATE_OBJECTS, p->git_base);
	size_t i;

	for (i = 0; i < p->mounts.n; i++) {
		if (strcmp(p->mounts.v[i].why, "objects") != 0 ||
		    strncmp(p->mounts.v[i].dest, objects, strlen(objects)) != 0)
			continue;
		more = xprintf("%s%s\n", all, p->mounts.v[i].dest);
		free(all);
		all = more;
	}
	free(objects);
	return all;
}

static void
make_all(const struct plan *p, int run, int from, int start)
{
	const char *ours = strcmp(p->repo.dir, p->repo.common) == 0 ? NULL : strrchr(p->repo.dir, '/') + 1;
	int git = make_dir(run, "git");
	char *others = alternates_text(p), *path, *more;

	make_git(p, "", from, git, others, start);
	free(others);
	path = xprintf("%s/" PRIVATE_MODULES, p->git_base);
	make_modules(p, from, git, start, path, 0);
	free(path);
	make_worktrees(p, from, git, start);
	if (ours != NULL) {
		path = xprintf("worktrees/%s/gitdir", ours);
		if (unlinkat(git, path, 0) == -1)
			private_cannot(path);
		more = xprintf("%s/.git\n", p->at);
		text(git, path, more);
		free(more);
		free(path);
	}
	(void)close(git);
}

/* The path is canonical: another run, in whose project it lies, may have put a link on the way since. */
static int
open_common(const struct plan *p)
{
	int top = wx_top_open("/", O_DIRECTORY);
	int fd = top == -1 ? -1 : wx_beneath_open(top, p->repo.common + 1, O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		err(WX_CHAIN, "cannot open '%s'", escaped(p->repo.common));
	(void)close(top);
	return fd;
}

void
gitmake(const struct plan *p, int run)
{
	int from = open_common(p), start;

	start = make_start(run, "start", from);
	make_all(p, run, from, start);
	(void)close(start);
	(void)close(from);
}
