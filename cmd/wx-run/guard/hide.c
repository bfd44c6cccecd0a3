/* SPDX-License-Identifier: MIT */
#include "hide.h"

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "glob.h"
#include "libcommon/exitcode.h"
#include "libcommon/osfile.h"

/* A made file over DEST: read-only, and "hide" to bwrap.c. Added last of all. */
void
guard_cover(struct guards *g, const char *dest, const char *text)
{
	mount_file(&g->covers, dest, 0444, text, strlen(text))->why = "hide";
}

/* REL, or what it leads to if it is a link: NULL where that is not in the project, and
 * so not to be seen inside. The caller owns it. */
static char *
link_target(const struct guards *g, const struct plan *p, const char *rel)
{
	char *path, *real, *target = NULL;
	struct stat st;

	if (wx_beneath_stat(g->roots.v[0].fd, rel, &st) == 0 || errno != ELOOP)
		return xstrdup(rel);
	path = path_clean(p->project, rel);
	real = realpath(path, NULL);
	if (real != NULL && path_within(real, p->project) && strcmp(real, p->project) != 0)
		target = xstrdup(real + strlen(p->project) + 1);
	free(real);
	free(path);
	return target;
}

/* Hidden: an empty file, or an empty read-only folder, in its place. */
void
hide_find(struct guards *g, const struct plan *p)
{
	struct words patterns = { 0 }, found = { 0 };
	struct stat st;
	char *rel, *dest, *clean, *empty = xprintf("%s/empty", p->run_dir);
	size_t i;

	if (g->hold && p->hide.n > 0 && mkdir(empty, 0555) == -1 && errno != EEXIST)
		err(WX_CHAIN, "cannot make '%s'", empty);
	for (i = 0; i < p->hide.n; i++) {
		clean = path_clean("/", p->hide.v[i]);
		if (strcmp(clean, "/") != 0)
			words_add(&patterns, clean + 1);
		free(clean);
	}
	glob_paths(g->roots.v[0].fd, &patterns, &found);
	for (i = 0; i < found.n; i++) {
		rel = link_target(g, p, found.v[i]);
		if (rel == NULL || strcmp(rel, ".git") == 0 || !guard_look(g, 0, rel, &st)) {
			free(rel);
			continue;
		}
		if (S_ISREG(st.st_mode) && st.st_nlink > 1)
			errx(WX_CHAIN, "cannot hide '%s': the file has a second name (a hard link), "
			    "by which it could be read; replace it by a copy", shown(rel));
		dest = xprintf("%s/%s", p->at, rel);
		if (mount_above(&g->covers, g->covers.n, dest) != NULL)
			;   /* by another name, or with what it is in */
		else if (S_ISDIR(st.st_mode))
			(void)mount_add(&g->covers, MOUNT_RO, empty, dest, "hide");
		else
			guard_cover(g, dest, "");
		free(dest);
		free(rel);
	}
	free(empty);
}
