/* SPDX-License-Identifier: MIT */
#include "find.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"

#define HOPS_MAX 16   /* links and interpreters from a name to a program */

/*
 * Where the tools of a user live, below HOME. A '*' stands for one name. Each
 * holds programs only: not ~/.cargo (its credentials), not ~/.local/share.
 */
static const char *const tool_roots[] = {
	".nvm/versions/node/*", ".local/share/fnm/node-versions/*", ".volta",
	".nodenv", ".pyenv", ".rbenv", ".goenv", ".asdf", ".sdkman/candidates/*/*",
	".deno/bin", ".bun/bin", ".bun/install/global", ".local/share/mise/installs/*/*",
	".local/share/mise/shims", ".local/share/pnpm", ".local/share/claude",
	".local/share/uv/tools/*", ".local/share/uv/python/*", ".local/pipx/venvs/*",
	".local/share/pipx/venvs/*", ".cargo/bin", ".rustup/toolchains", "go/bin", NULL
};

/* The length of the prefix of PATH that ROOT matches, part by part; else 0. */
static size_t
match_root(const char *path, const char *root)
{
	const char *p = path;
	size_t n, m;

	for (;;) {
		n = strcspn(p, "/");
		m = strcspn(root, "/");
		if (n == 0 || (!(m == 1 && *root == '*') && (n != m || strncmp(p, root, n) != 0)))
			return 0;
		p += n;
		root += m;
		if (*root == '\0')
			return (size_t)(p - path);
		if (*p == '\0')
			return 0;
		p++;
		root++;
	}
}

/* May ROOT be bound as a whole: does it hold nothing but a tool? */
static bool
narrow(const struct plan *p, const char *root)
{
	static const char *const wide[] = { "/", "/opt", "/home", "/var", "/srv", "/mnt",
	    "/tmp", "/var/tmp", NULL };
	const char *const *w;
	char *local = path_clean(p->host_home, ".local");
	bool ok = strcmp(root, local) != 0;

	free(local);
	for (w = wide; *w != NULL; w++)
		ok &= strcmp(root, *w) != 0;
	return ok && !path_within(p->host_home, root) && !path_within(p->project, root) &&
	    !path_within(p->run_dir, root) && !path_within(root, p->project);
}

/* The folder that must come with the program FILE, or FILE itself. */
static char *
tool_root(const struct plan *p, const char *file)
{
	const char *rel, *mark;
	char *root = NULL;
	size_t i, n;

	if (path_within(file, p->host_home)) {
		rel = file + strlen(p->host_home) + 1;
		for (i = 0; tool_roots[i] != NULL; i++) {
			n = match_root(rel, tool_roots[i]);
			if (n > 0)
				return xprintf("%s/%.*s", p->host_home, (int)n, rel);
		}
	}
	/* All packages of one node_modules find each other there. */
	mark = strstr(file, "/node_modules/");
	if (mark != NULL)
		root = xprintf("%.*s/node_modules", (int)(mark - file), file);
	else if (strncmp(file, "/opt/", 5) == 0 && strchr(file + 5, '/') != NULL)
		root = xprintf("%.*s", (int)(strchr(file + 5, '/') - file), file);
	else {
		mark = strrchr(file, '/');
		if (mark - file > 4 && strncmp(mark - 4, "/bin", 4) == 0)
			root = xprintf("%.*s", (int)(mark - 4 - file), file);
	}
	if (root != NULL && narrow(p, root))
		return root;
	free(root);
	return xstrdup(file);
}

static void bring(struct plan *p, const char *file, int depth);

/* rustup's proxies run the toolchains, and read which is the default. */
static void
bring_companions(struct plan *p, const char *root)
{
	static const char *const with[] = { ".rustup/toolchains", ".rustup/settings.toml" };
	char *cargo = path_clean(p->host_home, ".cargo/bin"), *path;
	size_t i;

	for (i = 0; strcmp(root, cargo) == 0 && i < 2; i++) {
		path = path_clean(p->host_home, with[i]);
		if (access(path, R_OK) == 0 && !plan_shows(p, path))
			(void)mount_add(&p->mounts, MOUNT_RO, path, path, "tool");
		free(path);
	}
	free(cargo);
}

/* The program NAME that a script's "#!/usr/bin/env NAME" means. */
static void
bring_by_name(struct plan *p, const char *name, int depth)
{
	char *file = host_which(name);

	if (file != NULL && !path_within(file, p->project))
		bring(p, file, depth);
	free(file);
}

/* "#!interpreter [argument]" (execve(2)): what a script needs to run. */
static void
bring_interpreter(struct plan *p, const char *file, int depth)
{
	char line[256], *word, *save = NULL;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd == -1 ? -1 : read(fd, line, sizeof(line) - 1);
	bool env;

	if (fd != -1)
		(void)close(fd);
	if (n < 3 || line[0] != '#' || line[1] != '!')
		return;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	word = strtok_r(line + 2, " \t", &save);
	if (word == NULL || *word != '/')
		return;
	bring(p, word, depth);
	env = strcmp(strrchr(word, '/'), "/env") == 0;
	while (env && (word = strtok_r(NULL, " \t", &save)) != NULL) {
		if (*word == '-' || strchr(word, '=') != NULL)
			continue;
		bring_by_name(p, word, depth);
		break;
	}
}

