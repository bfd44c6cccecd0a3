/* SPDX-License-Identifier: MIT */
#include "kinds.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"

static char *
join(const char *dir, const char *name)
{
	return *dir == '\0' ? xstrdup(name) : xprintf("%s/%s", dir, name);
}

/* A pattern, or what is left of it in a folder below. */
struct glob {
	const char *text;
	size_t     *left;   /* how many paths more it may match */
};

/* Is its first part a name? */
static bool
named(const struct glob *gl)
{
	return strcspn(gl->text, "*?[\\") >= strcspn(gl->text, "/");
}

static void glob_in(int root, const char *dir, const struct glob *globs, size_t n,
    struct strv *out);

/* NAME is in DIR, or may be: if it is the first part of GL, what matches the rest. */
static void
glob_on(int root, const char *dir, const char *name, const struct glob *gl, struct strv *out)
{
	size_t n = strcspn(gl->text, "/");
	struct glob rest = { gl->text + n + 1, gl->left };
	char *part, *path;

	/* Most entries, without a copy. */
	if (strchr("*?[\\", *gl->text) == NULL && *gl->text != *name)
		return;
	part = xprintf("%.*s", (int)n, gl->text);
	if (fnmatch(part, name, FNM_PERIOD) == 0) {
		path = join(dir, name);
		if (gl->text[n] != '\0') {
			glob_in(root, path, &rest, 1, out);
		} else {
			if ((*gl->left)-- == 0)
				errx(WX_CHAIN, "cannot look after '%s/%s': more than %d paths are of "
				    "that name", *dir == '\0' ? "." : escaped(dir), gl->text,
				    MATCHES_MAX);
			strv_add(out, path);
		}
		free(path);
	}
	free(part);
}

/* Where GL leads from DIR by a name: that needs no look at all that is there. */
static void
glob_named(int root, const char *dir, const struct glob *gl, struct strv *out)
{
	size_t n = strcspn(gl->text, "/");
	char *name = xprintf("%.*s", (int)n, gl->text), *path = join(dir, name);
	struct stat st;

	if (gl->text[n] != '\0' || wx_beneath_stat(root, path, &st) == 0 || errno == ELOOP)
		glob_on(root, dir, name, gl, out);
	free(path);
	free(name);
}

/* Matches of the N GLOBS below DIR, to OUT. The folder is read once at the most. */
static void
glob_in(int root, const char *dir, const struct glob *globs, size_t n, struct strv *out)
{
	size_t i, wild = 0;
	struct dirent *e;
	int fd;
	DIR *d;

	for (i = 0; i < n; i++) {
		if (named(&globs[i]))
			glob_named(root, dir, &globs[i], out);
		else
			wild++;
	}
	fd = wild == 0 ? -1 : wx_beneath_open(root, dir, O_RDONLY | O_DIRECTORY);
	d = fd == -1 ? NULL : fdopendir(fd);
	while (d != NULL && (e = readdir(d)) != NULL)
		for (i = 0; i < n && strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0; i++)
			if (!named(&globs[i]))
				glob_on(root, dir, e->d_name, &globs[i], out);
	if (d != NULL)
		(void)closedir(d);
	else if (fd != -1)
		(void)close(fd);
}

void
glob_paths(int root, const struct strv *patterns, struct strv *out)
{
	struct glob *globs = calloc(patterns->n + 1, sizeof(*globs));
	size_t *left = calloc(patterns->n + 1, sizeof(*left)), i, n = 0;
	struct stat st;

	if (globs == NULL || left == NULL)
		err(WX_CHAIN, "cannot allocate memory");
	for (i = 0; i < patterns->n; i++) {
		if (strpbrk(patterns->v[i], "*?[") != NULL) {
			left[n] = MATCHES_MAX;
			globs[n] = (struct glob){ patterns->v[i], &left[n] };
			n++;
		} else if (wx_beneath_stat(root, patterns->v[i], &st) == 0 || errno != ENOENT) {
			strv_add(out, patterns->v[i]);
		}
	}
	glob_in(root, "", globs, n, out);
	free(globs);
	free(left);
}

void
glob_names(int root, const char *dir, struct strv *out)
{
	size_t left = MATCHES_MAX;
	const struct glob all[] = { { "*", &left }, { ".*", &left } };

	glob_in(root, dir, all, 2, out);
}
