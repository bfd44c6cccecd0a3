/* SPDX-License-Identifier: MIT */
#include "outward.h"

#include "audit.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/osfile.h"
#include "libcommon/tool/beneath.h"
#include "libcommon/tool/path.h"

#define HOPS_MAX 40   /* links, as the kernel has it */

bool
outward_words(const char *path, const char *target)
{
	const char *p;
	long depth = 0;
	size_t n;

	if (*target == '/')
		return true;
	for (p = path; (p = strchr(p, '/')) != NULL; p++)
		depth++;
	for (p = target; *p != '\0'; p += n) {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.')
			depth--;
		else if (n > 0 && !(n == 1 && *p == '.'))
			depth++;
		if (depth < 0)
			return true;
	}
	return false;
}

/* May the user write PATH, or put something else in its place? */
static bool
his(const char *path)
{
	char *dir = xprintf("%.*s", (int)(strrchr(path, '/') - path), path);
	bool yes = access(path, W_OK) == 0 || access(*dir == '\0' ? "/" : dir, W_OK) == 0;

	free(dir);
	return yes;
}

/*
 * A plain file of the system? Only folders of the system are looked into: a link to a place
 * where something is mounted on demand would bring that about, and may not come back.
 */
static bool
of_system(const char *target)
{
	static const char *const dirs[] = { "/usr/", "/bin/", "/sbin/", "/lib/", "/nix/store/",
	    "/gnu/store/", "/opt/", NULL };
	const char *const *d;
	struct stat st;
	char *real;
	bool yes = false;

	if (strstr(target, "/../") != NULL)
		return false;
	for (d = dirs; *d != NULL && !yes; d++)
		yes = strncmp(target, *d, strlen(*d)) == 0;
	if (!yes || stat(target, &st) == -1 || !S_ISREG(st.st_mode))
		return false;
	real = realpath(target, NULL);
	yes = real != NULL && !his(real) && !his(target);
	free(real);
	return yes;
}

/* The target of the link at PATH, whose directory is reached without one. False: it is none. */
static bool
read_link(int root, const char *path, char target[static PATH_MAX])
{
	const char *name;
	int dir = beneath_parent(root, path, &name);
	ssize_t n = dir == -1 ? -1 : readlinkat(dir, name, target, PATH_MAX - 1);

	if (dir != -1)
		(void)close(dir);
	if (n <= 0)
		return false;
	target[n] = '\0';
	return true;
}

/* Does the link lead, by way of links within the project at the most, to a file of the system? */
static bool
ends_in_system(const struct look *l)
{
	char target[PATH_MAX] = "", *path = xstrdup(l->path), *dir, *next;
	int hops = 0;
	bool more = true;

	while (more && hops++ < HOPS_MAX && read_link(l->g->roots.v[l->root].fd, path, target) &&
	    *target != '/') {
		more = !outward_words(path, target);
		dir = xprintf("/%.*s", (int)(strrchr(path, '/') == NULL ? 0 :
		    strrchr(path, '/') - path), path);
		next = path_clean(dir, target);
		free(dir);
		free(path);
		path = xstrdup(next + 1);
		free(next);
	}
	free(path);
	return more && hops < HOPS_MAX && *target == '/' && of_system(target);
}

void
outward_look(const struct look *l, int fd, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, name, target, sizeof(target) - 1);

	if (n <= 0)
		return;
	target[n] = '\0';
	/* The kernel knows, through other links too; where nothing is there to lead to, the
	 * words say. */
	if (wx_beneath_ends(l->g->roots.v[l->root].fd, l->path) == -1 &&
	    (errno == EXDEV || outward_words(l->path, target)) && !ends_in_system(l))
		look_found(l, "symlink-out", target);
}
