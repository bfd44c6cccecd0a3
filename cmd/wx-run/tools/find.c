/* SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "homepath.h"
#include "host/host.h"
#include "libcommon/exitcode.h"
#include "libcommon/fileio.h"
#include "libcommon/tool/path.h"
#include "toolroot.h"

#define HOPS_MAX 16   /* links and interpreters from a name to a program */
#define SCRIPT_LINE 256   /* as much as the kernel reads of it (execve(2)) */

static void bring(struct plan *p, const char *file, int depth);

/* The program NAME that a script's "#!/usr/bin/env NAME" means. */
static void
bring_by_name(struct plan *p, const char *name, int depth)
{
	char *file = host_which(name);

	if (file != NULL)
		bring(p, file, depth);
	free(file);
}

/* The words of a script's first line, "#!interpreter [argument]" (execve(2)), in
 * LINE; the first is returned, an absolute path. NULL: no script. */
static char *
script_line(const char *file, char line[static SCRIPT_LINE], char **save)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd == -1 ? -1 : read(fd, line, SCRIPT_LINE - 1);
	char *word;

	if (fd != -1)
		(void)close(fd);
	if (n < 3 || line[0] != '#' || line[1] != '!')
		return NULL;
	line[n] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	word = strtok_r(line + 2, " \t", save);
	return word == NULL || *word != '/' ? NULL : word;
}

/* The program that env(1) will run, of the words after its name; NULL: none. */
static char *
env_program(char **save)
{
	char *word;

	while ((word = strtok_r(NULL, " \t", save)) != NULL) {
		if (strcmp(word, "-u") == 0 || strcmp(word, "-C") == 0)
			(void)strtok_r(NULL, " \t", save);
		else if (strncmp(word, "-S", 2) == 0 && word[2] != '\0')
			return word + 2;
		else if (strncmp(word, "--split-string=", 15) == 0)
			return word + 15;
		else if (*word != '-' && strchr(word, '=') == NULL)
			return word;
	}
	return NULL;
}

/* What a script needs to run: its interpreter. */
static void
bring_interpreter(struct plan *p, const char *file, int depth)
{
	char line[SCRIPT_LINE], *word, *save = NULL;

	word = script_line(file, line, &save);
	if (word == NULL)
		return;
	if (access(word, F_OK) == -1) {
		warn("cannot run '%s': its interpreter '%s'", file, word);
		exit(WX_NOCMD);
	}
	bring(p, word, depth);
	if (strcmp(strrchr(word, '/'), "/env") != 0)
		return;
	word = env_program(&save);
	if (word != NULL)
		bring_by_name(p, word, depth);
}

/* FILE with the folders on its way resolved, but not itself. The caller owns it. */
static char *
real_place(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *dir = xprintf("%.*s", slash == file ? 1 : (int)(slash - file), file);
	char *real = realpath(dir, NULL), *out;

	out = path_clean(real == NULL ? dir : real, slash + 1);
	free(dir);
	free(real);
	return out;
}

/* A link at DEST inside, unless the host's own comes there or is there. Not in what can
 * be written, such as the state: there it would stay, and be in the way next time. */
static void
bring_link(struct plan *p, const char *target, const char *dest)
{
	const struct mount *in = mount_above(&p->mounts, p->mounts.n, dest);

	if (!plan_shows(p, dest) && (in == NULL || in->kind != MOUNT_RW))
		(void)mount_add(&p->mounts, MOUNT_SYMLINK, target, dest, "tool");
}

/* Make CUR (in its real place) be there inside, and return where it leads: the
 * next to be brought, or NULL where it is no link. */
static char *
bring_one(struct plan *p, const char *cur, const struct stat *st)
{
	char target[PATH_MAX], *root, *dir, *next;
	ssize_t n = S_ISLNK(st->st_mode) ? readlink(cur, target, sizeof(target) - 1) : 0;

	target[n > 0 ? n : 0] = '\0';
	if (!plan_shows(p, cur)) {
		root = toolroot(p, cur);
		if (strcmp(root, cur) != 0 || n <= 0)
			(void)mount_add(&p->mounts, MOUNT_RO, root, root, "tool");
		else
			bring_link(p, target, cur);
		homepath_companions(p, root);
		free(root);
	}
	if (n <= 0)
		return NULL;
	dir = xprintf("%.*s", (int)(strrchr(cur, '/') - cur), cur);
	next = path_clean(*dir == '\0' ? "/" : dir, target);
	free(dir);
	return next;
}

/*
 * Where a part of the Nix store is shown, and *CUR leads into the store: to its end,
 * which comes with all that it needs, by a link from outside of the store, and not link by
 * link: what holds links there, a profile of Nix', needs all that it leads to.
 */
static bool
bring_stored(struct plan *p, char **cur)
{
	char *real = p->store == NULL || path_within(*cur, p->project) ? NULL :
	    realpath(*cur, NULL);

	if (real == NULL || !path_within(real, STORE_DIR)) {
		free(real);
		return false;
	}
	closure_want(p->store, real);
	if (!path_within(*cur, STORE_DIR))
		bring_link(p, real, *cur);
	free(*cur);
	*cur = real;
	return true;
}

/*
 * Make FILE (absolute) be there inside: link by link, as the host has it, so that
 * a program that looks at its own name or place finds what it expects. Where a
 * folder on the way is a link, the name becomes one to the real place: else what
 * lies there would be judged by a wrong name (a HOME that is a link), and a
 * relative link would lead elsewhere.
 */
