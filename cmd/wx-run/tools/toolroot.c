/* SPDX-License-Identifier: MIT */
#include "toolroot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/tool/path.h"
#include "libcommon/tool/strv.h"

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
	".local/share/pipx/venvs/*", ".cargo/bin", ".rustup/toolchains", "go/bin", ".claude/local",
	".npm-global", ".npm-packages", ".yarn/bin", ".config/yarn/global", ".gem/ruby/*",
	".local/share/gem/ruby/*", ".cabal/bin", ".ghcup", ".elan", ".juliaup", ".julia/juliaup", ".dotnet",
	".foundry/bin", ".composer/vendor", ".config/composer/vendor", ".jenv", ".phpenv", ".proto",
	".rye/shims", ".rye/self", ".rye/py/*", ".rye/tools", ".krew", ".opencode/bin", ".linuxbrew", NULL
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

/* Folders below HOME that hold more than a tool, whatever lies in their bin. */
static const char *const wide_home[] = {
	".local", ".local/share", ".local/state", ".config", ".cache", ".ssh", ".gnupg",
	".aws", ".kube", ".mozilla", "Documents", "Desktop", "Downloads", NULL
};

/* Nor may these be bound: a top folder, a home, what has the project or our state
 * in it, or lies in the project. */
static bool
narrow(const struct plan *p, const char *root)
{
	const char *last = strrchr(root, '/');
	const char *const *w;
	char *wide;
	bool ok = last != root && strcmp(root, "/var/tmp") != 0 &&
	    !(last == root + 5 && path_within(root, "/home"));

	for (w = wide_home; ok && *w != NULL; w++) {
		wide = path_clean(p->host_home, *w);
		ok = strcmp(root, wide) != 0;
		free(wide);
	}
	return ok && !path_within(p->host_home, root) && !path_within(p->project, root) &&
	    !path_within(p->run_dir, root) && !path_within(root, p->project);
}

/* Does ROOT look like what make install, npm or venv make: more than a bin? */
static bool
prefix(const char *root)
{
	static const char *const beside[] = { "lib", "lib64", "libexec", "share", "pyvenv.cfg" };
	char *path;
	size_t i;
	bool found = false;

	for (i = 0; !found && i < sizeof(beside) / sizeof(*beside); i++) {
		path = path_clean(root, beside[i]);
		found = access(path, F_OK) == 0;
		free(path);
	}
	return found;
}

/* By what lies round FILE: a node_modules, whose packages find each other there;
 * /opt/X; X of X/bin. NULL where none of these is. */
static char *
root_by_shape(const char *file)
{
	const char *mark = strstr(file, "/node_modules/");
	char *root;

	if (mark != NULL)
		return xprintf("%.*s/node_modules", (int)(mark - file), file);
	if (strncmp(file, "/opt/", 5) == 0 && strchr(file + 5, '/') != NULL)
		return xprintf("%.*s", (int)(strchr(file + 5, '/') - file), file);
	mark = strrchr(file, '/');
	if (mark - file <= 4 || strncmp(mark - 4, "/bin", 4) != 0)
		return NULL;
	root = xprintf("%.*s", (int)(mark - 4 - file), file);
	if (prefix(root))
		return root;
	free(root);
	return NULL;
}

char *
toolroot_known(const struct plan *p, const char *path)
{
	const char *rel;
	size_t i, n;

	if (!path_within(path, p->host_home) || strcmp(path, p->host_home) == 0)
		return NULL;
	rel = path + strlen(p->host_home) + (strcmp(p->host_home, "/") != 0);
	for (i = 0; tool_roots[i] != NULL; i++) {
		n = match_root(rel, tool_roots[i]);
		if (n > 0)
			return xprintf("%s/%.*s", p->host_home, (int)n, rel);
	}
	return NULL;
}

char *
toolroot(const struct plan *p, const char *file)
{
	char *root = toolroot_known(p, file);

	if (root == NULL)
		root = root_by_shape(file);
	if (root != NULL && narrow(p, root))
		return root;
	free(root);
	return xstrdup(file);
}
