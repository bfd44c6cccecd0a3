/* SPDX-License-Identifier: MIT */
#include "git.h"

#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/gitconfig.h"
#include "libcommon/tool/path.h"
#include "libcommon/tool/strv.h"

static bool
is(const char *dir, const char *name, mode_t type)
{
	char *path = xprintf("%s/%s", dir, name);
	struct stat st;
	bool yes = lstat(path, &st) == 0 && (st.st_mode & S_IFMT) == type;

	free(path);
	return yes;
}

bool
repo_is_git_dir(const char *dir)
{
	return (is(dir, "HEAD", S_IFREG) || is(dir, "HEAD", S_IFLNK)) &&
	    (is(dir, "objects", S_IFDIR) || is(dir, "objects", S_IFLNK)) &&
	    (is(dir, "refs", S_IFDIR) || is(dir, "refs", S_IFLNK));
}

char *
repo_line(int at, const char *name)
{
	char buf[PATH_MAX + 16];

	if (wx_read_text(at, name, O_NOFOLLOW, buf, sizeof(buf)) <= 0)
		return NULL;
	buf[strcspn(buf, "\r\n")] = '\0';
	return xstrdup(buf);
}

char *
repo_line_of(const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name), *line = repo_line(AT_FDCWD, path);

	free(path);
	return line;
}

/* PATH by the directory DIR, canonical; NULL if it is not there. */
static char *
resolve(const char *dir, const char *path)
{
	char *full = *path == '/' ? xstrdup(path) : xprintf("%s/%s", dir, path);
	char *real = realpath(full, NULL);

	free(full);
	return real;
}

/* Is the work tree TOP that of DIR, a directory of COMMON's "worktrees"? Its "gitdir" names
 * the .git of the tree (gitrepository-layout(5)). */
static bool
is_linked(const char *dir, const char *common, const char *top)
{
	char *home = xprintf("%s/worktrees", common), *back = repo_line_of(dir, "gitdir"), *real = NULL;
	char *slash = back == NULL ? NULL : strrchr(back, '/');
	const char *last = strrchr(dir, '/');
	bool yes;

	if (slash != NULL && strcmp(slash, "/.git") == 0) {
		*slash = '\0';
		real = resolve(dir, *back == '\0' ? "/" : back);
	}
	yes = real != NULL && strcmp(real, top) == 0 &&
	    strlen(home) == (size_t)(last - dir) && strncmp(home, dir, strlen(home)) == 0;
	free(real);
	free(back);
	free(home);
	return yes;
}

static void
worktree_setting(const char *section, const char *subsection, const char *key, const char *value, void *user)
{
	char **at = user;

	if (strcmp(section, "core") != 0 || *subsection != '\0' || strcmp(key, "worktree") != 0)
		return;
	free(*at);
	*at = xstrdup(value);
}

/* Is TOP the work tree that the configuration FILE of DIR names? */
static bool
names_tree(const char *dir, const char *file, const char *top)
{
	char *path = xprintf("%s/%s", dir, file), *tree = NULL, *real, buf[65536];
	ssize_t n = wx_read_text(AT_FDCWD, path, O_NOFOLLOW, buf, sizeof(buf));
	bool yes;

	if (n > 0)
		(void)wx_gitconfig_read(buf, (size_t)n, worktree_setting, &tree);
	real = tree == NULL ? NULL : resolve(dir, tree);
	yes = real != NULL && strcmp(real, top) == 0;
	free(real);
	free(tree);
	free(path);
	return yes;
}

/*
 * The git directory of a submodule lies in the "modules" of the repository around it, which
 * the tree of this one is in, and names that tree: what else a .git file names could be planted by whoever wrote
 * the file, that of another submodule too.
 */
static bool
is_module(const char *dir, const char *top)
{
	const char *modules = strstr(dir, "/.git/modules/");
	char *above;
	bool yes;

	if (modules == NULL)
		return false;
	above = xprintf("%.*s", (int)(modules - dir), dir);
	yes = path_within(top, above) && strcmp(top, above) != 0 &&
	    (names_tree(dir, "config", top) || names_tree(dir, "config.worktree", top));   /* git-sparse-checkout(1) */
	free(above);
	return yes;
}

/* What TOP/.git, a file, names: all that follows "gitdir: ", less the ends of lines behind it (git's
 * read_gitfile_gently()). NULL: it is not one of git's, or names a path of two lines. */
static char *
gitfile(const char *top)
{
	char *path = xprintf("%s/.git", top), buf[PATH_MAX + 16];
	ssize_t n = wx_read_text(AT_FDCWD, path, O_NOFOLLOW, buf, sizeof(buf));

	free(path);
	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
		buf[--n] = '\0';
	if (n <= 8 || strncmp(buf, "gitdir: ", 8) != 0 || strlen(buf) != (size_t)n || strchr(buf, '\n') != NULL)
		return NULL;
	return xstrdup(buf + 8);
}

/* OUT->dir and common, as the file TOP/.git has it; what is wrong with that, or NULL. */
static const char *
follow(const char *top, struct repo *out)
{
	char *named = gitfile(top), *common, *clean;
	bool link;

	if (named == NULL)
		return "is a file, and not one of git's";
	out->dir = resolve(top, named);
	clean = path_clean(top, named);
	/* A link on the way, in the project, could be made to lead elsewhere. */
	link = out->dir != NULL && path_within(out->dir, top) && strcmp(clean, out->dir) != 0;
	free(clean);
	free(named);
	if (link)
		return "names a git directory through a symbolic link";
	if (out->dir == NULL)
		return "names a directory that is not there";
	common = repo_line_of(out->dir, "commondir");
	out->common = common == NULL ? xstrdup(out->dir) : resolve(out->dir, common);
	free(common);
	if (out->common == NULL || !repo_is_git_dir(out->common))
		return "names a directory that is no repository";
	if (strcmp(out->common, out->dir) != 0 ? !is_linked(out->dir, out->common, top) :
	    !path_within(out->dir, top) && !is_module(out->dir, top))
		return "names a git directory that does not point back to this project";
	return NULL;
}

const char *
repo_at(const char *top, struct repo *out)
{
	char *dot = xprintf("%s/.git", top);
	const char *wrong = NULL;
	struct stat st;

	*out = (struct repo){ 0 };
	if (lstat(dot, &st) == 0) {
		out->file = S_ISREG(st.st_mode);
		if (S_ISLNK(st.st_mode))
			wrong = "is a symbolic link";
		else if (out->file)
			wrong = follow(top, out);
		if (wrong == NULL && (out->file || (S_ISDIR(st.st_mode) && repo_is_git_dir(dot))))
			out->top = xstrdup(top);
		if (out->top != NULL && !out->file) {
			out->dir = xstrdup(dot);
			out->common = xstrdup(dot);
		}
	}
	free(dot);
	return wrong;
}

bool
repo_find(const char *dir, const char *home, struct repo *out)
{
	char *at = xstrdup(dir), *slash;
	const char *wrong;

	*out = (struct repo){ 0 };
	while (out->top == NULL && !path_within(home, at)) {
		wrong = repo_at(at, out);
		if (wrong != NULL)
			errx(WX_CHAIN, "cannot use '%s/.git': it %s; run without it: --git none", escaped(at), wrong);
		slash = strrchr(at, '/');
		if (slash == at)
			break;
		*slash = '\0';
	}
	free(at);
	return out->top != NULL;
}