static void
bring(struct plan *p, const char *file, int depth)
{
	char *cur = xstrdup(file), *real, *next;
	struct stat st;
	int hop;

	for (hop = 0; hop < HOPS_MAX && depth < HOPS_MAX; hop++) {
		if (bring_stored(p, &cur)) {
			bring_interpreter(p, cur, depth + 1);
			break;
		}
		real = real_place(cur);
		if (strcmp(real, cur) != 0 && !path_within(real, p->project))
			bring_link(p, real, cur);
		free(cur);
		cur = real;
		/* Where a link in the project leads to is not the sandbox's to choose. */
		if (lstat(cur, &st) == -1 || path_within(cur, p->project) ||
		    (p->store != NULL && path_within(cur, STORE_DIR)))
			break;
		next = bring_one(p, cur, &st);
		if (next == NULL) {
			bring_interpreter(p, cur, depth + 1);
			break;
		}
		free(cur);
		cur = next;
	}
	free(cur);
}

char *
find_inside(const struct plan *p, const char *path)
{
	if (path_within(path, p->project))
		return xprintf("%s%s", p->at, path + strlen(p->project));
	return plan_shows(p, path) ? xstrdup(path) : NULL;
}

/* Does a single file or link that was brought lie right in DIR, or is DIR such a link? */
static bool
brought_into(const struct plan *p, const char *dir)
{
	size_t i, n = strlen(dir);

	for (i = 0; i < p->mounts.n; i++)
		if (strncmp(p->mounts.v[i].dest, dir, n) == 0 &&
		    (p->mounts.v[i].dest[n] == '\0' || (p->mounts.v[i].dest[n] == '/' &&
		    strchr(p->mounts.v[i].dest + n + 1, '/') == NULL)) &&
		    (strcmp(p->mounts.v[i].why, "tool") == 0 || strcmp(p->mounts.v[i].why, "path") == 0))
			return true;
	return false;
}

/* The host's PATH, less what is not there inside. */
static void
set_path(struct plan *p)
{
	static const char *const usual[] = { "/usr/local/bin", "/usr/bin", "/bin", NULL };
	const char *path = host_path(), *const *u;
	struct strv dirs = { 0 };
	char *dir, *inside, *all;
	size_t i;

	for (; (dir = host_path_next(&path)) != NULL; free(dir)) {
		if (*dir != '/')
			continue;
		inside = find_inside(p, dir);
		if (inside == NULL && brought_into(p, dir))
			inside = xstrdup(dir);
		if (inside != NULL && !strv_has(&dirs, inside))
			strv_add(&dirs, inside);
		free(inside);
	}
	for (u = usual; *u != NULL; u++)
		if (!strv_has(&dirs, *u))
			strv_add(&dirs, *u);
	all = xstrdup("");
	for (i = 0; i < dirs.n; i++) {
		inside = xprintf("%s%s%s", all, i == 0 ? "" : ":", dirs.v[i]);
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

/*
 * A program of the project's, FILE on the host. Tools that were installed into the
 * project (a virtual environment) name it by its path on the host: a link then
 * leads from there to where it is. Its interpreter does not come by itself: the
 * sandbox, which may have written FILE, has no say in what is shown to it.
 */
static void
in_project(struct plan *p, const char *file)
{
	char line[SCRIPT_LINE], *save = NULL, *word = script_line(file, line, &save);

	if (word != NULL && path_within(word, p->project) && strcmp(p->at, p->project) != 0 &&
	    !plan_shows(p, p->project))
		(void)mount_add(&p->mounts, MOUNT_SYMLINK, p->at, p->project, "tool");
}

/* Relative: to the working folder, which inside is the project's. */
static void
resolve_relative(struct plan *p, const char *name)
{
	char *file = path_clean(p->project, name);

	if (path_within(file, p->project))
		in_project(p, file);
	p->resolved = xstrdup(name);
	free(file);
}

static void
resolve_command(struct plan *p)
{
	const char *name = p->command.v[0];
	char *file, *real;

	if (strchr(name, '/') != NULL && *name != '/') {
		resolve_relative(p, name);
		return;
	}
	if (*name == '/' && (path_within(name, WORKSPACE) || path_within(name, p->at) ||
	    mounted_by_user(p, name))) {
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
	/* By whatever name it was found. */
	real = realpath(file, NULL);
	if (real != NULL && path_within(real, p->project)) {
		in_project(p, real);
		p->resolved = find_inside(p, real);
	} else {
		bring(p, file, 0);
		p->resolved = find_inside(p, file);
		if (p->resolved == NULL && real != NULL)
			p->resolved = find_inside(p, real);
	}
	if (p->resolved == NULL)
		p->resolved = xstrdup(file);
	free(real);
	free(file);
}

static char *
tool_on_path(const char *name)
{
	char *file = host_which(name);

	if (file != NULL)
		return file;
	errx(WX_CHAIN, "cannot find tool '%s' on PATH", name);
}

void
find_command(struct plan *p)
{
	char *file;
	size_t i;

	resolve_command(p);
	for (i = 0; i < p->tools.n; i++) {
		file = tool_on_path(p->tools.v[i]);
		bring(p, file, 0);
		free(file);
	}
	if (env_get(&p->env, "PATH") == NULL) {
		homepath_add(p);
		set_path(p);
	}
}
