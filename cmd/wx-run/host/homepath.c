/* SPDX-License-Identifier: MIT */
#include "homepath.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "toolroot.h"

#define ENTRIES_MAX 500   /* of one directory */

static void
show(struct plan *p, const char *path)
{
	if (access(path, R_OK) == 0 && !plan_shows(p, path))
		(void)mount_add(&p->mounts, MOUNT_RO, path, path, "path");
}

/* A link at DEST inside, unless something is there or below, or could be written there. */
static void
link_to(struct plan *p, const char *target, const char *dest)
{
	const struct mount *in = mount_above(&p->mounts, p->mounts.n, dest);
	size_t i;

	for (i = 0; i < p->mounts.n; i++)
		if (path_within(p->mounts.v[i].dest, dest))
			return;
	if (strcmp(target, dest) != 0 && !plan_shows(p, dest) && (in == NULL || in->kind != MOUNT_RW))
		(void)mount_add(&p->mounts, MOUNT_SYMLINK, target, dest, "path");
}

/* rustup's proxies run the toolchains, and read which is the default. A tool of Python
 * is run by a python that may be elsewhere. */
void
homepath_companions(struct plan *p, const char *root)
{
	static const char *const with[][2] = { { ".cargo/bin", ".rustup/toolchains" },
		{ ".cargo/bin", ".rustup/settings.toml" } };
	char *path, *real;
	size_t i;

	for (i = 0; i < sizeof(with) / sizeof(*with); i++) {
		path = path_clean(p->host_home, with[i][0]);
		real = path_clean(p->host_home, with[i][1]);
		if (strcmp(path, root) == 0)
			show(p, real);
		free(real);
		free(path);
	}
	path = xprintf("%s/bin/python", root);
	real = realpath(path, NULL);
	free(path);
	if (real != NULL && path_within(real, p->host_home) && !plan_shows(p, real) && !path_within(real, p->project)) {
		path = toolroot(p, real);
		show(p, path);
		free(path);
	}
	free(real);
}

/* What FILE is in, where that is below HOME. */
static void
show_around(struct plan *p, const char *file)
{
	char *root;

	if (!path_within(file, p->host_home) || path_within(file, p->project) || plan_shows(p, file))
		return;
	root = toolroot(p, file);
	show(p, root);
	homepath_companions(p, root);
	free(root);
}

/* One entry, PATH, of a directory of programs: a link where that itself is SHOWN, else the program too. */
static void
add_entry(struct plan *p, const char *path, const struct stat *st, bool shown_already)
{
	char *real = realpath(path, NULL);
	struct stat end;

	if (real != NULL && stat(real, &end) == 0 && S_ISREG(end.st_mode) && (end.st_mode & 0111) != 0) {
		if (S_ISLNK(st->st_mode))
			show_around(p, real);
		if (!shown_already && S_ISREG(st->st_mode))
			show(p, path);
		else if (!shown_already && plan_shows(p, real))
			link_to(p, real, path);
	}
	free(real);
}

static void
add_entries(struct plan *p, const char *dir, bool shown_already)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;
	char *path;
	int n = 0;

	while (d != NULL && n < ENTRIES_MAX && (e = readdir(d)) != NULL) {
		if (*e->d_name == '.' || fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    (shown_already && !S_ISLNK(st.st_mode)))
			continue;
		n++;
		path = xprintf("%s/%s", dir, e->d_name);
		add_entry(p, path, &st, shown_already);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
}

/* Is REAL where anybody puts programs, and other things? */
static bool
mixed(const struct plan *p, const char *real)
{
	char *one = path_clean(p->host_home, ".local/bin"), *two = path_clean(p->host_home, "bin");
	bool yes = strcmp(real, one) == 0 || strcmp(real, two) == 0;

	free(one);
	free(two);
	return yes;
}

/* DIR of the user's PATH, which is REAL. */
static void
add_dir(struct plan *p, const char *dir, const char *real)
{
	char *root = toolroot_known(p, real);

	if (root != NULL) {
		show(p, root);
		homepath_companions(p, root);
		add_entries(p, real, true);
	} else if (mixed(p, real)) {
		add_entries(p, real, false);
	} else {
		words_add(&p->left_out, dir);
		return;
	}
	link_to(p, real, dir);
	free(root);
}

void
homepath_add(struct plan *p)
{
	const char *path = host_path(), *end;
	char *dir, *clean, *real;

	for (path = path == NULL ? "" : path; *path != '\0'; path = *end == '\0' ? end : end + 1) {
		end = path + strcspn(path, ":");
		if (*path != '/')
			continue;
		dir = xprintf("%.*s", (int)(end - path), path);
		clean = path_clean("/", dir);
		real = realpath(clean, NULL);
		if (real != NULL && path_within(real, p->host_home) && strcmp(real, p->host_home) != 0 &&
		    !path_within(real, p->project) && !path_within(p->project, real) && !plan_shows(p, clean))
			add_dir(p, clean, real);
		free(real);
		free(clean);
		free(dir);
	}
}
