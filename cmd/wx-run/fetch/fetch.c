/* SPDX-License-Identifier: MIT */
#include "fetch.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/git.h"
#include "libcommon/clock.h"
#include "libcommon/fileio.h"
#include "libcommon/removetree.h"
#include "quarantine.h"
#include "serve.h"

#define REFS_MAX   FETCH_REFS
#define PACKED_MAX ((off_t)8 << 20)
#define FILE_MAX   ((off_t)256 << 20)   /* of a file that is read whole, and written by git, */
#define WORDS_MAX  ((off_t)64 << 10)    /* and of one that has a line or a few */

struct look {
	unsigned long refs, left;
	const char   *top;   /* the component that is looked in */
	const char   *bad;
};

/* The file NAME, DEPTH below the git directory: it costs nothing to make one of a terabyte. */
static bool
too_large(const struct look *l, const char *name, int depth, off_t size)
{
	bool head = strcmp(name, "HEAD") == 0 && (depth == 0 || (depth == 2 && strcmp(l->top, "worktrees") == 0));

	if (head || strcmp(name, "alternates") == 0 || strcmp(name, "commondir") == 0 || strcmp(name, "gitdir") == 0)
		return size > WORDS_MAX;
	return size > FILE_MAX && (depth == 0 || strcmp(l->top, "objects") != 0);
}

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

/* Does git read it to serve what is committed (gitrepository-layout(5)), or we do (serve.c)? */
static bool
is_read(const char *name)
{
	static const char *const read[] = { "HEAD", "commondir", "config", "config.worktree", "info", "logs", "objects",
		"packed-refs", "refs", "reftable", "shallow", "worktrees", NULL };
	const char *const *s;

	for (s = read; *s != NULL; s++)
		if (strcmp(name, *s) == 0)
			return true;
	return false;
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
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || (depth == 0 && !is_read(e->d_name)) ||
		    fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		if (l->left-- == 0 || depth > 200)
			l->bad = "it holds too many files to be looked at";
		else if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISLNK(st.st_mode))
			l->bad = "it holds a pipe, socket or device";
		else if (S_ISREG(st.st_mode) && too_large(l, e->d_name, depth, st.st_size))
			l->bad = "it holds a file that is too large for what it is";
		else if (depth == 0 && strcmp(e->d_name, "packed-refs") == 0)
			l->refs += lines_of(dirfd(dir), e->d_name, st.st_size);
		l->refs += refs && S_ISREG(st.st_mode);
		if (l->bad != NULL || !S_ISDIR(st.st_mode))
			continue;
		if (depth == 0)
			l->top = e->d_name;
		down = wx_dir_open(dirfd(dir), e->d_name);
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

bool
fetch_fit(struct pair *pr, bool *many)
{
	struct look l = { .left = 4000000 };
	char *path = xprintf("%s/git/%s", pr->v->path, pr->rel);
	int fd;

	/* A mode is all that the sandbox can change of the directory itself, which was mounted. */
	if (*pr->rel == '\0')
		(void)chmod(path, 0755);
	fd = wx_dir_open(AT_FDCWD, path);
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

/* A repository of what gitmake.c made; its objects are the host's (GIT_OBJECT_DIRECTORY). */
static bool
make_repository(struct pair *pr)
{
	static const char head[] = "ref: refs/heads/.none\n";
	int dir = wx_dir_open(AT_FDCWD, pr->start.dir);
	/* HEAD anew: a try that was killed may have left an empty one. */
	bool ok = dir != -1 && (mkdirat(dir, "refs", 0755) == 0 || errno == EEXIST) &&
	    (unlinkat(dir, "HEAD", 0) == 0 || errno == ENOENT) &&
	    copy_text(dir, "HEAD", head, sizeof(head) - 1) == 0;

	if (!ok)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "cannot write to '%s': %s", pr->start.dir, strerror(errno));
	if (dir != -1)
		(void)close(dir);
	return ok;
}

