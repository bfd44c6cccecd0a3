/* SPDX-License-Identifier: MIT */
/* Repositories in the work tree that were there before the run: git on the host enters them with
 * their configuration and hooks, so they are read-only inside as a whole, and what they name. */
#include "tree.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "kinds/kinds.h"
#include "libcommon/fileio.h"
#include "libcommon/osfile.h"
#include "libcommon/tool/beneath.h"
#include "libcommon/tool/path.h"
#include "links.h"

#define REPOSITORIES_MAX 64       /* each is a mount, and one for each directory above it */
#define INCLUDES_MAX     16
#define NAMES_MAX        200      /* that the configuration of one may name */
#define HOOKS_MAX        1000
#define CONFIG_MAX       (1 << 20)

struct repository {
	struct guards *g;
	const struct plan *p;
	int   root;            /* of G->roots, that it is in: the project, or what -m mounts */
	char *top;             /* on the host: from where relative names count */
	int   includes;        /* that may still be read */
	int   names;           /* that may still be protected */
};

static char *
join(const char *dir, const char *name)
{
	return *dir == '\0' ? xstrdup(name) : xprintf("%s/%s", dir, name);
}

/* The parent of REL; "" of the project. */
static char *
parent(const char *rel)
{
	const char *slash = strrchr(rel, '/');

	return xprintf("%.*s", (int)(slash == NULL ? 0 : slash - rel), rel);
}