/*
 * Make FILE (absolute) be there inside: link by link, as the host has it, so that
 * a program that looks at its own name or place finds what it expects.
 */
static void
bring(struct plan *p, const char *file, int depth)
{
	char target[PATH_MAX], *cur = xstrdup(file), *root, *dir;
	struct stat st;
	ssize_t n;
	int hop;

	for (hop = 0; hop < HOPS_MAX && depth < HOPS_MAX; hop++) {
		if (lstat(cur, &st) == -1)
			break;
		if (!plan_shows(p, cur) && !path_within(cur, p->project)) {
			root = tool_root(p, cur);
			if (strcmp(root, cur) != 0 || !S_ISLNK(st.st_mode))
				(void)mount_add(&p->mounts, MOUNT_RO, root, root, "tool");
			else if ((n = readlink(cur, target, sizeof(target) - 1)) > 0) {
				target[n] = '\0';
				(void)mount_add(&p->mounts, MOUNT_SYMLINK, target, cur, "tool");
			}
			bring_companions(p, root);
			free(root);
		}
		if (!S_ISLNK(st.st_mode)) {
			bring_interpreter(p, cur, depth + 1);
			break;
		}
		n = readlink(cur, target, sizeof(target) - 1);
		if (n <= 0)
			break;
		target[n] = '\0';
		dir = xprintf("%.*s", (int)(strrchr(cur, '/') - cur), cur);
		free(cur);
		cur = path_clean(*dir == '\0' ? "/" : dir, target);
		free(dir);
	}
	free(cur);
}

char *
find_inside(const struct plan *p, const char *path)
{
	if (path_within(path, p->project))
		return xprintf("%s%s", WORKSPACE, path + strlen(p->project));
	return plan_shows(p, path) ? xstrdup(path) : NULL;
}

/* Does a single file or link that was brought lie right in DIR? */
static bool
brought_into(const struct plan *p, const char *dir)
{
	size_t i, n = strlen(dir);

	for (i = 0; i < p->mounts.n; i++)
		if (strncmp(p->mounts.v[i].dest, dir, n) == 0 && p->mounts.v[i].dest[n] == '/' &&
		    strchr(p->mounts.v[i].dest + n + 1, '/') == NULL &&
		    strcmp(p->mounts.v[i].why, "tool") == 0)
			return true;
	return false;
}

/* The host's PATH, less what is not there inside. */
static void
set_path(struct plan *p)
{
	static const char *const usual[] = { "/usr/local/bin", "/usr/bin", "/bin", NULL };
	const char *path = getenv("PATH"), *end, *const *u;
	struct words dirs = { 0 };
	char *dir, *inside, *all;
	size_t i;

	for (path = path == NULL ? "" : path; *path != '\0'; path = *end == '\0' ? end : end + 1) {
		end = strchrnul(path, ':');
		if (*path != '/')
			continue;
		dir = xprintf("%.*s", (int)(end - path), path);
		inside = find_inside(p, dir);
		if (inside == NULL && brought_into(p, dir))
			inside = xstrdup(dir);
		if (inside != NULL && !words_have(&dirs, inside))
			words_add(&dirs, inside);
		free(inside);
		free(dir);
	}
	for (u = usual; *u != NULL; u++)
		if (!words_have(&dirs, *u))
			words_add(&dirs, *u);
	all = xstrdup(dirs.v[0]);
	for (i = 1; i < dirs.n; i++) {
		inside = xprintf("%s:%s", all, dirs.v[i]);
		free(all);
		all = inside;
	}
	env_set(&p->env, "PATH", all, false);
	free(all);
}

/* Is PATH below something that the user mounted, at another place than the host's? */
static bool
mounted_by_user(const struct plan *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->mounts.n; i++)
		if (strcmp(p->mounts.v[i].why, "mount") == 0 &&
		    path_within(path, p->mounts.v[i].dest))
			return true;
	return false;
}

static void
resolve_command(struct plan *p)
{
	const char *name = p->command.v[0];
	char *file;

	/* Relative: to the working folder, which inside is the project's. */
	if (strchr(name, '/') != NULL && *name != '/') {
		p->resolved = xstrdup(name);
		return;
	}
	if (*name == '/' && (path_within(name, WORKSPACE) || mounted_by_user(p, name))) {
		p->resolved = xstrdup(name);
		return;
	}
	file = host_which(name);
	if (file == NULL && env_get(&p->env, "PATH") != NULL) {
		p->resolved = NULL;    /* by the user's own PATH, inside */
		return;
	}
	if (file == NULL)
		err(errno == ENOENT ? WX_NOCMD : WX_NOEXEC, "cannot run '%s'", name);
	if (access(file, X_OK) == -1)
		err(WX_NOEXEC, "cannot run '%s'", file);
	if (!path_within(file, p->project))
		bring(p, file, 0);
	p->resolved = find_inside(p, file);
	if (p->resolved == NULL)
		p->resolved = file;
	else
		free(file);
}

void
find_command(struct plan *p)
{
	char *file;
	size_t i;

	resolve_command(p);
	for (i = 0; i < p->tools.n; i++) {
		file = host_which(p->tools.v[i]);
		if (file == NULL)
			errx(WX_CHAIN, "cannot find tool '%s' on PATH", p->tools.v[i]);
		if (!path_within(file, p->project))
			bring(p, file, 0);
		free(file);
	}
	if (env_get(&p->env, "PATH") == NULL)
		set_path(p);
}