/* What the start repository must know of the host's: how objects are named, and that some may be missing
 * (git-config(1), extensions.*). Its own refs are files. */
static bool
configure(struct pair *pr)
{
	char *file = xprintf("%s/config", pr->common), *to = xprintf("%s/config", pr->start.dir);
	const char *const argv[] = { "config", "--file", file, "--no-includes", "--get-regexp",
	    /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma) */
	    "^(extensions\\.(objectformat|partialclone)|core\\.repositoryformatversion|"
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
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "%s", *said.err == '\0' ?
		    "the repository's settings cannot be read" : said.err);
	free(said.out);
	free(to);
	free(file);
	return ok;
}

static void
refspecs(const struct pair *pr, bool many, struct strv *out)
{
	static const char *const all[] = { "+refs/heads/*:refs/wrapix/heads/*", "+refs/tags/*:refs/wrapix/tags/*",
	    "+refs/notes/*:refs/wrapix/notes/*", NULL };
	char *head = repo_line_of(pr->trees.v[0].inside, "HEAD");
	const char *branch = pair_branch(head);

	if (!many)
		strv_addv(out, all);
	else if (branch != NULL)
		strv_addf(out, "+%s:refs/wrapix/%s", branch, branch + 5);
	strv_add(out, "+refs/wrapix-stash/*:refs/wrapix/stash/*");
	strv_add(out, "+refs/wrapix-head/*:refs/wrapix/head/*");
	free(head);
}

static bool
fetch(struct pair *pr, bool many, const struct quarantine *q)
{
	char *serve = serve_command(pr->h->plan, pr->v->path, pr->rel);
	char *option = xprintf("--upload-pack=%s", serve);
	struct strv argv = { 0 };
	struct hostgit g = pr->start;
	struct hostgit_said said;
	static const char *const head[] = { "fetch", "--quiet", "--no-tags", "--no-write-fetch-head",
	    "--no-auto-gc", "--prune", "--no-recurse-submodules", NULL };
	int rc;

	strv_addv(&argv, head);
	strv_add(&argv, option);
	strv_add(&argv, "/run/wrapix/git");
	refspecs(pr, many, &argv);
	g.objects = q->path;
	g.borrowed = q->borrowed;
	rc = hostgit(&g, (const char *const *)argv.v, NULL, 0, 0, &said);
	if (rc != 0)
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "%s", hostgit_signal() != 0 ? "it was interrupted" :
		    rc == -1 && pr->start.until > 0 && wx_clock_seconds() > pr->start.until ? "the time was up" :
		    *said.err == '\0' ? "git fetch failed" : said.err);
	free(option);
	free(serve);
	return rc == 0;
}

/* Refs of a fetch that was killed name objects that may never have come. */
static bool
forget_refs(const struct pair *pr)
{
	int start = wx_dir_open(AT_FDCWD, pr->start.dir);
	bool ok = start != -1 && wx_remove_tree(start, "refs/wrapix") == 0;

	if (start != -1)
		(void)close(start);
	return ok;
}

bool
fetch_all(struct pair *pr, bool many)
{
	struct quarantine q;
	bool ok;

	if (!make_repository(pr) || !configure(pr))
		return false;
	if (!forget_refs(pr) || !quarantine_open(&q, pr->start.objects, pr->v->name)) {
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "cannot make a directory for what comes in '%s': %s",
		    pr->start.objects, strerror(errno));
		return false;
	}
	ok = fetch(pr, many, &q);
	if (ok && !quarantine_accept(&q)) {
		ok = false;
		(void)snprintf(pr->wrong, sizeof(pr->wrong), "cannot write to '%s': %s", pr->start.objects, strerror(errno));
	}
	quarantine_close(&q);
	return ok;
}

const char *
pair_branch(const char *head)
{
	return head != NULL && strncmp(head, "ref: refs/heads/", 16) == 0 && head[16] != '.' ? head + 5 : NULL;
}