static bool
is_mode(const struct guards *g, int root, const char *rel, mode_t type)
{
	struct stat st;

	return wx_beneath_stat(g->roots.v[root].fd, rel, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

/* Hooks can be symbolic links to anywhere. git knows some 30 names; a directory with many more
 * is no reason not to start. */
static void
protect_hooks(struct repository *r, const char *rel)
{
	int fd = wx_beneath_open(r->g->roots.v[r->root].fd, rel, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	int left = HOOKS_MAX;
	char *path;

	while (dir != NULL && left-- > 0 && (e = readdir(dir)) != NULL) {
		path = join(rel, e->d_name);
		if (strcmp(e->d_name, "..") != 0 && links_on_the_way(r->g, r->root, path))
			guard_protect_target(r->g, r->p, r->root, path);
		free(path);
	}
	if (dir != NULL)
		(void)closedir(dir);
	else if (fd != -1)
		(void)close(fd);
}

static void read_config(struct repository *r, const char *path);

/* PATH of the host, absolute; a part of the root's, or NULL. */
static const char *
in_root(const struct repository *r, const char *path)
{
	const char *host = r->g->roots.v[r->root].host;
	size_t n = strlen(host);

	return path_within(path, host) && path[n] == '/' ? path + n + 1 : NULL;
}

/* A URL that is a path: git runs the hooks of a repository to which it pushes. */
static void
protect_remote(struct repository *r, const char *path)
{
	const char *rel = in_root(r, path);
	char *git = rel == NULL ? NULL : join(rel, ".git"), *head;

	if (git == NULL)
		return;
	head = join(rel, "HEAD");
	if (is_mode(r->g, r->root, git, S_IFDIR))
		guard_protect_target(r->g, r->p, r->root, git);
	else if (is_mode(r->g, r->root, head, S_IFREG))
		guard_protect_target(r->g, r->p, r->root, rel);
	free(head);
	free(git);
}

/* One word of gitnames, of the configuration FILE. */
static void
protect_name(struct repository *r, const char *file, const char *word)
{
	char *dir = xprintf("%.*s", (int)(strrchr(file, '/') - file), file), *path;
	const char *rel, *name = word + 1;

	if (*name == '~')
		path = xprintf("%s%s", r->p->host_home, name + strcspn(name, "/"));
	else
		path = path_clean(*word == 'i' ? dir : r->top, strncmp(name, "file://", 7) == 0 ?
		    name + 7 : name);
	rel = in_root(r, path);
	if (*word == 'r') {
		protect_remote(r, path);
	} else if (*word != 'p') {
		guard_protect_named(r->g, r->p, path);
	} else if (rel != NULL && (strchr(name, '/') != NULL || is_mode(r->g, r->root, rel, S_IFREG))) {
		if (!is_mode(r->g, r->root, rel, S_IFDIR))
			guard_protect_named(r->g, r->p, path);
	}
	if (*word == 'h' && rel != NULL)
		protect_hooks(r, rel);
	if (*word == 'i')
		read_config(r, path);
	free(path);
	free(dir);
}

/* Protect what the configuration PATH, of the host, names. */
static void
read_config(struct repository *r, const char *path)
{
	struct strv names = { 0 };
	struct stat st;
	char *text = malloc(CONFIG_MAX);
	ssize_t n = -1;
	size_t i;
	int fd = -1;

	if (text != NULL && r->includes-- > 0)
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = wx_read_all(fd, text, CONFIG_MAX - 1);
	if (fd != -1)
		(void)close(fd);
	if (n >= 0) {
		text[n] = '\0';
		(void)gitnames(text, (size_t)n, &names);
	}
	free(text);
	for (i = 0; i < names.n; i++) {
		if (r->names-- > 0)
			protect_name(r, path, names.v[i]);
		else if (r->names == -1)
			warnx("'%s' names more than %d files: the others are not protected", escaped(path),
			    NAMES_MAX);
		free(names.v[i]);
	}
	free(names.v);
}

void
nested_named(struct guards *g, const struct plan *p, int root, const char *dir, const char *top)
{
	static const char *const files[] = { "config", "config.worktree" };
	const char *host = g->roots.v[root].host;
	struct repository r = { .g = g, .p = p, .root = root, .includes = INCLUDES_MAX,
	    .names = NAMES_MAX };
	char *path, *hooks = join(dir, "hooks");
	size_t i;

	r.top = path_clean(host, top);
	for (i = 0; i < 2; i++) {
		path = xprintf("%s/%s/%s", host, dir, files[i]);
		read_config(&r, path);
		free(path);
	}
	protect_hooks(&r, hooks);
	if (p->git.hooks != NULL) {
		path = xprintf("h%s", p->git.hooks);
		protect_name(&r, "/", path);
		free(path);
	}
	free(hooks);
	free(r.top);
}

/* Where the ".git" file REL leads, below the root; NULL: elsewhere, or to its
 * own. The caller owns it. */
static char *
led_to(const struct guards *g, int root, const char *rel)
{
	const char *host = g->roots.v[root].host;
	char buf[PATH_MAX + 16], *dir, *base, *path, *out = NULL;
	ssize_t n = beneath_read(g->roots.v[root].fd, rel, buf, sizeof(buf));
	size_t len = strlen(host);

	while (n > 0 && strchr("\r\n", buf[n - 1]) != NULL)
		buf[--n] = '\0';
	if (n < 8 || strncmp(buf, "gitdir: ", 8) != 0)
		return NULL;
	dir = parent(rel);
	base = path_clean(host, dir);
	path = path_clean(base, buf + 8);
	if (path_within(path, host) && path[len] == '/' && !path_within(path + len + 1, ".git"))
		out = xstrdup(path + len + 1);
	free(path);
	free(base);
	free(dir);
	return out;
}

/* It is not copied before the run: it can be large. */
static void
mark(struct guards *g, int root, const char *rel)
{
	size_t i;

	for (i = 0; i < g->list.n; i++)
		if (g->list.v[i].root == root && strcmp(g->list.v[i].rel, rel) == 0)
			g->list.v[i].repository = true;
}

void
nested_protect(struct guards *g, const struct plan *p, int root, const char *rel)
{
	const char *name = strrchr(rel, '/');
	bool dot = strcmp(name == NULL ? rel : name + 1, ".git") == 0;
	char *top = dot ? parent(rel) : xstrdup(rel), *dir = NULL;

	if (dot && is_mode(g, root, rel, S_IFREG)) {
		(void)guard_protect(g, p, root, rel);
		dir = led_to(g, root, rel);
	} else if (is_mode(g, root, rel, S_IFDIR)) {
		dir = xstrdup(rel);
	} else if (links_on_the_way(g, root, rel)) {
		guard_protect_target(g, p, root, rel);
	}
	if (dir != NULL) {
		guard_protect_target(g, p, root, dir);
		mark(g, root, dir);
		nested_named(g, p, root, dir, top);
	}
	free(dir);
	free(top);
}

void
nested_find(struct guards *g, const struct plan *p)
{
	struct strv found = { 0 };
	size_t i, n = 0;

	if (is_mode(g, 0, ".git", S_IFREG))
		g->own_git = led_to(g, 0, ".git");
	g->roots.v[0].known = known_look(g->roots.v[0].fd, g->own_git, &found);
	for (i = 0; i < found.n; i++) {
		if (strcmp(found.v[i], ".") == 0)
			g->bare = true;
		else if (!path_within(found.v[i], ".git") && !(g->own_git != NULL &&
		    path_within(found.v[i], g->own_git)) && n++ < REPOSITORIES_MAX)
			nested_protect(g, p, 0, found.v[i]);
	}
	if (n > REPOSITORIES_MAX)
		warnx("only %d of %zu nested repositories are protected; the others are looked at "
		    "afterwards", REPOSITORIES_MAX, n);
}
