/* SPDX-License-Identifier: MIT */
#include "homepath.h"

#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "libcommon/tool/path.h"
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

/* What the end of PATH is in, where that is below HOME. */
static void
show_around(struct plan *p, const char *path)
{
	char *real = path_apart(path, p->project), *root;

	if (real != NULL && path_within(real, p->host_home) && !plan_shows(p, real)) {
		root = toolroot(p, real);
		show(p, root);
		homepath_companions(p, root);
		free(root);
	}
	free(real);
}

/* rustup's proxies run the toolchains, and read which is the default. A tool of Python
 * is run by a python that may be elsewhere. */
void
homepath_companions(struct plan *p, const char *root)
{
	static const char *const with[] = { ".rustup/toolchains", ".rustup/settings.toml" };
	char *cargo = path_clean(p->host_home, ".cargo/bin"), *path;
	size_t i;

	for (i = 0; strcmp(root, cargo) == 0 && i < 2; i++) {
		path = path_clean(p->host_home, with[i]);
		show(p, path);
		free(path);
	}
	free(cargo);
	path = xprintf("%s/bin/python", root);
	show_around(p, path);
	free(path);
}

/* One entry, PATH, of a directory of programs: what a link leads to; and itself, but where that is
 * SHOWN. Where a link in the project leads to is not the sandbox's to choose. */
static void
add_entry(struct plan *p, const char *path, bool link, bool shown_already)
{
	char *real = path_apart(path, p->project);
	struct stat st;

	if (real != NULL && stat(real, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111) != 0) {
		if (link)
			show_around(p, path);
		if (!shown_already && !link)
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
		add_entry(p, path, S_ISLNK(st.st_mode), shown_already);
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
		strv_add(&p->left_out, dir);
		return;
	}
	link_to(p, real, dir);
	free(root);
}

void
homepath_add(struct plan *p)
{
	const char *path = host_path();
	char *dir, *clean, *real;

	for (; (dir = host_path_next(&path)) != NULL; free(dir)) {
		clean = path_clean("/", dir);
		real = *dir == '/' ? path_apart(clean, p->project) : NULL;
		if (real != NULL && path_within(real, p->host_home) && strcmp(real, p->host_home) != 0 &&
		    !path_within(p->project, real) && !plan_shows(p, clean))
			add_dir(p, clean, real);
		free(real);
		free(clean);
	}
}
